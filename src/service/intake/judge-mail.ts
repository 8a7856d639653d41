/**
 * From bytes to a judgement, without any memory of other mails: the part of the way in that `inspect` shares with the
 * service. Nothing here reads the clock, the disk or the network; trust and time are handed in.
 */
import { type Addressee, type Arrival, checkMessage, checkSigned } from '../../domain/exchange/checks.ts';
import { decide } from '../../domain/exchange/decide.ts';
import { checkForwarded } from '../../domain/exchange/forwarded.ts';
import type { InspectedSegnatura, Inspection, MessageKind } from '../../domain/exchange/inspection.ts';
import { effectOf, type Policy } from '../../domain/exchange/problem-policy.ts';
import { oneLine } from '../../domain/register/registration.ts';
import { openMail } from '../../formats/pec/open.ts';
import { openSeal } from '../../formats/seal/verify.ts';
import { matchDocuments } from '../../formats/segnatura/documents.ts';
import { presentable } from '../../formats/segnatura/problem-collector.ts';
import { readSegnatura, type Validate } from '../../formats/segnatura/read.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import type { Result } from '../../kernel/result.ts';
import { sameText } from '../../kernel/same-text.ts';
import type { OpenedMail, PecReport, TrustAnchors } from '../../model/pec.ts';
import { NOT_KNOWN, type RevocationReport, type UsedChain } from '../../model/revocation.ts';
import type { SealHolder } from '../../model/seal.ts';
import type { SegnaturaReading } from '../../model/segnatura.ts';
import { envelopeFiles, type FileInMail } from '../documents/files-in-mail.ts';
import { type SearchedMail, searchMail } from '../documents/segnatura-in-mail.ts';
import { contentDigest } from './content-digest.ts';
import { judgeSignatures, signatureProblems } from './document-signatures.ts';
import { fileProblems } from './file-problems.ts';
import { type HeldSeal, ownSeal } from './own-seal.ts';

export interface JudgeOptions {
  readonly trust: TrustAnchors;
  readonly validate: Validate;
  /** The time of the judgement. */
  readonly at: Date;
  readonly policy: Policy;
  /** The office the mail came to; without it nothing is said of the recipient. */
  readonly office?: Addressee;
  /** What lists of revoked certificates say of the chains that an earlier judgement has named. */
  readonly revocations?: Revocations;
}

export interface Revocations {
  readonly pec: RevocationReport;
  readonly seal: RevocationReport;
}

/**
 * What one mail is found to be, and what is to be done with it by the rules alone. Plain data without the bytes of the mail:
 * it crosses from the thread where the mail was judged.
 */
export interface Judgement {
  readonly inspection: Inspection;
  readonly opened: Omit<OpenedMail, 'content'>;
  readonly reading: SegnaturaReading | null;
  /** The documents of the message, without the segnatura. */
  readonly files: readonly JudgedFile[];
  /** Whose trusted seal the segnatura bears, where nobody has configured whose it is. */
  readonly sealOwner?: SealHolder | null;
  /** The seal's trusted chain, and when it says that it was made; absent where there is none. */
  readonly sealChain?: { readonly used: UsedChain; readonly signedAt: string | null };
  /** `contentDigest`: the same message sent twice has the same. */
  readonly content: Sha256;
}

/** A file of the message: its digest, and its place in the kept bytes. */
export type JudgedFile = Pick<FileInMail, 'name' | 'mediaType' | 'size' | 'sha256' | 'part'>;

