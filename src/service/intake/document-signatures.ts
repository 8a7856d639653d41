import type { InspectedDocument } from '../../domain/exchange/inspection.ts';
import { presentable } from '../../formats/segnatura/problem-collector.ts';
import type { Beside } from '../../formats/signed-document/cades.ts';
import { judgeSignedDocument } from '../../formats/signed-document/judge.ts';
import { insteadOfSignature, promisesSignature } from '../../formats/signed-document/promise.ts';
import { ABSENT, Budget, EXHAUSTED, unreadable, worst } from '../../formats/signed-document/verdict.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import type { DeclaredDocument, MatchedDocument, Signing } from '../../model/segnatura.ts';
import type { DocumentSignature } from '../../model/signed-document.ts';
import type { FileInMail } from '../documents/files-in-mail.ts';

export interface JudgedSignatures {
  readonly documents: readonly InspectedDocument[];
  readonly problems: readonly Problem[];
  /** Files that are the detached signature of a document of the message: the segnatura need not describe them. */
  readonly beside: readonly FileInMail[];
}

/**
 * The digital signatures of the documents of a message. A file that neither looks signed nor is called so costs nothing
 * here; a signature in a file of its own is that of the document the segnatura says (3.0.0), else of the one it is named
 * after (`atto.pdf.p7s`, `atto.p7s`). Of files that the segnatura does not describe the verdict is shown, but is no problem
 * of the message, unless a document that it does describe is missing: then one of them may stand for it.
 */
export function judgeSignatures(
  documents: readonly MatchedDocument[],
  files: readonly FileInMail[],
  declared: readonly DeclaredDocument[] = [],
): JudgedSignatures {
  const signed = new Map(
    declared.flatMap((each) => (each.signed && each.name !== null ? [[each.name, each.signed]] : [])),
  );
  const isPlain = files.every(({ form, name }) => form === null && !promisesSignature({ name: name ?? '', form }));
  const { verdicts, pairs } = isPlain ? NOTHING_SIGNED : verdictsOf(files, aboutOf(signed));
  const bySha256 = new Map(files.map((file) => [file.sha256 as string, file]));
  const isDescribed = new Set(
    documents.flatMap(({ role, sha256 }) => (role === 'undeclared' || !sha256 ? [] : [sha256])),
  );
  const beside = [...pairs].flatMap(([file, about]) =>
    isDescribed.has(about.sha256) && !isDescribed.has(file.sha256) ? [file] : [],
  );
  const isBeside = new Set<string>(beside.map(({ sha256 }) => sha256));
  const lacksOne = documents.some(({ role, present }) => role !== 'undeclared' && !present);
  const problems: Problem[] = [];
  const inspected = documents.map((document): InspectedDocument => {
    const { name, role, present, sha256 } = document;
    const file = sha256 === null ? undefined : bySha256.get(sha256);
    const found = file === undefined ? ABSENT : kept(name, file, verdicts.get(file.sha256) ?? ABSENT);
    const own = isBeside.has(sha256 ?? '');
    if (role !== 'undeclared' || (lacksOne && !own)) problems.push(...signatureProblems(found, name));
    if (found.verdict === 'absent' && present && signed.has(name))
      problems.push(problem('document-signature-missing', '', presentable(name)));
    return { ...document, role: own ? 'attachment' : role, signature: found.verdict };
  });
  return { documents: inspected, problems, beside };
}

/** A name that promises a signature, and a file without one: that is not simply an unsigned document. */
function kept(name: string, file: FileInMail, found: DocumentSignature): DocumentSignature {
  if (found.verdict !== 'absent' || !promisesSignature({ name, form: file.form })) return found;
  return unreadable(insteadOfSignature(file));
}

interface Verdicts {
  /** By the SHA-256 of the file: the same file twice is judged once. */
  readonly verdicts: ReadonlyMap<string, DocumentSignature>;
  /** Detached signatures and what they sign. */
  readonly pairs: ReadonlyMap<FileInMail, FileInMail>;
}

const NOTHING_SIGNED: Verdicts = { verdicts: new Map(), pairs: new Map() };

/** Names of signature files, and of the documents that the segnatura says they sign. */
const aboutOf = (signed: ReadonlyMap<string, Signing>): ReadonlyMap<string, string> =>
  new Map(
    [...signed].flatMap(([name, how]) => (how === 'inside' ? [] : how.map((file) => [file.name, name] as const))),
  );

export function signatureProblems({ verdict, reason, partial }: DocumentSignature, name: string): Problem[] {
  const what = `«${presentable(name)}», ${reason}`;
  if (verdict === 'broken') return [problem('document-signature-broken', '', what)];
  if (verdict === 'unreadable') return [problem('document-signature-unreadable', '', what)];
  return partial ? [problem('document-signature-partial', '', presentable(name))] : [];
}

