import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problem } from '../../../kernel/problems.ts';
import type { DocumentFile } from '../../../service/documents/read-document.ts';
import { entityTagsOf } from '../etag.ts';
import { requestedRange } from './byte-range.ts';
import { attachment } from './content-disposition.ts';
import { sendProblem } from './problem-reply.ts';

/**
 * Media types that a document keeps on its way out. Anything else a sender wrote (HTML, SVG, scripts) leaves as bytes: it
 * came from outside and must not become a page of this service.
 */
const SAFE_TYPES = new Set([
  'application/gzip',
  'application/json',
  'application/msword',
  'application/ogg',
  'application/pdf',
  'application/pkcs7-mime',
  'application/pkcs7-signature',
  'application/rtf',
  'application/timestamp-reply',
  'application/timestamped-data',
  'application/vnd.ms-excel',
  'application/vnd.ms-powerpoint',
  'application/vnd.oasis.opendocument.presentation',
  'application/vnd.oasis.opendocument.spreadsheet',
  'application/vnd.oasis.opendocument.text',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/xml',
  'application/zip',
  'audio/mpeg',
  'image/bmp',
  'image/gif',
  'image/jpeg',
  'image/png',
  'image/tiff',
  'image/webp',
  'message/rfc822',
  'text/csv',
  'text/plain',
  'text/xml',
  'video/mp4',
]);

/**
 * Sends a document, or the part of it that was asked for (RFC 9110 §14). The ETag is the SHA-256 of its bytes, so a
 * download can go on after any pause. It is always offered for saving and never shown: nothing in it runs here.
 */
export function sendFile(request: FastifyRequest, reply: FastifyReply, file: DocumentFile): FastifyReply {
  const etag = `"${file.sha256}"`;
  reply
    .header('etag', etag)
    .header('accept-ranges', 'bytes')
    .header('content-disposition', attachment(file.name))
    .header('x-content-type-options', 'nosniff')
    .header('content-security-policy', "sandbox; default-src 'none'; frame-ancestors 'none'");
  if (isSameTag(request.headers['if-none-match'], etag)) return reply.code(304).send();
  const { range, 'if-range': ifRange } = request.headers;
  // If the document is another one, all of it is sent (§13.1.5). Documents have no date here, so a date never matches.
  const isSame = ifRange === undefined || String(ifRange).trim() === etag;
  // Ranges apply to GET only (§14.2).
  const asked = isSame && request.method === 'GET' ? requestedRange(range, file.size) : 'whole';
  if (asked === 'unsatisfiable') {
    reply
      .header('content-range', `bytes */${file.size}`)
      .removeHeader('content-disposition')
      .removeHeader('etag')
      .removeHeader('accept-ranges');
    return sendProblem(reply, problem('range-not-satisfiable', '', String(file.size)));
  }
  const part = asked === 'whole' ? { start: 0, end: file.size } : asked;
  if (asked !== 'whole') reply.code(206).header('content-range', `bytes ${part.start}-${part.end - 1}/${file.size}`);
  const length = part.end - part.start;
  reply
    .header('content-type', SAFE_TYPES.has(file.mediaType) ? file.mediaType : 'application/octet-stream')
    .header('content-length', String(length));
  // HEAD gets an empty stream: the framework reads whatever it is given to the end.
  const bytes = request.method === 'HEAD' ? Readable.from([]) : Readable.from(exactly(file.stream(part), length));
  return reply.send(bytes);
}

/** If-None-Match compares weakly: any tag of the list will do (§13.1.2). */
function isSameTag(field: string | undefined, etag: string): boolean {
  if (field === undefined) return false;
  if (field.trim() === '*') return true;
  return entityTagsOf(field)?.some((one) => one.replace(/^W\//, '') === etag) ?? false;
}

/** A document that ends early breaks the connection: the client would wait for the rest. */
async function* exactly(bytes: AsyncIterable<Buffer>, length: number): AsyncGenerator<Buffer> {
  let sent = 0;
  for await (const piece of bytes) {
    sent += piece.length;
    yield piece;
  }
  if (sent !== length) throw new Error(`a document has ${sent} bytes where ${length} were promised`);
}