export function judgeMail(bytes: Buffer, options: JudgeOptions): Judgement {
  const opened = openMail(bytes, options.trust, options.at, options.revocations?.pec);
  const found = searchMail(opened.content, () => (opened.kind === 'transport' ? envelopeFiles(bytes) : []));
  const { part } = found;
  const read = part && readSegnatura(part.bytes(), options.validate);
  const judged = read && part && judgeRead(read, part.bytes(), options, envelopeOf(opened));
  const kind = kindOf(opened, judged, found, options.policy);
  const reading = judged?.reading ?? null;
  const isPlain = kind === 'plain-pec';
  const message = !isPlain && reading?.message?.kind === 'protocol-message' ? reading.message : null;
  const all = part === null ? found.others : [...found.others, part];
  // A segnatura that does not count is a file like the others.
  const files = isPlain ? all : found.others;

  const matched = message !== null ? matchDocuments(message.documents, files) : undeclared(files);
  const signatures = judgeSignatures(matched.documents, files, message?.documents ?? []);
  const ofDocuments =
    message === null
      ? []
      : [
          ...found.wrappings.flatMap(([name, signature]) => signatureProblems(signature, name)),
          ...signatures.problems,
          ...checkSigned(message, signatures.documents, options.office ?? null),
        ];
  const problems: Problem[] = [
    ...opened.problems,
    ...checkEnvelope(opened, options.office ?? null),
    ...found.problems,
    ...fileProblems(all),
    ...(judged?.refusals ?? []),
  ];
  if (isPlain && part !== null) problems.push(judged?.forwarded ?? problem('segnatura-unusable'));
  const matching = withoutSignatures(matched.problems, signatures.beside);
  const ofMessage = [...(judged?.segnatura?.problems ?? []), ...matching, ...ofDocuments];
  return {
    inspection: {
      kind,
      pec: opened.pec ?? NO_PEC,
      segnatura: judged?.segnatura ? { ...judged.segnatura, problems: ofMessage } : null,
      documents: signatures.documents,
      decision: decide(kind, [...problems, ...ofMessage], options.policy),
      problems,
    },
    opened: withoutContent(opened),
    reading: isPlain ? null : reading,
    sealOwner: judged?.sealOwner ?? null,
    ...(judged?.sealChain && { sealChain: judged.sealChain }),
    files: files.map(({ name, mediaType, size, sha256, part }) => ({ name, mediaType, size, sha256, part })),
    content: contentDigest(opened, message, part, found.others),
  };
}

const withoutContent = ({ content: _, ...opened }: OpenedMail): Judgement['opened'] => opened;

