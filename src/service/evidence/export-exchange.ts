import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { chainHash } from '../../domain/register/audit-chain.ts';
import { isSegnaturaName } from '../../formats/segnatura/find-segnatura.ts';
import { openDigest } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import { type ProblemCode, problem } from '../../kernel/problems.ts';
import type { Documents } from '../documents/documents.ts';
import { looksHere, type MailLooks } from '../documents/mail-looks.ts';
import { type SegnaturaInMail, writtenInLarge } from '../documents/segnatura-of-mail.ts';
import type { OutgoingPart } from '../register/mail-recipe.ts';
import { type EvidenceFile, type EvidenceIndex, type IndexedEvent, jsonText } from './evidence-index.ts';
import { exchangePage } from './evidence-page.ts';
import type { ComposeMail, EvidenceEvent, EvidenceMail, EvidenceRecord, EvidenceSent } from './evidence-record.ts';
import { type FileState, LABELS, receivedFile, receivedLabel, sentFile, sentLabel } from './labels.ts';
import type { Zip, ZipEntry } from './zip.ts';

export interface ExportDeps {
  readonly documents: Documents;
  readonly compose: ComposeMail;
  /** Absent: the mails are looked into here. */
  readonly looks?: MailLooks;
}

/** Larger mails are streamed from the disk into the ZIP, never held whole. */
const HELD_BYTES = 16 * 1024 * 1024;

/**
 * Writes one exchange under `folder` (`''`, or ending in `/`), its index last. Missing or altered files are reported in the
 * index, and the export goes on. `at` is the time of the verification.
 */
export async function exportExchange(
  zip: Zip,
  folder: string,
  record: EvidenceRecord,
  at: Date,
  deps: ExportDeps,
): Promise<{ readonly index: EvidenceIndex; readonly written: ZipEntry }> {
  const target: ExchangeExport = { zip, folder, record, deps, files: [], problems: [], states: new Map() };
  if (record.mailsLeftOut > 0) reportProblem(target, 'evidence-left-out', String(record.mailsLeftOut));
  const sent = await each(record.sent, (mail, number) => addSent(target, mail, number));
  const received = await each(record.mails, (mail, number) => addReceived(target, mail, number));
  await each(record.sent, (mail, number) => addSentSegnatura(target, mail, number, sent[number - 1] ?? ''));
  await each(record.mails, (mail, number) => addReceivedSegnatura(target, mail, number, received[number - 1] ?? ''));
  await each(record.mails, (mail, number) => addVerdict(target, mail, number, received[number - 1] ?? ''));
  const audit = await addAudit(target);
  await addVerification(target, at, audit);

  const places: Places = {
    sent: new Map(record.sent.map(({ recipe }, index) => [recipe.messageId, sent[index] ?? ''])),
    message: record.sent.flatMap(({ purpose }, index) => (purpose === 'message' ? (sent[index] ?? '') : [])),
    received: new Map(record.mails.map(({ mailId }, index) => [mailId, received[index] ?? ''])),
    audit: audit.file,
  };
  const index: EvidenceIndex = {
    format: 'interpro-evidence/1',
    verifiedAt: at.toISOString(),
    office: record.office,
    exchange: record.exchange,
    registration: record.registration,
    events: record.events.map((event): IndexedEvent => ({ ...event, proof: proofOf(event, places) })),
    files: target.files,
    audit,
    problems: target.problems,
  };
  await addDerived(target, 'indice.html', LABELS.index, exchangePage(index));
  const written = await zip.add(`${folder}index.json`, [Buffer.from(jsonText(index))], 'packed');
  return { index, written };
}

interface ExchangeExport {
  readonly zip: Zip;
  readonly folder: string;
  readonly record: EvidenceRecord;
  readonly deps: ExportDeps;
  readonly files: EvidenceFile[];
  readonly problems: string[];
  readonly states: Map<string, FileState>;
}

function addFile(target: ExchangeExport, file: EvidenceFile): void {
  target.files.push(file);
  target.states.set(file.name, file.state);
}

const reportProblem = (target: ExchangeExport, code: ProblemCode, detail: string): void =>
  void target.problems.push(problem(code, '', detail).message);

/** One after the other: a ZIP is written one entry at a time. */
async function each<T, R>(items: readonly T[], add: (item: T, number: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const [index, item] of items.entries()) results.push(await add(item, index + 1));
  return results;
}

const numbered = (number: number, of: number): string => String(number).padStart(Math.max(2, String(of).length), '0');

