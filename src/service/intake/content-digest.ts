import { sha256, sha256Of } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import type { OpenedMail } from '../../model/pec.ts';
import type { ProtocolMessage } from '../../model/segnatura.ts';
import { type FileInMail, textDigests } from '../documents/files-in-mail.ts';

type File = Pick<FileInMail, 'sha256'>;

/**
 * Tells a message that came twice from another one under the same identifier or Message-ID. With a segnatura that counts,
 * a message is that and its documents, and its text only where it is one of them; `message` null: all that the sender
 * wrote, so that of two mails that differ in a word none passes for seen before.
 */
export function contentDigest(
  { content, contentHeaders, headers, pec }: OpenedMail,
  message: ProtocolMessage | null,
  segnatura: File | null,
  files: readonly File[],
): Sha256 {
  const documents = [segnatura?.sha256 ?? '', ...files.map((file) => file.sha256)];
  const isTextWanted = message === null || message.documents.some(({ reference }) => reference === 'message-text');
  const texts = content === null || !isTextWanted ? [] : textDigests(content);
  if (message !== null) return sha256Of([...documents, ...texts]);
  const sender = sha256((pec?.sender ?? '').toLowerCase());
  const subject = sha256((contentHeaders ?? headers).subject);
  return sha256Of(['written', sender, subject, ...texts, 'files', ...documents]);
}
