/** The words our schemas are made of: every text has a length and a form, every number a format, every list an end. */
import { type Static, type TProperties, type TSchema, Type } from '@fastify/type-provider-typebox';

/** What XML cannot hold, and segnature are XML. */
const NEVER = '\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f\\ufffe\\uffff';
/** Blank but for line ends and tabs; what a JavaScript `trim` takes away. */
const BLANK = ' \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff';
const ENDS = '\\t\\n\\r';
/** One line without control characters, and not blank. */
const LINE = `^[${BLANK}]*[^${BLANK}${ENDS}${NEVER}][^${ENDS}${NEVER}]*$`;
/** The same of several lines. */
const LINES = `^[${BLANK}${ENDS}]*[^${BLANK}${ENDS}${NEVER}][^${NEVER}]*$`;
/** PostgreSQL holds any text without NUL; what came by mail may be anything else. */
const HELD = '^[^\\u0000]*$';

interface Said {
  readonly description?: string;
  readonly examples?: readonly unknown[];
}

/** An object of these members and no others. */
export const closed = <P extends TProperties>(members: P, said: Said = {}) =>
  Type.Object(members, { additionalProperties: false, ...said });

/** What a caller writes: one line that says something. */
export const line = (maxLength: number, said: Said = {}) =>
  Type.String({ minLength: 1, maxLength, pattern: LINE, ...said });
/** What a caller writes, several lines. */
export const prose = (maxLength: number, said: Said = {}) =>
  Type.String({
    minLength: 1,
    maxLength,
    pattern: LINES,
    ...said,
  });
/** What we show as it is kept. */
export const held = (maxLength: number, said: Said = {}) => Type.String({ maxLength, pattern: HELD, ...said });
export const matching = (pattern: string, maxLength: number, said: Said = {}) =>
  Type.String({ maxLength, pattern, ...said });

/** A text out of a list. */
export const oneOf = <const V extends readonly string[]>(values: V, said: Said & { default?: V[number] } = {}) =>
  Type.Unsafe<V[number]>({ type: 'string', enum: [...values], ...said });

export const uuid = (said: Said = {}) => Type.String({ format: 'uuid', maxLength: 36, ...said });
export const day = (said: Said = {}) => Type.String({ format: 'date', maxLength: 10, ...said });
/** RFC 3339. */
export const time = (said: Said = {}) => Type.String({ format: 'date-time', maxLength: 35, ...said });
export const sha256 = (said: Said = {}) => Type.String({ pattern: '^[0-9a-f]{64}$', maxLength: 64, ...said });
/** `<IPA code>/<AOO code>`. */
export const office = (said: Said = {}) =>
  Type.String({ pattern: '^[A-Za-z0-9._-]{1,16}/[A-Za-z0-9._-]{1,16}$', maxLength: 33, ...said });
export const code = (said: Said = {}) =>
  Type.String({ minLength: 1, pattern: '^[A-Za-z0-9._-]+$', maxLength: 16, ...said });

export const int32 = (minimum: number, maximum: number, said: Said & { default?: number } = {}) =>
  Type.Integer({ format: 'int32', minimum, maximum, ...said });
export const int64 = (said: Said & { default?: number } = {}) =>
  Type.Integer({ format: 'int64', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, ...said });

export const listOf = <T extends TSchema>(item: T, maxItems: number, said: Said & { minItems?: number } = {}) =>
  Type.Array(item, { maxItems, ...said });

/** A value whose form is not ours to say. Shown, never taken from a caller. */
export const anything = (said: Said = {}) => Type.Unsafe<unknown>({ ...said });

export type { Static };
export { Type };
