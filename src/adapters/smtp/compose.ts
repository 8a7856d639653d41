import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import { sha256 } from '../../kernel/digest.ts';
import type { Documents, MailRecipe, OutgoingPart } from '../../service/ports.ts';

export interface ComposedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** CRLF lines, not dot-stuffed. Documents are opened when their turn comes, and closed with the stream. */
  readonly bytes: Readable;
}

/**
 * The bytes of a recipe. The same recipe gives the same bytes, so that a mail sent again after a crash is
 * recognisable as the same: nothing here is random or reads the clock.
 */
export const compose = (recipe: MailRecipe, documents: Documents): Readable => composeMail(recipe, documents).bytes;

export function composeMail(recipe: MailRecipe, documents: Documents): ComposedMail {
  const opened: Readable[] = [];
  const mail = new MailComposer({
    messageId: recipe.messageId,
    date: new Date(recipe.date),
    from: recipe.from,
    to: [...recipe.to],
    subject: recipe.subject,
    text: recipe.text,
    attachments: recipe.parts.map((part) => attachment(part, documents, opened)),
    baseBoundary: sha256(recipe.messageId).slice(0, 32),
    newline: 'windows',
    // A part's content comes from the recipe and the document store only, whatever its text looks like.
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  const { from, to } = mail.getEnvelope();
  const bytes = mail.createReadStream();
  bytes.once('close', () => {
    for (const document of opened) document.destroy();
  });
  return { from: from === false ? '' : from, to, bytes };
}

function attachment(part: OutgoingPart, documents: Documents, opened: Readable[]) {
  const { content: from } = part;
  const content = 'sha256' in from ? late(from.sha256) : Buffer.from(from.base64, 'base64');
  return {
    filename: part.name,
    contentType: part.mediaType,
    contentDisposition: 'attachment' as const,
    // The parts are signed over or measured by digest: base64 is the one encoding nobody on the way touches.
    contentTransferEncoding: 'base64' as const,
    content,
  };

  function late(digest: Parameters<Documents['stream']>[0]): Readable {
    async function* pieces() {
      const source = documents.stream(digest);
      opened.push(source);
      yield* source;
    }
    return Readable.from(pieces(), { objectMode: false });
  }
}
