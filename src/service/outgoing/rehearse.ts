/** What a message will be, found out without taking a number: its segnature, its size, what its readers will not find. */
import type { RegisteredDocument } from '../../domain/register/registration.ts';
import { sha256Of } from '../../kernel/digest.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { Generation, Identifier } from '../../model/segnatura.ts';
import type { Office } from '../register/office.ts';
import { lostInGenerations, writeSegnature } from './outgoing-segnatura.ts';
import type { SendRequest, SentDocument } from './send-request.ts';

export interface RehearsedMessage {
  readonly documents: readonly RegisteredDocument[];
  readonly segnature: ReadonlyMap<Generation, Buffer>;
  /** What of the details each generation has no place for. */
  readonly lost: ReadonlyMap<Generation, readonly Problem[]>;
  /** Of the largest of its mails. */
  readonly bytes: number;
}

/** Refused where it cannot be written, or where a mail of it is larger than the provider takes. */
export async function rehearse(office: Office, request: SendRequest, at: Date): Promise<Result<RehearsedMessage>> {
  const small = fitting(office, mailBytes(request, 0));
  if (!small.ok) return small;
  const documents = request.documents.map((document, index) => describe(document, index));
  const written = await writeSegnature(office, request, documents, placeholder(office), at);
  if (!written.ok) return written;
  const lost = lostInGenerations(office, request, documents, placeholder(office), written.value);
  const largest = written.value.values().reduce((most, { length }) => Math.max(most, length), 0);
  const bytes = mailBytes(request, largest);
  const fits = fitting(office, bytes);
  return fits.ok ? ok({ documents, segnature: written.value, lost, bytes }) : fits;
}

/** Each recipient gets a mail of its own, so the limit is that of one mail. */
const fitting = ({ mailLimit }: Office, bytes: number): Result<null> =>
  bytes > mailLimit ? refuse(problem('mail-limit', '', String(mailLimit))) : ok(null);

/** Of one mail, at most. `segnatura`: its bytes, as far as they are known. */
export function mailBytes(
  { documents, details }: Pick<SendRequest, 'documents' | 'details'>,
  segnatura: number,
): number {
  // Base64 adds a third and its line ends; quoted-printable triples at most.
  const text = 3 * Buffer.byteLength(details?.text ?? '');
  const around = MAIL_OVERHEAD + text + encoded(segnatura);
  return documents.reduce((sum, document) => sum + encoded(sizeOf(document)), around);
}

/** Headers and text. */
const MAIL_OVERHEAD = 16 * 1024;
const encoded = (size: number): number => Math.ceil(size / 57) * 78;
const sizeOf = (document: SentDocument): number => ('bytes' in document ? document.bytes.length : document.size);

function describe(document: SentDocument, index: number): RegisteredDocument {
  const { name, mediaType } = document;
  const stored = 'bytes' in document ? sha256Of([document.bytes]) : document.sha256;
  const role = index === 0 ? 'primary' : 'attachment';
  return { role, name, mediaType, sha256: stored, size: sizeOf(document), source: null };
}

/** A number of the right form, to find out whether the segnatura can be written before a real one is taken. */
const placeholder = (office: Office): Identifier => ({
  administration: office.administration,
  aoo: office.code,
  register: office.register,
  number: '0000001',
  date: '2000-01-01',
  time: '00:00:00',
});