/** A detached signature belongs to its document: nobody has to describe it. */
function withoutSignatures(problems: readonly Problem[], beside: readonly FileInMail[]): readonly Problem[] {
  const left = [...problems];
  for (const { name } of beside) {
    const { code, message } = problem('document-undeclared', '', presentable(name ?? ''));
    const at = left.findIndex((each) => each.code === code && each.message === message);
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}

/** The judgement of a segnatura alone, without the mail around it: its documents are not looked for. */
export function judgeSegnatura(bytes: Buffer, options: JudgeOptions): Inspection {
  const { reading, segnatura, refusals } = judgeRead(readSegnatura(bytes, options.validate), bytes, options, null);
  const kind = reading === null ? 'unreadable' : (reading.message?.kind ?? 'protocol-message');
  const all = [...refusals, ...(segnatura?.problems ?? [])];
  // What cannot be read is decided upon as it is inside a mail.
  const decision = decide(kind === 'unreadable' ? 'protocol-message' : kind, all, options.policy);
  return { kind, pec: null, segnatura, documents: [], decision, problems: refusals };
}

/** What a segnatura says by itself, and against the envelope it came in. */
interface JudgedSegnatura {
  readonly reading: SegnaturaReading | null;
  readonly segnatura: InspectedSegnatura | null;
  /** Why it was not read at all. */
  readonly refusals: readonly Problem[];
  /** It is somebody else's, forwarded. */
  readonly forwarded: Problem | null;
  readonly sealOwner: SealHolder | null;
  readonly sealChain?: Judgement['sealChain'];
}

function judgeRead(
  read: Result<SegnaturaReading>,
  bytes: Buffer,
  options: JudgeOptions,
  envelope: Arrival['envelope'],
): JudgedSegnatura {
  if (!read.ok) return { reading: null, segnatura: null, refusals: [read.problem], forwarded: null, sealOwner: null };
  const reading = read.value;
  const { message } = reading;
  const { segnatura: found, ...ofSeal } = inspected(bytes, reading, options);
  if (message?.kind !== 'protocol-message')
    return { reading, segnatura: found, refusals: [], forwarded: null, ...ofSeal };
  const arrival: Arrival = { office: options.office ?? null, envelope, at: options.at };
  const checked = [...checkMessage(message, arrival)];
  const forwarded = checkForwarded(message, arrival, checked, reading.repaired);
  if (message.operatorRequest !== null)
    checked.push(problem('segnatura-operator-requested', '', message.operatorRequest));
  if (message.paperDocuments) checked.push(problem('segnatura-paper-documents'));
  return {
    reading,
    segnatura: { ...found, problems: [...found.problems, ...checked] },
    refusals: [],
    forwarded,
    ...ofSeal,
  };
}

/** A copy of somebody else's envelope can be put into any mailbox: what it certifies is not said to us. */
function checkEnvelope({ kind, pec }: OpenedMail, office: Addressee | null): readonly Problem[] {
  if (office === null || kind !== 'transport' || pec === null || pec.recipients.length === 0) return [];
  if (pec.recipients.some(({ address }) => office.addresses.some((own) => sameText(own, address)))) return [];
  const named = pec.recipients.slice(0, 3).map(({ address }) => address);
  return [problem('envelope-for-others', '', named.join(', ').slice(0, 200))];
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

/**
 * A segnatura counts only inside a proven envelope. One that gives no identifier, or was forwarded by somebody else, makes
 * the message plain PEC, unless the office's policy refuses such a segnatura. An answer is never refused: two systems would
 * answer each other for ever.
 */
function kindOf(
  opened: OpenedMail,
  judged: JudgedSegnatura | null,
  { isAnswer }: SearchedMail,
  policy: Policy,
): MessageKind {
  switch (opened.kind) {
    case 'receipt':
      return 'pec-receipt';
    case 'anomaly':
      return 'anomaly';
    case 'ordinary':
      return 'ordinary-mail';
    case 'unreadable':
      return 'unreadable';
    case 'transport': {
      if (judged === null || judged.forwarded !== null) return 'plain-pec';
      const { reading, refusals } = judged;
      if (reading?.message) return reading.message.kind;
      const why = [...refusals, ...(reading?.problems ?? []).filter(({ code }) => code === 'segnatura-no-identifier')];
      const isRefused = !isAnswer && why.some(({ code }) => effectOf(code, policy) === 'exception');
      return isRefused ? 'protocol-message' : 'plain-pec';
    }
  }
}

interface InspectedSeal extends Pick<Judgement, 'sealChain'> {
  readonly segnatura: InspectedSegnatura;
  readonly sealOwner: SealHolder | null;
}

function inspected(bytes: Buffer, reading: SegnaturaReading, options: JudgeOptions): InspectedSeal {
  const { trust, at } = options;
  const { generation, valid, repaired, message } = reading;
  // The guidelines demand a seal of every 3.0.0 segnatura, so its absence is judged too.
  const wanted = generation === '3.0.0' && (message === null || message.kind === 'protocol-message');
  const isSealed = reading.hasSeal || wanted;
  const revocation = options.revocations?.seal ?? NOT_KNOWN;
  const found = isSealed && !repaired ? openSeal(bytes, trust, at, revocation) : null;
  const seal = found ? ownSeal(found, message, trust) : isSealed ? sealOfRepaired(reading) : null;
  const used = found?.usedChain;
  const ofSeal = {
    sealOwner: seal?.owner ?? null,
    ...(used && { sealChain: { used, signedAt: found.report.signedAt } }),
  };
  const base = {
    generation,
    valid,
    seal: seal?.verdict ?? 'absent',
    ...(used && { sealRevocation: revocation }),
    problems: reading.problems,
  } as const;
  const sealed = { ...base, problems: seal?.reason ? [...reading.problems, seal.reason] : reading.problems };
  if (message === null)
    return { segnatura: { ...sealed, identifier: null, subject: null, confirmationRequested: false }, ...ofSeal };
  const { identifier } = message;
  const segnatura = {
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
  return { segnatura, ...ofSeal };
}

/** What was repaired is not what was signed. */
const sealOfRepaired = ({ hasSeal }: SegnaturaReading): HeldSeal =>
  hasSeal
    ? {
        verdict: 'invalid',
        owner: null,
        reason: problem('seal-unreadable', '', 'la segnatura si legge solo correggendo errori di XML'),
      }
    : { verdict: 'absent', owner: null, reason: problem('seal-absent') };

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
