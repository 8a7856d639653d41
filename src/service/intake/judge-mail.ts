/**
 * From bytes to a judgement, without any memory of other mails: the part of the way in that `inspect` shares with the
 * service. Nothing here reads the clock, the disk or the network; trust and time are handed in.
 */
import { type Addressee, type Arrival, checkMessage, checkSigned } from '../../domain/exchange/checks.ts';
import { decide } from '../../domain/exchange/decide.ts';
import type { InspectedSegnatura, Inspection, MessageKind } from '../../domain/exchange/inspection.ts';
import type { Policy } from '../../domain/exchange/problem-policy.ts';
import { oneLine } from '../../domain/register/registration.ts';
import { openMail } from '../../formats/pec/open.ts';
import { verifySeal } from '../../formats/seal/verify.ts';
import { matchDocuments } from '../../formats/segnatura/documents.ts';
import { findSegnatura } from '../../formats/segnatura/find-segnatura.ts';
import { readSegnatura, type Validate } from '../../formats/segnatura/read.ts';
import { sha256Of } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import type { OpenedMail, PecReport, TrustAnchors } from '../../model/pec.ts';
import type { SegnaturaMessage, SegnaturaReading } from '../../model/segnatura.ts';
import { contentFiles, envelopeFiles, type FileInMail } from '../documents/files-in-mail.ts';
import { judgeSignatures } from './document-signatures.ts';
import { fileProblems } from './file-problems.ts';

export interface JudgeOptions {
  readonly trust: TrustAnchors;
  readonly validate: Validate;
  /** The time of the judgement. */
  readonly at: Date;
  readonly policy: Policy;
  /** The office the mail came to; without it nothing is said of the recipient. */
  readonly office?: Addressee;
}

/** What one mail is found to be, and what is to be done with it by the rules alone. */
export interface Judgement {
  readonly inspection: Inspection;
  readonly opened: OpenedMail;
  readonly reading: SegnaturaReading | null;
  /** The documents of the message, without the segnatura. */
  readonly files: readonly FileInMail[];
  /** Digest over segnatura and documents: the same message sent twice has the same. */
  readonly content: Sha256;
}

export function judgeMail(bytes: Buffer, options: JudgeOptions): Judgement {
  const opened = openMail(bytes, options.trust, options.at);
  const searched = opened.content === null ? [] : contentFiles(opened.content);
  const inContent = findSegnatura(searched);
  // Some systems put the segnatura beside daticert.xml instead of inside the message.
  const beside = inContent.part === null && opened.kind === 'transport' ? envelopeFiles(bytes) : [];
  const found = inContent.part === null && beside.length > 0 ? findSegnatura(beside) : inContent;
  const all = [...searched, ...beside];
  const files = all.filter((file) => file !== found.part);

  const read = found.part && readSegnatura(found.part.bytes(), options.validate);
  const reading = read?.ok ? read.value : null;
  const segnatura = found.part && reading ? inspected(found.part.bytes(), reading, options) : null;
  const message = reading?.message ?? null;
  const isProtocol = message?.kind === 'protocol-message';
  const matched = isProtocol ? matchDocuments(message.documents, files) : undeclared(files);
  const signatures = judgeSignatures(matched.documents, files, isProtocol ? message.documents : []);
  const office = options.office ?? null;
  const checked = isProtocol
    ? [
        ...signatures.problems,
        ...checkMessage(message, { office, envelope: envelopeOf(opened), at: options.at }),
        ...checkSigned(message, signatures.documents, office),
      ]
    : [];

  const kind = kindOf(opened, message, found.part);
  const problems: Problem[] = [...opened.problems, ...found.problems, ...fileProblems(all)];
  if (read && !read.ok) problems.push(read.problem);
  const asked =
    isProtocol && message.operatorRequest !== null
      ? [problem('segnatura-operator-requested', '', message.operatorRequest)]
      : [];
  const paper = isProtocol && message.paperDocuments ? [problem('segnatura-paper-documents')] : [];
  const ofMessage = [...(segnatura?.problems ?? []), ...matched.problems, ...checked, ...asked, ...paper];
  return {
    inspection: {
      kind,
      pec: opened.pec ?? NO_PEC,
      segnatura: segnatura && { ...segnatura, problems: ofMessage },
      documents: signatures.documents,
      decision: decide(kind, [...problems, ...ofMessage], options.policy),
      problems,
    },
    opened,
    reading,
    files,
    content: sha256Of([found.part?.sha256 ?? '', ...files.map((file) => file.sha256)]),
  };
}

