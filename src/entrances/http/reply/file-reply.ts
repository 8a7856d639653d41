import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DocumentFile } from '../../../service/documents/read-document.ts';
import { tagsOf } from '../etag.ts';
import { parseRange } from './byte-range.ts';
import { attachment } from './content-disposition.ts';
import { send } from './problem-reply.ts';

/**
 * What a document may call itself on its way out. Whatever else a sender wrote (HTML, SVG, scripts) leaves as bytes: it
 * came from outside, and must not become a page of this service.
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
 * Sends a document, or the one part of it that was asked for (RFC 9110 §14). The ETag is the SHA-256 of its bytes, so a
 * download may go on after any pause. Always offered for saving, never shown: no part of it runs here.
 */
export function sendFile(request: FastifyRequest, reply: FastifyReply, file: DocumentFile): unknown {
  const etag = `"${file.sha256}"`;
  reply
    .header('etag', etag)
    .header('accept-ranges', 'bytes')
    .header('content-disposition', attachment(file.name))
    .header('x-content-type-options', 'nosniff')
    .header('content-security-policy', "sandbox; default-src 'none'; frame-ancestors 'none'");
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
  const { range, 'if-range': ifRange } = request.headers;
  // A date never fits: documents have none here. Then, or where the document is another one, all of it is sent (§13.1.5).
  const isSame = ifRange === undefined || String(ifRange).trim() === etag;
  // Ranges are of GET alone (§14.2).
  const asked = isSame && request.method === 'GET' ? parseRange(range, file.size) : 'whole';
  if (asked === 'nothing') {
    reply
      .header('content-range', `bytes */${file.size}`)
      .removeHeader('content-disposition')
      .removeHeader('etag')
      .removeHeader('accept-ranges');
    return send(reply, 'range-not-satisfiable', String(file.size));
  }
  const part = asked === 'whole' ? { start: 0, end: file.size } : asked;
  if (asked !== 'whole') reply.code(206).header('content-range', `bytes ${part.start}-${part.end - 1}/${file.size}`);
  const length = part.end - part.start;
  reply
    .header('content-type', SAFE_TYPES.has(file.mediaType) ? file.mediaType : 'application/octet-stream')
    .header('content-length', String(length));
  // For HEAD an empty stream: whatever is handed over would be read to its end.
  const bytes = request.method === 'HEAD' ? Readable.from([]) : Readable.from(exactly(file.stream(part), length));
  return reply.send(bytes);
}

/** If-None-Match: any of the list, whether it is called weak or not (§13.1.2). */
function matches(field: string | undefined, etag: string): boolean {
  if (field === undefined) return false;
  if (field.trim() === '*') return true;
  return tagsOf(field)?.some((one) => one.replace(/^W\//, '') === etag) ?? false;
}

/** What ends early would leave the client waiting: then the connection is broken, so that it knows. */
async function* exactly(bytes: AsyncIterable<Buffer>, length: number): AsyncGenerator<Buffer> {
  let sent = 0;
  for await (const piece of bytes) {
    sent += piece.length;
    yield piece;
  }
  if (sent !== length) throw new Error(`a document has ${sent} bytes where ${length} were promised`);
}
