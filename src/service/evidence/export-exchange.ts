import { Readable } from 'node:stream';
import { isSegnaturaName } from '../../formats/segnatura/find-segnatura.ts';
import { openDigest, sha256Of } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import { type ProblemCode, problem } from '../../kernel/problems.ts';
import type { Documents } from '../documents/documents.ts';
import type { OutgoingPart } from '../register/mail-recipe.ts';
import { type FileState, receivedFile, receivedLabel, sentFile, sentLabel } from './labels.ts';
import { type EvidenceFile, type EvidenceIndex, type IndexedEvent, jsonText } from './model.ts';
import { exchangePage } from './page.ts';
import type { ComposeMail, EvidenceEvent, EvidenceMail, EvidenceRecord, EvidenceSent } from './ports.ts';
import { type SegnaturaInMail, segnaturaIn, segnaturaInLarge } from './segnatura-of-mail.ts';
import type { Written, Zip } from './zip.ts';

export interface ExportDeps {
  readonly documents: Documents;
  readonly compose: ComposeMail;
}

/** Larger mails are never held whole, here: they go from the disk into the ZIP. */
const HELD_BYTES = 16 * 1024 * 1024;

/**
 * Writes one exchange under `folder` (`''`, or ending in `/`), its index last. What is missing or does not hold any more
 * is said there, and the export goes on. `at` is the time of the verification.
 */
export async function exportExchange(
  zip: Zip,
  folder: string,
  record: EvidenceRecord,
  at: Date,
  deps: ExportDeps,
): Promise<{ readonly index: EvidenceIndex; readonly written: Written }> {
  const work: Work = { zip, folder, record, deps, files: [], problems: [], states: new Map() };
  if (record.mailsLeftOut > 0) complain(work, 'evidence-left-out', String(record.mailsLeftOut));
  const sent = await each(record.sent, (mail, number) => addSent(work, mail, number));
  const received = await each(record.mails, (mail, number) => addReceived(work, mail, number));
  await each(record.sent, (mail, number) => addSentSegnatura(work, mail, number, sent[number - 1] ?? ''));
  await each(record.mails, (mail, number) => addReceivedSegnatura(work, mail, number, received[number - 1] ?? ''));
  await each(record.mails, (mail, number) => addVerdict(work, mail, number, received[number - 1] ?? ''));
  const audit = await addAudit(work);
  await addVerification(work, at, audit);

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
    files: work.files,
    audit,
    problems: work.problems,
  };
  await addDerived(work, 'indice.html', 'questo indice, in forma leggibile', exchangePage(index));
  const written = await zip.add(`${folder}index.json`, [Buffer.from(jsonText(index))], 'packed');
  return { index, written };
}

interface Work {
  readonly zip: Zip;
  readonly folder: string;
  readonly record: EvidenceRecord;
  readonly deps: ExportDeps;
  readonly files: EvidenceFile[];
  readonly problems: string[];
  readonly states: Map<string, FileState>;
}

function note(work: Work, file: EvidenceFile): void {
  work.files.push(file);
  work.states.set(file.name, file.state);
}

const complain = (work: Work, code: ProblemCode, detail: string): void =>
  void work.problems.push(problem(code, '', detail).message);

/** One after the other: one entry of a ZIP is written at a time. */
async function each<T, R>(items: readonly T[], add: (item: T, number: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const [index, item] of items.entries()) results.push(await add(item, index + 1));
  return results;
}

const numbered = (number: number, of: number): string => String(number).padStart(Math.max(2, String(of).length), '0');

