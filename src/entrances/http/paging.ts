import { type TProperties, type TSchema, Type } from '@fastify/type-provider-typebox';
import type { Page } from '../../service/queries/views.ts';
import { ProblemError } from './reply/problem-error.ts';
import { closed, int32, listOf, matching, named } from './schemas.ts';

const CURSOR_LENGTH = 400;
const Cursor = matching('^[0-9A-Za-z_-]+$', CURSOR_LENGTH, {
  description: 'Da dove proseguire: il cursore della pagina precedente.',
});

/** Query parameters of a list: its filters, a cursor and a limit. */
export const listQuery = <P extends TProperties>(
  filters: P,
  { most = 500, usual = 50 }: { readonly most?: number; readonly usual?: number } = {},
) =>
  closed({
    ...filters,
    cursor: Type.Optional(Cursor),
    limit: Type.Optional(int32(1, most, { default: usual, description: 'Numero massimo di elementi.' })),
  });

/** One page of a list; it has a `cursor` as long as there is more. */
export const pageOf = <T extends TSchema>(title: string, item: T, most = 500) =>
  named(title, {
    items: listOf(item, most),
    limit: Type.Optional(int32(1, most)),
    cursor: Type.Optional(Cursor),
  });

/** A page as it is answered. A cursor of another list is refused: an empty page would look like the end. */
export function presentPage<T, S>({ items, cursor, forged }: Page<T>, limit: number, show: (item: T) => S) {
  if (forged === true) throw forgedCursor();
  return { items: items.map(show), limit, ...(cursor !== null && { cursor }) };
}

const forgedCursor = (): ProblemError =>
  new ProblemError('cursor-invalid', '', [
    { in: 'query', pointer: 'cursor', message: 'il cursore non appartiene a questo elenco' },
  ]);

/** A cursor holds the sort key of the last item shown, encoded so that callers take it as opaque. */
export const toCursor = (keys: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(keys)).toString('base64url');

/** The keys of a cursor, each checked against its form. Throws ProblemError `cursor-invalid`. */
export function fromCursor(cursor: string, forms: readonly RegExp[]): readonly string[] {
  const keys = decode(cursor);
  const fits = keys !== null && keys.length === forms.length && forms.every((form, at) => form.test(keys[at] ?? ''));
  if (!fits) throw forgedCursor();
  return keys;
}

function decode(cursor: string): readonly string[] | null {
  try {
    const keys: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const isReadable = Array.isArray(keys) && keys.every((key) => ['string', 'number'].includes(typeof key));
    return isReadable ? keys.map(String) : null;
  } catch {
    return null;
  }
}