/** Composed again from its recipe, which gives the same bytes as long as its documents are unaltered. */
async function addSent(target: ExchangeExport, mail: EvidenceSent, number: number): Promise<string> {
  const { documents, compose } = target.deps;
  const name = `inviati/${numbered(number, target.record.sent.length)}-${sentFile(mail.purpose)}.eml`;
  const { messageId } = mail.recipe;
  const sending = { state: mail.state, sentAt: mail.sentAt, recipient: mail.recipient };
  const about = mail.state === 'sent' ? sentLabel(mail.purpose) : LABELS.unsent(sentLabel(mail.purpose));
  const facts = { name, about, expected: null, messageId, sending };
  for (const { content } of mail.recipe.parts) {
    if ('base64' in content || (await documents.has(content.sha256))) continue;
    reportProblem(target, 'evidence-missing', LABELS.documentOf(name, content.sha256));
    addFile(target, { ...facts, state: 'missing', sha256: null, size: 0 });
    return name;
  }
  const damaged = new Set<Sha256>();
  const source = compose(mail.recipe, watched(documents, damaged));
  const written = await target.zip.add(`${target.folder}${name}`, source, 'stored');
  for (const digest of damaged) reportProblem(target, 'evidence-damaged', LABELS.documentOf(name, digest));
  if (written.failure !== null) reportProblem(target, 'evidence-interrupted', name);
  const state = written.failure !== null ? 'interrupted' : damaged.size > 0 ? 'damaged' : 'intact';
  addFile(target, { ...facts, state, sha256: written.sha256, size: written.size });
  return name;
}

/** Documents whose digest is checked while they are read; altered ones are added to `damaged`. */
function watched(documents: Documents, damaged: Set<Sha256>): Documents {
  async function* checked(digest: Sha256): AsyncGenerator<Uint8Array> {
    const found = openDigest();
    for await (const piece of documents.asStored(digest) as AsyncIterable<Uint8Array>) {
      found.update(piece);
      yield piece;
    }
    if (found.end() !== digest) damaged.add(digest);
  }
  return {
    put: (bytes) => documents.put(bytes),
    has: (digest) => documents.has(digest),
    read: (digest) => documents.read(digest),
    asStored: (digest) => documents.asStored(digest),
    stream: (digest) => Readable.from(checked(digest), { objectMode: false }),
  };
}

async function addReceived(target: ExchangeExport, mail: EvidenceMail, number: number): Promise<string> {
  const name = `ricevuti/${numbered(number, target.record.mails.length)}-${receivedFile(mail)}.eml`;
  const identity = { mailId: mail.mailId, ...(mail.messageId !== null && { messageId: mail.messageId }) };
  const facts = { name, about: receivedLabel(mail), expected: mail.sha256 === '' ? null : mail.sha256, ...identity };
  if (mail.sha256 === '' || !(await target.deps.documents.has(mail.sha256))) {
    reportProblem(target, mail.sha256 === '' ? 'evidence-not-taken' : 'evidence-missing', name);
    addFile(target, { ...facts, state: 'missing', sha256: null, size: 0 });
    return name;
  }
  const written = await target.zip.add(
    `${target.folder}${name}`,
    target.deps.documents.asStored(mail.sha256),
    'stored',
  );
  const state = written.failure !== null ? 'interrupted' : written.sha256 === mail.sha256 ? 'intact' : 'damaged';
  if (state !== 'intact')
    reportProblem(target, state === 'damaged' ? 'evidence-damaged' : 'evidence-interrupted', name);
  addFile(target, { ...facts, state, sha256: written.sha256, size: written.size });
  return name;
}

const isUsable = (target: ExchangeExport, name: string): boolean =>
  ['intact', 'damaged'].includes(target.states.get(name) ?? 'missing');

/** A part of an altered file counts as altered too. */
const stateOfPart = (target: ExchangeExport, from: string): FileState =>
  target.states.get(from) === 'intact' ? 'derived' : 'damaged';

async function addSentSegnatura(
  target: ExchangeExport,
  mail: EvidenceSent,
  number: number,
  from: string,
): Promise<void> {
  const part = mail.recipe.parts.find(isOurs);
  if (part === undefined || !isUsable(target, from)) return;
  const { content } = part;
  const source =
    'base64' in content ? [Buffer.from(content.base64, 'base64')] : target.deps.documents.asStored(content.sha256);
  const name = `segnatura/inviata-${numbered(number, target.record.sent.length)}.xml`;
  await addPart(target, name, LABELS.sentSegnatura(part.name), from, source);
}

