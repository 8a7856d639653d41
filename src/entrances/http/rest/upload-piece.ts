import type { FastifyRequest } from 'fastify';
import { problem } from '../../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../../kernel/result.ts';
import type { Upload } from '../../../service/uploads/upload-store.ts';

/** Where the bytes of a request belong; `length` null: it did not say. */
export interface AnnouncedPiece {
  readonly start: number;
  readonly length: number | null;
}

const CONTENT_RANGE = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i;

/** The piece that the headers of a request announce. They must agree with each other and with the upload. */
export function announcedPiece({ headers, body }: FastifyRequest, upload: Upload): Result<AnnouncedPiece> {
  const type = (headers['content-type'] ?? '').replace(/;.*$/s, '').trim().toLowerCase();
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (type !== '' && type !== 'application/octet-stream' && type !== upload.mediaType)
    return refuse(problem('media-type-unsupported', 'content-type', type.slice(0, 100)));
  if (encoding !== 'identity') return refuse(problem('media-type-unsupported', 'content-encoding', 'Content-Encoding'));
  if (body === undefined || body === null) return refuse(problem('body-missing'));
  const declared = headers['content-length'] === undefined ? null : Number(headers['content-length']);
  const range = headers['content-range'];
  return range === undefined ? wholePiece(declared, upload) : rangedPiece(range, declared, upload);
}

function wholePiece(declared: number | null, { size }: Upload): Result<AnnouncedPiece> {
  if (declared !== null && declared > size) return refuse(problem('upload-too-large', '', String(size)));
  return declared === null || declared === size ? ok({ start: 0, length: declared }) : wrongLength(declared, size);
}

function rangedPiece(range: string, declared: number | null, { size }: Upload): Result<AnnouncedPiece> {
  const [, from, to, total] = CONTENT_RANGE.exec(range.trim()) ?? [];
  if (from === undefined) return refuse(problem('bad-request', 'content-range', 'Content-Range'));
  const [start, last] = [Number(from), Number(to)];
  const hasRightTotal = total === '*' || Number(total) === size;
  if (!hasRightTotal || last < start || last >= size)
    return refuse(problem('upload-range', 'content-range', `${start}-${last}/${total}, sono ${size} byte`));
  const length = last - start + 1;
  return declared === null || declared === length ? ok({ start, length }) : wrongLength(declared, length);
}

const wrongLength = (declared: number, expected: number): Result<never> =>
  refuse(problem('upload-length', 'content-length', `${declared} invece di ${expected}`));
