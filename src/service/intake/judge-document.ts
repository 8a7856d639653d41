import { decide } from '../../domain/exchange/decide.ts';
import type { Inspection } from '../../domain/exchange/inspection.ts';
import { promisesSignature } from '../../formats/signed-document/promise.ts';
import { formOf } from '../../formats/signed-document/spot.ts';
import { LIMITS } from '../../kernel/limits.ts';
import type { MimeTree } from '../../model/mime.ts';
import type { MatchedDocument } from '../../model/segnatura.ts';
import { type FilePart, filesOf } from '../documents/files-in-mail.ts';
import { insideOfCms } from '../documents/list-mail.ts';
import { judgeSignatures } from './document-signatures.ts';
import { type JudgeOptions, judgeSegnatura } from './judge-mail.ts';

/** What a file alone is found to be: without a segnatura in it, nothing is to be decided. */
export type InspectedFile =
  | Inspection
  | (Pick<Inspection, 'documents' | 'problems'> & {
      readonly kind: 'document';
      readonly pec: null;
      readonly segnatura: null;
      readonly decision: null;
    });

/** A signed document, or a file that is called like one; anything else is a mail or a segnatura. */
export function isDocument(bytes: Buffer, name: string): boolean {
  const form = formOf(bytes);
  return form === 'cms' || form === 'pdf' || form === 'asic' || isPdf(bytes) || promisesSignature({ name, form });
}

const isPdf = (bytes: Buffer): boolean => bytes.toString('latin1', 0, 5) === '%PDF-';

/** The judgement of a document alone, as that of the primary document of a message. A segnatura inside it is judged too. */
export function judgeDocument(bytes: Buffer, name: string, options: JudgeOptions): InspectedFile {
  const [file] = filesOf([alone(bytes, name)]);
  if (file === undefined) throw new Error('a file that is no file');
  const { size, sha256 } = file;
  const mediaType = isPdf(bytes) ? 'application/pdf' : 'application/octet-stream';
  const document: MatchedDocument = {
    ...{ name, mediaType, size, sha256 },
    ...{ role: 'primary', digest: 'not-declared', present: true },
  };
  const { documents, problems } = judgeSignatures([document], [file]);
  const segnatura = segnaturaInside(bytes, options);
  if (segnatura === null) return { kind: 'document', pec: null, segnatura: null, documents, decision: null, problems };
  const all = [...problems, ...segnatura.problems, ...(segnatura.segnatura?.problems ?? [])];
  const decision = decide(segnatura.kind, all, options.policy);
  return { ...segnatura, documents, decision, problems: [...problems, ...segnatura.problems] };
}

/** Below all signatures; null where there is something else. */
function segnaturaInside(bytes: Buffer, options: JudgeOptions): Inspection | null {
  let inside = insideOfCms(bytes);
  for (let depth = 1; inside !== null && depth < LIMITS.signedDepth; depth++) inside = insideOfCms(inside) ?? inside;
  if (inside === null || !looksLikeXml(inside)) return null;
  const judged = judgeSegnatura(inside, options);
  return judged.segnatura === null ? null : judged;
}

/** After a byte order mark or white space. */
const looksLikeXml = (bytes: Buffer): boolean => /^[\s\0\xef\xbb\xbf\xfe\xff]*</.test(bytes.toString('latin1', 0, 256));

/** The file as the only part of a message, as it is. */
function alone(bytes: Buffer, name: string): FilePart {
  const part = {
    path: '',
    headers: [],
    type: 'application/octet-stream',
    parameters: new Map<string, string>(),
    disposition: null,
    filename: name,
    encoding: 'binary',
    start: 0,
    bodyStart: 0,
    end: bytes.length,
    children: [],
  };
  const tree: MimeTree = { bytes, root: part, problems: [] };
  return { tree, part, place: '', name, within: null, opened: null };
}
