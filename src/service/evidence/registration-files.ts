/**
 * The files of one registration, by its number: documents, segnatura, and the mail that brought or carries them. What was
 * received is read from the kept mail; what was sent is composed again from its recipe, which gives the same bytes.
 */
import { Readable } from 'node:stream';
import type { RegistrationDirection } from '../../domain/register/registration.ts';
import { openDigest } from '../../kernel/digest.ts';
import type { AooId, Sha256 } from '../../kernel/ids.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { ByteRange, Documents } from '../documents/documents.ts';
import type { MessageContents } from '../documents/message-content.ts';
import type { DocumentFile, DocumentPlace, DocumentReader } from '../documents/read-document.ts';
import type { RegistrationKey } from '../register/changes.ts';
import type { MailRecipe } from '../register/mail-recipe.ts';
import type { ComposeMail } from './evidence-record.ts';

export interface RegistrationPlaces {
  readonly direction: RegistrationDirection;
  readonly documents: readonly DocumentPlace[];
  /** The mail of an incoming one; null where it has none. */
  readonly mail: { readonly sha256: Sha256; readonly size: number; readonly kind: string | null } | null;
}

export interface FilePlaces {
  ofRegistration(aoo: AooId, key: RegistrationKey): Promise<RegistrationPlaces | null>;
  /** The mail of an outgoing one to the recipient with this exchange; null: to the first. */
  sent(aoo: AooId, key: RegistrationKey, exchangeId: string | null): Promise<MailRecipe | null>;
}

export interface RegistrationFilesDeps {
  readonly places: FilePlaces;
  readonly reader: Pick<DocumentReader, 'document' | 'mail'>;
  readonly contents: Pick<MessageContents, 'segnatura'>;
  readonly documents: Documents;
  readonly compose: ComposeMail;
}

/** Which file. `exchange`: of an outgoing message, the recipient whose mail is meant. */
export type WantedFile =
  | { readonly document: string }
  | { readonly part: 'segnatura' | 'mail'; readonly exchange: string | null };

export interface RegistrationFiles {
  /** `direction`: only of such a registration; null: of any. */
  file(
    aoo: AooId,
    key: RegistrationKey,
    wanted: WantedFile,
    direction: 'incoming' | 'outgoing' | null,
  ): Promise<Result<DocumentFile>>;
}

const NOT_FOUND = refuse(problem('not-found'));

export function registrationFiles(deps: RegistrationFilesDeps): RegistrationFiles {
  const { places, reader } = deps;
  const measured = measuring(deps);
  return {
    async file(aoo, key, wanted, direction) {
      const found = await places.ofRegistration(aoo, key);
      if (found === null || (direction !== null && found.direction !== direction)) return NOT_FOUND;
      if ('document' in wanted) {
        const place = found.documents.find(({ sha256 }) => sha256 === wanted.document);
        return place === undefined ? NOT_FOUND : reader.document(place);
      }
      const name = `${key.register}-${key.year}-${key.number}`;
      if (found.direction === 'incoming')
        return wanted.exchange === null ? receivedFile(found.mail, wanted.part, name, deps) : NOT_FOUND;
      const recipe = await places.sent(aoo, key, wanted.exchange);
      if (recipe === null) return NOT_FOUND;
      return wanted.part === 'mail' ? measured(recipe, `${name}.eml`) : segnaturaOf(recipe, deps);
    },
  };
}

async function receivedFile(
  mail: RegistrationPlaces['mail'],
  part: 'segnatura' | 'mail',
  name: string,
  { reader, contents }: RegistrationFilesDeps,
): Promise<Result<DocumentFile>> {
  if (mail === null || mail.sha256 === ('' as Sha256)) return NOT_FOUND;
  if (part === 'mail') return reader.mail(mail, `${name}.eml`);
  // A segnatura that did not count is a document like the others.
  const found = mail.kind === 'protocol-message' ? await contents.segnatura(mail) : null;
  return found === null ? NOT_FOUND : ok(inMemory(found.name, found.bytes));
}

/** The first part is the segnatura: `send-message.ts` puts it there. */
async function segnaturaOf(
  { parts: [part] }: MailRecipe,
  { documents }: RegistrationFilesDeps,
): Promise<Result<DocumentFile>> {
  if (part === undefined) return NOT_FOUND;
  const { content, name } = part;
  const bytes = 'base64' in content ? Buffer.from(content.base64, 'base64') : await documents.read(content.sha256);
  return ok(inMemory(name, bytes));
}

export function inMemory(name: string, bytes: Buffer): DocumentFile {
  const digest = openDigest();
  digest.update(bytes);
  return {
    name,
    mediaType: 'application/xml',
    size: bytes.length,
    sha256: digest.end(),
    stream: ({ start, end }: ByteRange = { start: 0, end: bytes.length }) =>
      Readable.from([bytes.subarray(start, end)]),
  };
}

/** Sizes and digests of mails composed before. */
const MOST_MEASURED = 1_000;

/**
 * Composes a mail once to know its size and digest, so that it can be sent in ranges. Altered documents are found then, before
 * anything of the mail is handed out, and again whenever it is.
 */
function measuring({ compose, documents }: RegistrationFilesDeps) {
  const known = new Map<string, { readonly size: number; readonly sha256: Sha256 }>();
  const measure = async (recipe: MailRecipe) => {
    const digest = openDigest();
    let size = 0;
    for await (const piece of compose(recipe, documents) as AsyncIterable<Buffer>) {
      digest.update(piece);
      size += piece.length;
    }
    const found = { size, sha256: digest.end() };
    known.set(recipe.messageId, found);
    const [oldest] = known.keys();
    if (known.size > MOST_MEASURED && oldest !== undefined) known.delete(oldest);
    return found;
  };
  return async (recipe: MailRecipe, name: string): Promise<Result<DocumentFile>> => {
    const { size, sha256 } = known.get(recipe.messageId) ?? (await measure(recipe));
    return ok({
      name,
      mediaType: 'message/rfc822',
      size,
      sha256,
      stream: (range = { start: 0, end: size }) => Readable.from(sliced(compose(recipe, documents), range)),
    });
  };
}

async function* sliced(source: AsyncIterable<Buffer>, { start, end }: ByteRange): AsyncGenerator<Buffer> {
  let position = 0;
  for await (const piece of source) {
    const from = Math.max(0, start - position);
    const to = Math.min(piece.length, end - position);
    position += piece.length;
    if (from < to) yield piece.subarray(from, to);
    if (position >= end) return;
  }
}
