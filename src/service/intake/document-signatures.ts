import type { InspectedDocument } from '../../domain/exchange/inspection.ts';
import { presentable } from '../../formats/segnatura/problem-collector.ts';
import { judgeSignedDocument } from '../../formats/signed-document/judge.ts';
import { ABSENT, Budget, unreadable } from '../../formats/signed-document/verdict.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import type { DeclaredDocument, MatchedDocument, Signing } from '../../model/segnatura.ts';
import type { DocumentSignature } from '../../model/signed-document.ts';
import type { FileInMail } from '../documents/files-in-mail.ts';

/**
 * The digital signatures of the documents of a message. A file that does not look signed costs nothing here; a signature
 * in a file of its own is that of the document the segnatura says (3.0.0), else of the one it is named after
 * (`atto.pdf.p7s`). Of files that the segnatura does not describe the verdict is shown, but is no problem of the message.
 */
export function judgeSignatures(
  documents: readonly MatchedDocument[],
  files: readonly FileInMail[],
  declared: readonly DeclaredDocument[] = [],
): { readonly documents: readonly InspectedDocument[]; readonly problems: readonly Problem[] } {
  const signed = new Map(
    declared.flatMap((each) => (each.signed && each.name !== null ? [[each.name, each.signed]] : [])),
  );
  const isPlain = files.every(({ form }) => form === null);
  const verdicts = isPlain ? NO_VERDICTS : verdictsOf(files, aboutOf(signed));
  const problems: Problem[] = [];
  const inspected = documents.map((document): InspectedDocument => {
    const { name, role, present, sha256 } = document;
    const found = (sha256 === null ? undefined : verdicts.get(sha256)) ?? ABSENT;
    if (role !== 'undeclared') problems.push(...signatureProblems(found, name));
    if (found.verdict === 'absent' && present && signed.has(name))
      problems.push(problem('document-signature-missing', '', presentable(name)));
    return { ...document, signature: found.verdict };
  });
  return { documents: inspected, problems };
}

const NO_VERDICTS: ReadonlyMap<string, DocumentSignature> = new Map();

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

/** By the SHA-256 of the file: the same file twice is judged once. */
function verdictsOf(
  files: readonly FileInMail[],
  declared: ReadonlyMap<string, string>,
): ReadonlyMap<string, DocumentSignature> {
  const named = new Map(files.flatMap((file) => (file.name === null ? [] : [[file.name, file] as const])));
  const budget = new Budget(LIMITS.signedWork);
  const verdicts = new Map<string, DocumentSignature>();
  const beside: (readonly [FileInMail, DocumentSignature])[] = [];
  for (const file of files) {
    if (file.form === null || verdicts.has(file.sha256)) continue;
    const name = file.name ?? '';
    const document = declared.get(name) ?? (/\.p7[smb]$/i.test(name) ? name.slice(0, -4) : '');
    const about = named.get(document);
    const verdict = judge(file, about ?? null, budget);
    verdicts.set(file.sha256, verdict);
    if (about !== undefined) beside.push([about, verdict]);
  }
  for (const [document, verdict] of beside) if (!verdicts.has(document.sha256)) verdicts.set(document.sha256, verdict);
  return verdicts;
}

function judge(file: FileInMail, about: FileInMail | null, budget: Budget): DocumentSignature {
  if (file.form === null) return ABSENT;
  const tooLarge = [file, about].some((each) => each !== null && each.size > LIMITS.signedBytes);
  if (tooLarge) return unreadable(`supera i ${LIMITS.signedBytes} byte`);
  return judgeSignedDocument(file.bytes(), file.form, about && (() => about.bytes()), budget);
}
