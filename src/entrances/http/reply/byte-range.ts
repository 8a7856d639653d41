import type { ByteRange } from '../../../service/documents/documents.ts';

/** What a Range field asks of `size` bytes: a part, the whole, or something that is not there. */
export type Asked = ByteRange | 'whole' | 'nothing';

const ONE = /^(\d*)-(\d*)$/;

/**
 * One range of RFC 9110 §14.1.2. Other units and several ranges at once are answered whole, as §14.2 allows; what is
 * written wrongly or lies behind the end is refused.
 */
export function parseRange(field: string | undefined, size: number): Asked {
  const list = /^bytes=(.*)$/i.exec(field?.trim() ?? '')?.[1];
  if (list === undefined) return 'whole';
  const [first = '', ...more] = list
    .slice(0, 4_096)
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  if (more.length > 0) return 'whole';
  const [, from = '', to = ''] = ONE.exec(first) ?? [];
  if (from === '' && to === '') return 'nothing';
  // Numbers beyond a safe integer are beyond every document, too.
  if (from === '') {
    const start = Math.max(0, size - Number(to));
    return start < size ? { start, end: size } : 'nothing';
  }
  const start = Number(from);
  const last = to === '' ? Number.POSITIVE_INFINITY : Number(to);
  if (last < start || start >= size) return 'nothing';
  return { start, end: Math.min(size, last + 1) };
}