/** The judgement of a segnatura alone, without the mail around it: its documents are not looked for. */
export function judgeSegnatura(bytes: Buffer, options: JudgeOptions): Inspection {
  const read = readSegnatura(bytes, options.validate);
  const reading = read.ok ? read.value : null;
  const found = reading && inspected(bytes, reading, options);
  const message = reading?.message ?? null;
  const arrival = { office: options.office ?? null, envelope: null, at: options.at };
  const checked = message?.kind === 'protocol-message' ? checkMessage(message, arrival) : [];
  const segnatura = found && { ...found, problems: [...found.problems, ...checked] };
  const kind = reading === null ? 'unreadable' : (reading.message?.kind ?? 'protocol-message');
  const problems = read.ok ? [] : [read.problem];
  const decision = decide(kind, [...problems, ...(segnatura?.problems ?? [])], options.policy);
  return { kind, pec: null, segnatura, documents: [], decision, problems };
}

/** Sender and time are taken from an envelope only when it is proven. */
function envelopeOf({ kind, pec }: OpenedMail): Arrival['envelope'] {
  if (kind !== 'transport' || pec === null) return null;
  const certifiedAt = new Date(pec.certifiedAt ?? Number.NaN);
  return { sender: pec.sender, certifiedAt: Number.isNaN(certifiedAt.getTime()) ? null : certifiedAt };
}

/** The report of a mail that does not even look like PEC. */
const NO_PEC: PecReport = {
  type: null,
  integrity: 'absent',
  chain: 'not-checked',
  today: 'unknown',
  signerMatchesFrom: false,
  agrees: false,
  certifiedAt: null,
  identifier: null,
  messageId: null,
  sender: null,
  recipients: [],
  receiptType: null,
  error: null,
  errorDetail: null,
  deliveredTo: null,
};

/** A segnatura counts only inside a proven envelope; a broken file of that name counts as a broken segnatura. */
function kindOf(opened: OpenedMail, message: SegnaturaMessage | null, part: FileInMail | null): MessageKind {
  switch (opened.kind) {
    case 'receipt':
      return 'pec-receipt';
    case 'anomaly':
      return 'anomaly';
    case 'ordinary':
      return 'ordinary-mail';
    case 'unreadable':
      return 'unreadable';
    case 'transport':
      if (message !== null) return message.kind;
      // An unreadable answer is never answered with an exception: two systems would answer each other for ever.
      return part === null || isReturnName(part.name) ? 'plain-pec' : 'protocol-message';
  }
}

const isReturnName = (name: string | null): boolean =>
  /conferma|eccezione|aggiornamento|annullamento/i.test(name ?? '');

function inspected(bytes: Buffer, reading: SegnaturaReading, { trust, at }: JudgeOptions): InspectedSegnatura {
  const { generation, valid, message } = reading;
  // The guidelines demand a seal of every 3.0.0 segnatura, so its absence is judged too.
  const wanted = generation === '3.0.0' && (message === null || message.kind === 'protocol-message');
  const seal = reading.hasSeal || wanted ? verifySeal(bytes, trust, at) : null;
  const base = { generation, valid, seal: seal?.verdict ?? 'absent', problems: reading.problems } as const;
  const sealed = { ...base, problems: seal?.reason ? [...reading.problems, seal.reason] : reading.problems };
  if (message === null) return { ...sealed, identifier: null, subject: null, confirmationRequested: false };
  const { identifier } = message;
  return {
    ...sealed,
    identifier: identifier && {
      administration: identifier.administration,
      aoo: identifier.aoo,
      register: identifier.register,
      number: identifier.number,
      date: identifier.date,
    },
    subject: message.kind === 'protocol-message' ? oneLine(message.subject) : null,
    confirmationRequested: message.kind === 'protocol-message' && message.confirmationRequested,
  };
}

/** Files of a mail without segnatura: nothing declares them, so nothing is missing. */
function undeclared(files: readonly FileInMail[]): Pick<ReturnType<typeof matchDocuments>, 'documents' | 'problems'> {
  const documents = files.map(({ name, mediaType, size, sha256: digest }) => ({
    name: name ?? '',
    mediaType,
    size,
    sha256: digest,
    role: 'undeclared' as const,
    digest: 'not-declared' as const,
    present: true,
  }));
  return { documents, problems: [] };
}