function verdictsOf(files: readonly FileInMail[], declared: ReadonlyMap<string, string>): Verdicts {
  const named = new Named(files);
  const budget = new Budget(LIMITS.signedWork);
  const reads = new Budget(LIMITS.signedWork);
  const verdicts = new Map<string, DocumentSignature>();
  const about = new Map<string, DocumentSignature>();
  const pairs = new Map<FileInMail, FileInMail>();
  for (const file of files) {
    if (file.form === null || verdicts.has(file.sha256)) continue;
    const { verdict, document, detached } = judgeBeside(file, named.documentsOf(file, declared), budget, reads);
    verdicts.set(file.sha256, verdict);
    if (document === null) continue;
    about.set(document.sha256, worst(about.get(document.sha256) ?? ABSENT, verdict));
    if (detached) pairs.set(file, document);
  }
  // What is signed in itself keeps that verdict, unless the signature beside it is worse.
  for (const [sha256, verdict] of about) verdicts.set(sha256, worst(verdicts.get(sha256) ?? ABSENT, verdict));
  return { verdicts, pairs };
}

interface JudgedBeside {
  readonly verdict: DocumentSignature;
  /** The document that the signature covers, besides the file that holds it. */
  readonly document: FileInMail | null;
  readonly detached: boolean;
}

/**
 * Judges a file alone or, where several documents have its name, over the one that it signs. `reads` pays for decoding these:
 * many signatures may be called after the same large ones.
 */
function judgeBeside(file: FileInMail, documents: readonly FileInMail[], budget: Budget, reads: Budget): JudgedBeside {
  const [first, ...others] = documents;
  if (first === undefined) return { verdict: judge(file, null, budget), document: null, detached: false };
  let detached = false;
  for (const document of documents) {
    // A `.p7s` that cannot be read is no proof of anything, but the document lacks its signature.
    let covers: boolean | null = null;
    if (!reads.take(document.size)) return { verdict: unreadable(EXHAUSTED), document: null, detached: false };
    const verdict = judge(file, document, budget, (inside) => {
      const own = document.bytes();
      detached ||= inside === null;
      covers = inside === null || inside.equals(own);
      return own;
    });
    if (others.length === 0 || verdict.verdict === 'intact')
      return coverage(verdict, covers ?? isUnread(file, verdict), document, detached);
  }
  if (!detached) return { verdict: judge(file, null, budget), document: null, detached: false };
  return { verdict: unreadable('non è la firma di nessuno dei file con il suo nome'), document: first, detached };
}

const coverage = (
  verdict: DocumentSignature,
  covers: boolean,
  document: FileInMail,
  detached: boolean,
): JudgedBeside => ({ verdict, document: covers ? document : null, detached: detached && covers });

const isUnread = ({ name }: FileInMail, { verdict }: DocumentSignature): boolean =>
  verdict === 'unreadable' && /\.p7s$/i.test(name ?? '');

function judge(file: FileInMail, about: FileInMail | null, budget: Budget, beside: Beside | null = null) {
  if (file.form === null || (file.form === 'mime' && !isWrapping(file))) return ABSENT;
  const tooLarge = [file, about].some((each) => each !== null && each.size > LIMITS.signedBytes);
  if (tooLarge) return unreadable(`supera i ${LIMITS.signedBytes} byte`);
  return judgeSignedDocument(file.bytes(), file.form, beside, budget);
}

/** A mail that was attached is a document like any other: what is signed in it is signed for somebody else. */
const isWrapping = ({ name, form, mediaType }: FileInMail): boolean =>
  promisesSignature({ name: name ?? '', form }) || /pkcs7/i.test(mediaType);

const SIGNATURE_FILE = /\.p7[smb]$/i;
/** Documents of one name that a signature is tried with. */
const MOST_DOCUMENTS = 8;

/** The files of a message, found by name as a signature file is called after them. */
class Named {
  readonly #exact = new Map<string, FileInMail>();
  readonly #stems = new Map<string, FileInMail[]>();

  constructor(files: readonly FileInMail[]) {
    for (const file of files) {
      if (file.name === null) continue;
      this.#exact.set(file.name, file);
      if (SIGNATURE_FILE.test(file.name)) continue;
      const lower = file.name.toLowerCase();
      const dot = lower.lastIndexOf('.');
      for (const stem of dot > 0 ? [lower, lower.slice(0, dot)] : [lower])
        this.#stems.set(stem, [...(this.#stems.get(stem) ?? []), file].slice(0, MOST_DOCUMENTS));
    }
  }

  documentsOf({ name }: FileInMail, declared: ReadonlyMap<string, string>): readonly FileInMail[] {
    if (name === null) return [];
    const said = declared.get(name);
    const stem = said ?? (SIGNATURE_FILE.test(name) ? name.slice(0, -4) : null);
    if (stem === null) return [];
    const exact = this.#exact.get(stem);
    if (exact !== undefined) return [exact];
    return said === undefined ? (this.#stems.get(stem.toLowerCase()) ?? []) : [];
  }
}
