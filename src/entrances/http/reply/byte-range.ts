import type { ByteRange } from '../../../service/documents/documents.ts';

/** What a Range field asks for: a part, the whole document, or bytes that do not exist. */
export type RequestedRange = ByteRange | 'whole' | 'unsatisfiable';

const ONE_RANGE = /^(\d*)-(\d*)$/;
const MOST_CHARACTERS = 4_096;

/**
 * One range of bytes (RFC 9110 §14.1.2) of a document of `size` bytes. Other units and several ranges are answered with
 * the whole document, as §14.2 allows. A malformed range, and one behind the end, cannot be satisfied.
 */
export function requestedRange(field: string | undefined, size: number): RequestedRange {
  const list = /^bytes=(.*)$/i.exec(field?.trim() ?? '')?.[1];
  if (list === undefined) return 'whole';
  const [first = '', ...more] = list
    .slice(0, MOST_CHARACTERS)
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  if (more.length > 0) return 'whole';
  const [, from = '', to = ''] = ONE_RANGE.exec(first) ?? [];
  if (from === '' && to === '') return 'unsatisfiable';
  if (from === '') {
    const start = Math.max(0, size - Number(to));
    return start < size ? { start, end: size } : 'unsatisfiable';
  }
  // A number too large to be exact is larger than any document.
  const start = Number(from);
  const last = to === '' ? Number.POSITIVE_INFINITY : Number(to);
  if (last < start || start >= size) return 'unsatisfiable';
  return { start, end: Math.min(size, last + 1) };
}
