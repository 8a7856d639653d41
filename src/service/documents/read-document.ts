/**
 * Documents on their way out: a file stored as it is, or one inside a kept mail, whole or from any byte on, with a few
 * hundred kilobytes of it in memory at a time.
 */
import { Readable } from 'node:stream';
import type { RegisteredDocument } from '../../domain/register/registration.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { ByteRange, Documents } from './documents.ts';
import { refuseUnjudged } from './judging-error.ts';
import { type KeptFile, openKeptMailFiles } from './kept-mail-files.ts';
import { looksHere, type MailLooks } from './mail-looks.ts';

/** Something that can be sent: what it is, and its bytes, once or as often as asked. */
export interface DocumentFile {
  /** As the sender wrote it: to be made safe before it is shown. Null: it has none. */
  readonly name: string | null;
  readonly mediaType: string;
  readonly size: number;
  readonly sha256: Sha256;
  /** Without `range` the whole. */
  stream(range?: ByteRange): Readable;
}

export type DocumentPlace = Pick<RegisteredDocument, 'name' | 'mediaType' | 'sha256' | 'size' | 'source'>;

export interface DocumentReader {
  /** A document of a registration. */
  document(place: DocumentPlace): Promise<Result<DocumentFile>>;
  /** A file inside a kept mail, by its digest. */
  inMail(mail: Sha256, document: Sha256): Promise<Result<DocumentFile>>;
  /** The kept mail itself, as it came. */
  mail(kept: { readonly sha256: Sha256; readonly size: number }, name: string): Promise<Result<DocumentFile>>;
}

export function documentReader(documents: Documents, looks: MailLooks = looksHere): DocumentReader {
  const mailFiles = openKeptMailFiles(documents, looks);
  const stored = async (file: Omit<DocumentFile, 'stream'>): Promise<Result<DocumentFile>> =>
    (await documents.has(file.sha256))
      ? ok({ ...file, stream: (range) => documents.stream(file.sha256, range) })
      : missing(file.sha256);
  const inMail = async (mail: Sha256, is: (file: KeptFile) => boolean, what: string): Promise<Result<DocumentFile>> => {
    if (!(await documents.has(mail))) return missing(mail);
    const files = await mailFiles.of(mail).then(ok, refuseUnjudged);
    if (!files.ok) return files;
    const file = files.value.find(is);
    return file === undefined ? missing(what) : ok(toDocument(file));
  };
  return {
    async document({ name, mediaType, sha256, size, source }) {
      if (source === null) return stored({ name, mediaType, sha256, size });
      // By its digest too: a part under this number that is something else is not what was registered.
      const found = await inMail(source.sha256, (one) => one.part === source.part && one.sha256 === sha256, sha256);
      return found.ok ? ok({ ...found.value, name, mediaType }) : found;
    },
    async inMail(mail, document) {
      const found = await inMail(mail, ({ sha256 }) => sha256 === document, document);
      return found.ok || found.problem.at !== document ? found : refuse(problem('not-found'));
    },
    mail: ({ sha256, size }, name) => stored({ name, mediaType: 'message/rfc822', sha256, size }),
  };
}

const missing = (what: string): Result<never> => refuse(problem('document-unavailable', what, what));

function toDocument({ name, mediaType, size, sha256, stream }: KeptFile): DocumentFile {
  return {
    name,
    mediaType,
    size,
    sha256,
    stream: (range = { start: 0, end: size }) => Readable.from(stream(range), { objectMode: false }),
  };
}