const isOurs = ({ name, mediaType }: OutgoingPart): boolean => mediaType === 'application/xml' && isSegnaturaName(name);

async function addReceivedSegnatura(
  target: ExchangeExport,
  mail: EvidenceMail,
  number: number,
  from: string,
): Promise<void> {
  if (mail.sha256 === '' || !isUsable(target, from)) return;
  const found = await findSegnatura(target, mail, mail.sha256, from);
  if (found === null) return;
  const name = `segnatura/ricevuta-${numbered(number, target.record.mails.length)}.xml`;
  await addPart(target, name, LABELS.receivedSegnatura(found.name), from, [found.bytes]);
}

/** The mail is read a second time, and the disk may fail now though it did not before. */
async function findSegnatura(
  target: ExchangeExport,
  { size }: EvidenceMail,
  digest: Sha256,
  from: string,
): Promise<SegnaturaInMail | null> {
  const { documents, looks = looksHere } = target.deps;
  try {
    const bytes = documents.asStored(digest);
    if (size <= HELD_BYTES) return (await looks.written(await buffer(bytes)))?.segnatura ?? null;
    return (await writtenInLarge(bytes as AsyncIterable<Uint8Array>, looks.written))?.segnatura ?? null;
  } catch {
    reportProblem(target, 'evidence-interrupted', from);
    return null;
  }
}

type Source = Parameters<Zip['add']>[1];

async function addPart(
  target: ExchangeExport,
  name: string,
  about: string,
  from: string,
  source: Source,
): Promise<void> {
  const written = await target.zip.add(`${target.folder}${name}`, source, 'packed');
  if (written.failure !== null) reportProblem(target, 'evidence-interrupted', name);
  const state = written.failure === null ? stateOfPart(target, from) : 'interrupted';
  addFile(target, { name, about, state, sha256: written.sha256, size: written.size, expected: null, from });
}

async function addDerived(target: ExchangeExport, name: string, about: string, text: string): Promise<ZipEntry> {
  const written = await target.zip.add(`${target.folder}${name}`, [Buffer.from(text)], 'packed');
  addFile(target, { name, about, state: 'derived', sha256: written.sha256, size: written.size, expected: null });
  return written;
}

/** The verdict on the mail when it was settled, as recorded. */
async function addVerdict(target: ExchangeExport, mail: EvidenceMail, number: number, about: string): Promise<void> {
  const name = `verdetti/ricevuto-${numbered(number, target.record.mails.length)}.json`;
  await addDerived(target, name, LABELS.verdict(about), jsonText({ file: about, ...mail }));
}

async function addAudit(target: ExchangeExport): Promise<EvidenceIndex['audit']> {
  const records = target.record.audit.map((one) => ({
    ...one,
    holds: chainHash(one.previousHash, one.content) === one.hash,
  }));
  const file = 'verdetti/catena.json';
  const text = jsonText({ aoo: target.record.office.aoo, rule: 'hash = sha256(previousHash + content)', records });
  await addDerived(target, file, LABELS.audit, text);
  const brokenAt = records.flatMap(({ seq, holds }) => (holds ? [] : [seq]));
  for (const seq of brokenAt) reportProblem(target, 'evidence-audit-broken', String(seq));
  return { file, records: records.length, brokenAt };
}

/** The verification of the export, apart from the verdicts recorded earlier. */
async function addVerification(target: ExchangeExport, at: Date, audit: EvidenceIndex['audit']): Promise<void> {
  const files = target.files
    .filter(({ name }) => name.endsWith('.eml'))
    .map(({ name, expected, sha256, state }) => ({ name, expected, found: sha256, state }));
  const text = jsonText({ verifiedAt: at.toISOString(), files, audit, problems: target.problems });
  await addDerived(target, 'verdetti/verifica.json', LABELS.verification, text);
}

interface Places {
  /** Our mails by Message-ID. */
  readonly sent: ReadonlyMap<string, string>;
  readonly message: readonly string[];
  readonly received: ReadonlyMap<string, string>;
  readonly audit: string;
}

/** The mail that brought or carried the event proves it; what is only recorded is proved by the audit chain. */
function proofOf({ mailId, type, data }: EvidenceEvent, places: Places): readonly string[] {
  const received = mailId === null ? undefined : places.received.get(mailId);
  if (received !== undefined) return [received];
  const { messageId } = data;
  const sent = typeof messageId === 'string' ? places.sent.get(messageId) : undefined;
  if (sent !== undefined) return [sent, places.audit];
  return type === 'registered' ? [...places.message, places.audit] : [places.audit];
}