/** Composed again from its recipe: the same recipe gives the same bytes, as long as its documents are the same. */
async function addSent(work: Work, mail: EvidenceSent, number: number): Promise<string> {
  const { documents, compose } = work.deps;
  const name = `inviati/${numbered(number, work.record.sent.length)}-${sentFile(mail.purpose)}.eml`;
  const { messageId } = mail.recipe;
  const sending = { state: mail.state, sentAt: mail.sentAt, recipient: mail.recipient };
  const about = mail.state === 'sent' ? sentLabel(mail.purpose) : `${sentLabel(mail.purpose)} (non inviato)`;
  const facts = { name, about, expected: null, messageId, sending };
  for (const { content } of mail.recipe.parts) {
    if ('base64' in content || (await documents.has(content.sha256))) continue;
    complain(work, 'evidence-missing', `${name} (documento ${content.sha256})`);
    note(work, { ...facts, state: 'missing', sha256: null, size: 0 });
    return name;
  }
  const damaged = new Set<Sha256>();
  const source = compose(mail.recipe, watched(documents, damaged));
  const written = await work.zip.add(`${work.folder}${name}`, source, 'stored');
  for (const digest of damaged) complain(work, 'evidence-damaged', `${name} (documento ${digest})`);
  if (written.failure !== null) complain(work, 'evidence-interrupted', name);
  const state = written.failure !== null ? 'interrupted' : damaged.size > 0 ? 'damaged' : 'intact';
  note(work, { ...facts, state, sha256: written.sha256, size: written.size });
  return name;
}

/** Documents whose digest is taken again while they are read; those that differ are named in `damaged`. */
function watched(documents: Documents, damaged: Set<Sha256>): Documents {
  async function* checked(digest: Sha256): AsyncGenerator<Uint8Array> {
    const found = openDigest();
    for await (const piece of documents.stream(digest) as AsyncIterable<Uint8Array>) {
      found.update(piece);
      yield piece;
    }
    if (found.end() !== digest) damaged.add(digest);
  }
  return {
    put: (bytes) => documents.put(bytes),
    has: (digest) => documents.has(digest),
    async read(digest) {
      const bytes = await documents.read(digest);
      if (sha256Of([bytes]) !== digest) damaged.add(digest);
      return bytes;
    },
    stream: (digest) => Readable.from(checked(digest), { objectMode: false }),
  };
}

async function addReceived(work: Work, mail: EvidenceMail, number: number): Promise<string> {
  const name = `ricevuti/${numbered(number, work.record.mails.length)}-${receivedFile(mail)}.eml`;
  const identity = { mailId: mail.mailId, ...(mail.messageId !== null && { messageId: mail.messageId }) };
  const facts = { name, about: receivedLabel(mail), expected: mail.sha256 === '' ? null : mail.sha256, ...identity };
  if (mail.sha256 === '' || !(await work.deps.documents.has(mail.sha256))) {
    complain(work, mail.sha256 === '' ? 'evidence-not-taken' : 'evidence-missing', name);
    note(work, { ...facts, state: 'missing', sha256: null, size: 0 });
    return name;
  }
  const written = await work.zip.add(`${work.folder}${name}`, work.deps.documents.stream(mail.sha256), 'stored');
  const state = written.failure !== null ? 'interrupted' : written.sha256 === mail.sha256 ? 'intact' : 'damaged';
  if (state !== 'intact') complain(work, state === 'damaged' ? 'evidence-damaged' : 'evidence-interrupted', name);
  note(work, { ...facts, state, sha256: written.sha256, size: written.size });
  return name;
}

const isUsable = (work: Work, name: string): boolean =>
  ['intact', 'damaged'].includes(work.states.get(name) ?? 'missing');

/** What is taken out of something that does not hold any more is worth no more than that. */
const stateOfPart = (work: Work, from: string): FileState =>
  work.states.get(from) === 'intact' ? 'derived' : 'damaged';

async function addSentSegnatura(work: Work, mail: EvidenceSent, number: number, from: string): Promise<void> {
  const part = mail.recipe.parts.find(isOurs);
  if (part === undefined || !isUsable(work, from)) return;
  const { content } = part;
  const source =
    'base64' in content ? [Buffer.from(content.base64, 'base64')] : work.deps.documents.stream(content.sha256);
  const name = `segnatura/inviata-${numbered(number, work.record.sent.length)}.xml`;
  await addPart(work, name, `segnatura inviata (${part.name})`, from, source);
}

const isOurs = ({ name, mediaType }: OutgoingPart): boolean => mediaType === 'application/xml' && isSegnaturaName(name);

