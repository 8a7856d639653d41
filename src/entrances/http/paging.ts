import type { TProperties, TSchema } from '@fastify/type-provider-typebox';
import type { Page } from '../../service/queries/views.ts';
import { ProblemError } from './reply/problem-error.ts';
import { closed, int32, listOf, matching, Type } from './schemas.ts';

const LONGEST = 400;
const Cursor = matching('^[0-9A-Za-z_-]+$', LONGEST, {
  description: 'Da dove proseguire: il cursore della pagina precedente.',
});

/** What every list is asked by, with what it is filtered by. */
export const listQuery = <P extends TProperties>(
  filters: P,
  { most = 500, usual = 50 }: { readonly most?: number; readonly usual?: number } = {},
) =>
  closed({
    ...filters,
    cursor: Type.Optional(Cursor),
    limit: Type.Optional(int32(1, most, { default: usual, description: 'Numero massimo di elementi.' })),
  });

/** What every list answers: `cursor` is there as long as there is more. */
export const pageOf = <T extends TSchema>(item: T, most = 500) =>
  closed({
    items: listOf(item, most),
    limit: Type.Optional(int32(1, most)),
    cursor: Type.Optional(Cursor),
  });

/** A page as it is answered. A cursor that is none of this list's is a fault of the request, not an empty list. */
export function present<T, S>({ items, cursor, forged }: Page<T>, limit: number, show: (item: T) => S) {
  if (forged === true) throw forgedCursor();
  return { items: items.map(show), limit, ...(cursor !== null && { cursor }) };
}

export const forgedCursor = (): ProblemError =>
  new ProblemError('cursor-invalid', '', [
    { in: 'query', pointer: 'cursor', message: 'il cursore non appartiene a questo elenco' },
  ]);

/** A cursor is the sort key of the last item shown: short texts, written so that nobody takes them for something to change. */
export const toCursor = (keys: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(keys)).toString('base64url');

/** The keys of a cursor, each of the form it must have. Throws what is answered with 400. */
export function fromCursor(cursor: string, forms: readonly RegExp[]): readonly string[] {
  const keys = decode(cursor);
  const fits = keys !== null && keys.length === forms.length && forms.every((form, at) => form.test(keys[at] ?? ''));
  if (!fits) throw forgedCursor();
  return keys;
}

function decode(cursor: string): readonly string[] | null {
  try {
    const keys: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const readable = Array.isArray(keys) && keys.every((key) => ['string', 'number'].includes(typeof key));
    return readable ? keys.map(String) : null;
  } catch {
    return null;
  }
}
