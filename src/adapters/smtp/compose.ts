import { Readable } from 'node:stream';
import { domainToASCII } from 'node:url';
import addressparser from 'nodemailer/lib/addressparser';
import { buildHeaderValue, encodeWords, foldLines } from 'nodemailer/lib/mime-funcs';
import { encode, wrap } from 'nodemailer/lib/qp';
import { sha256 } from '../../kernel/digest.ts';
import type { Documents } from '../../service/documents/documents.ts';
import type { MailRecipe, OutgoingPart } from '../../service/register/mail-recipe.ts';
import { base64Lines, type EncodedDocuments, encodedDocuments } from './encoded-documents.ts';

export interface ComposedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** CRLF lines, not dot-stuffed. Documents are opened when their turn comes, and closed with the stream. */
  readonly bytes: Readable;
}

/**
 * The bytes of a recipe. The same recipe gives the same bytes, so that a mail sent again after a crash is
 * recognisable as the same: nothing here is random or reads the clock. The library's words, its structure ours: its
 * own composer takes three times as long for a mail as judging the one that is answered.
 */
export const compose = (recipe: MailRecipe, documents: Documents): Readable =>
  composeMail(recipe, encodedDocuments(documents)).bytes;

export function composeMail(recipe: MailRecipe, documents: EncodedDocuments): ComposedMail {
  const [from = ''] = addresses([recipe.from]);
  const to = addresses(recipe.to);
  return { from, to, bytes: Readable.from(pieces(recipe, from, to, documents), { objectMode: false }) };
}

async function* pieces(recipe: MailRecipe, from: string, to: readonly string[], documents: EncodedDocuments) {
  const boundary = `--_interpro-${sha256(recipe.messageId).slice(0, 32)}`;
  let text = headers({
    From: from,
    To: to.join(', '),
    Subject: words(recipe.subject),
    'Message-ID': recipe.messageId,
    Date: new Date(recipe.date).toUTCString().replace('GMT', '+0000'),
    ...(recipe.receipt !== undefined && { 'X-TipoRicevuta': recipe.receipt }),
    ...(recipe.automatic === true && { 'Auto-Submitted': 'auto-replied' }),
    'MIME-Version': '1.0',
    'Content-Type': `multipart/mixed; boundary="${boundary}"`,
  });
  text += `--${boundary}\r\n${headers({
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Transfer-Encoding': 'quoted-printable',
  })}${wrap(encode(recipe.text.replace(/\r?\n|\r/g, '\r\n')), 76)}\r\n`;
  for (const part of recipe.parts) {
    text += `--${boundary}\r\n${partHeaders(part)}`;
    const { content } = part;
    if ('base64' in content) {
      text += base64Lines(Buffer.from(content.base64, 'base64'));
    } else {
      yield Buffer.from(text);
      text = '';
      yield* documents.read(content.sha256);
    }
  }
  yield Buffer.from(`${text}--${boundary}--\r\n`);
}

function partHeaders({ name, mediaType }: OutgoingPart): string {
  const shown = words(name);
  return headers({
    // Outlook and others read the name only here, and only as encoded words.
    'Content-Type': `${buildHeaderValue({ value: mediaType, params: {} })}; name=${JSON.stringify(shown)}`,
    // The parts are signed over or measured by digest: base64 is the one encoding nobody on the way touches.
    'Content-Transfer-Encoding': 'base64',
    'Content-Disposition': buildHeaderValue({ value: 'attachment', params: { filename: name } }),
  });
}

/** A block of headers and its empty line. What is no header's business (a line break would forge one) becomes a space. */
const headers = (fields: Record<string, string>): string =>
  `${Object.entries(fields)
    .map(([name, value]) => `${foldLines(`${name}: ${value.replace(/[\x00-\x1f\x7f]+/g, ' ')}`, 76)}\r\n`)
    .join('')}\r\n`;

const words = (text: string): string => encodeWords(text.replace(/[\x00-\x1f\x7f]+/g, ' '), 'Q', 52, true);

function addresses(texts: readonly string[]): string[] {
  return addressparser(texts.join(', '), { flatten: true }).map(({ address }) => {
    const at = address.lastIndexOf('@');
    const domain = domainToASCII(address.slice(at + 1));
    return at < 0 || domain === '' ? address : `${address.slice(0, at + 1)}${domain}`;
  });
}
