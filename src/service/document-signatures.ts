import type { InspectedDocument } from '../domain/exchange/inspection.ts';
import type { MatchedDocument } from '../formats/segnatura/documents.ts';
import { shown } from '../formats/segnatura/findings.ts';
import { judgeSignedDocument } from '../formats/signed-document/judge.ts';
import type { DocumentSignature } from '../formats/signed-document/types.ts';
import { ABSENT, Budget, unreadable } from '../formats/signed-document/verdict.ts';
import { LIMITS } from '../kernel/limits.ts';
import { type Problem, problem } from '../kernel/problems.ts';
import type { FoundFile } from './found-files.ts';

/**
 * The digital signatures of the documents of a message. A file that does not look signed costs nothing here; a signature
 * in a file of its own (`atto.pdf.p7s`) is the signature of the document it is named after. Of files that the segnatura
 * does not describe the verdict is shown, but is no problem of the message.
 */
export function judgeSignatures(
  documents: readonly MatchedDocument[],
  files: readonly FoundFile[],
): { readonly documents: readonly InspectedDocument[]; readonly problems: readonly Problem[] } {
  if (files.every(({ form }) => form === null))
    return { documents: documents.map((each) => ({ ...each, signature: 'absent' })), problems: [] };
  const verdicts = verdictsOf(files);
  const problems: Problem[] = [];
  const inspected = documents.map((document): InspectedDocument => {
    const found = (document.sha256 === null ? undefined : verdicts.get(document.sha256)) ?? ABSENT;
    if (document.role !== 'undeclared') problems.push(...problemsOf(found, document.name));
    return { ...document, signature: found.verdict };
  });
  return { documents: inspected, problems };
}

function problemsOf({ verdict, reason, partial }: DocumentSignature, name: string): Problem[] {
  const what = `«${shown(name)}», ${reason}`;
  if (verdict === 'broken') return [problem('document-signature-broken', '', what)];
  if (verdict === 'unreadable') return [problem('document-signature-unreadable', '', what)];
  return partial ? [problem('document-signature-partial', '', shown(name))] : [];
}

/** By the SHA-256 of the file: the same file twice is judged once. */
function verdictsOf(files: readonly FoundFile[]): ReadonlyMap<string, DocumentSignature> {
  const named = new Map(files.flatMap((file) => (file.name === null ? [] : [[file.name, file] as const])));
  const budget = new Budget(LIMITS.signedWork);
  const verdicts = new Map<string, DocumentSignature>();
  const beside: (readonly [FoundFile, DocumentSignature])[] = [];
  for (const file of files) {
    if (file.form === null || verdicts.has(file.sha256)) continue;
    const about = /\.p7[smb]$/i.test(file.name ?? '') ? named.get((file.name ?? '').slice(0, -4)) : undefined;
    const verdict = judge(file, about ?? null, budget);
    verdicts.set(file.sha256, verdict);
    if (about !== undefined) beside.push([about, verdict]);
  }
  for (const [document, verdict] of beside) if (!verdicts.has(document.sha256)) verdicts.set(document.sha256, verdict);
  return verdicts;
}

function judge(file: FoundFile, about: FoundFile | null, budget: Budget): DocumentSignature {
  if (file.form === null) return ABSENT;
  const tooLarge = [file, about].some((each) => each !== null && each.size > LIMITS.signedBytes);
  if (tooLarge) return unreadable(`supera i ${LIMITS.signedBytes} byte`);
  return judgeSignedDocument(file.bytes(), file.form, about && (() => about.bytes()), budget);
}