async function addReceivedSegnatura(work: Work, mail: EvidenceMail, number: number, from: string): Promise<void> {
  if (mail.sha256 === '' || !isUsable(work, from)) return;
  const found = await findSegnatura(work, mail, mail.sha256, from);
  if (found === null) return;
  const name = `segnatura/ricevuta-${numbered(number, work.record.mails.length)}.xml`;
  await addPart(work, name, `segnatura ricevuta (${found.name})`, from, [found.bytes]);
}

/** Read a second time: the disk may fail now where it did not before. */
async function findSegnatura(
  work: Work,
  { size }: EvidenceMail,
  digest: Sha256,
  from: string,
): Promise<SegnaturaInMail | null> {
  const { documents } = work.deps;
  try {
    if (size <= HELD_BYTES) return segnaturaIn(await documents.read(digest));
    return await segnaturaInLarge(documents.stream(digest) as AsyncIterable<Uint8Array>);
  } catch {
    complain(work, 'evidence-interrupted', from);
    return null;
  }
}

type Source = Parameters<Zip['add']>[1];

async function addPart(work: Work, name: string, about: string, from: string, source: Source): Promise<void> {
  const written = await work.zip.add(`${work.folder}${name}`, source, 'packed');
  if (written.failure !== null) complain(work, 'evidence-interrupted', name);
  const state = written.failure === null ? stateOfPart(work, from) : 'interrupted';
  note(work, { name, about, state, sha256: written.sha256, size: written.size, expected: null, from });
}

async function addDerived(work: Work, name: string, about: string, text: string): Promise<Written> {
  const written = await work.zip.add(`${work.folder}${name}`, [Buffer.from(text)], 'packed');
  note(work, { name, about, state: 'derived', sha256: written.sha256, size: written.size, expected: null });
  return written;
}

/** What was found when the mail was settled, as it is recorded. */
async function addVerdict(work: Work, mail: EvidenceMail, number: number, about: string): Promise<void> {
  const name = `verdetti/ricevuto-${numbered(number, work.record.mails.length)}.json`;
  await addDerived(work, name, `esame fatto alla ricezione: ${about}`, jsonText({ file: about, ...mail }));
}

async function addAudit(work: Work): Promise<EvidenceIndex['audit']> {
  const records = work.record.audit.map((one) => ({
    ...one,
    holds: sha256Of([one.previousHash, one.content]) === one.hash,
  }));
  const file = 'verdetti/catena.json';
  const text = jsonText({ aoo: work.record.office.aoo, rule: 'hash = sha256(previousHash + content)', records });
  await addDerived(work, file, 'annotazioni del registro di controllo che riguardano lo scambio', text);
  const brokenAt = records.flatMap(({ seq, holds }) => (holds ? [] : [seq]));
  for (const seq of brokenAt) complain(work, 'evidence-audit-broken', String(seq));
  return { file, records: records.length, brokenAt };
}

/** What holds now, apart from what was found then. */
async function addVerification(work: Work, at: Date, audit: EvidenceIndex['audit']): Promise<void> {
  const files = work.files
    .filter(({ name }) => name.endsWith('.eml'))
    .map(({ name, expected, sha256, state }) => ({ name, expected, found: sha256, state }));
  const text = jsonText({ verifiedAt: at.toISOString(), files, audit, problems: work.problems });
  await addDerived(work, 'verdetti/verifica.json', 'verifica, eseguita ora, di quanto è conservato', text);
}

interface Places {
  /** Our mails by Message-ID. */
  readonly sent: ReadonlyMap<string, string>;
  readonly message: readonly string[];
  readonly received: ReadonlyMap<string, string>;
  readonly audit: string;
}

/** A mail proves what came by mail, the mail itself what was sent; all that is only recorded is proven by the chain. */
function proofOf({ mailId, type, data }: EvidenceEvent, places: Places): readonly string[] {
  const received = mailId === null ? undefined : places.received.get(mailId);
  if (received !== undefined) return [received];
  const { messageId } = data;
  const sent = typeof messageId === 'string' ? places.sent.get(messageId) : undefined;
  if (sent !== undefined) return [sent, places.audit];
  return type === 'registered' ? [...places.message, places.audit] : [places.audit];
}
