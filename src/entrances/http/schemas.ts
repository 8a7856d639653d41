/** The vocabulary of our schemas: every text has a length and a form, every number a format, every list a limit. */
import { type TProperties, type TSchema, Type } from '@fastify/type-provider-typebox';
import type { AooId, Sha256 } from '../../kernel/ids.ts';

/** Not allowed in XML, and every segnatura is XML. */
const NOT_XML = '\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f\\ufffe\\uffff';
/** The white space that `trim` of JavaScript removes, except tabs and line ends. */
const BLANK = ' \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff';
const LINE_END = '\\t\\n\\r';
/** One line, not blank, without control characters. */
const LINE = `^[${BLANK}]*[^${BLANK}${LINE_END}${NOT_XML}][^${LINE_END}${NOT_XML}]*$`;
/** Several lines, not blank. */
const LINES = `^[${BLANK}${LINE_END}]*[^${BLANK}${LINE_END}${NOT_XML}][^${NOT_XML}]*$`;
/** Any text that PostgreSQL stores: texts that came by mail may hold anything else. */
const STORED = '^[^\\u0000]*$';

interface Notes {
  /** The schema's name in the OpenAPI document, in PascalCase: it stands there once (`openapi/named-schemas.ts`). */
  readonly title?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
}

/** An object with these members and no others. */
export const closed = <P extends TProperties>(members: P, notes: Notes = {}) =>
  Type.Object(members, { additionalProperties: false, ...notes });

/** The same with a name of its own in the OpenAPI document. */
export const named = <P extends TProperties>(title: string, members: P, notes: Notes = {}) =>
  closed(members, { title, ...notes });

/** A caller's text of one line. */
export const line = (maxLength: number, notes: Notes = {}) =>
  Type.String({ minLength: 1, maxLength, pattern: LINE, ...notes });
/** A caller's text of one or more lines. */
export const prose = (maxLength: number, notes: Notes = {}) =>
  Type.String({ minLength: 1, maxLength, pattern: LINES, ...notes });
/** A text in an answer, as it is stored. */
export const storedText = (maxLength: number, notes: Notes = {}) =>
  Type.String({ maxLength, pattern: STORED, ...notes });
export const matching = (pattern: string, maxLength: number, notes: Notes = {}) =>
  Type.String({ maxLength, pattern, ...notes });

export const oneOf = <const V extends readonly string[]>(values: V, notes: Notes & { default?: V[number] } = {}) =>
  Type.Unsafe<V[number]>({ type: 'string', enum: [...values], ...notes });

export const uuid = (notes: Notes = {}) => Type.String({ format: 'uuid', maxLength: 36, ...notes });
export const day = (notes: Notes = {}) => Type.String({ format: 'date', maxLength: 10, ...notes });
/** RFC 3339. */
export const timestamp = (notes: Notes = {}) => Type.String({ format: 'date-time', maxLength: 35, ...notes });
export const sha256Hex = (notes: Notes = {}) =>
  Type.Unsafe<Sha256>({ type: 'string', pattern: '^[0-9a-f]{64}$', maxLength: 64, ...notes });
/** An office of a node: `<IPA code>/<AOO code>`. */
export const officeCode = (notes: Notes = {}) =>
  Type.Unsafe<AooId>({
    type: 'string',
    pattern: '^[A-Za-z0-9._-]{1,16}/[A-Za-z0-9._-]{1,16}$',
    maxLength: 33,
    ...notes,
  });
/** The code of a body, an AOO or a register. */
export const ipaCode = (notes: Notes = {}) =>
  Type.String({ minLength: 1, pattern: '^[A-Za-z0-9._-]+$', maxLength: 16, ...notes });

export const int32 = (minimum: number, maximum: number, notes: Notes & { default?: number } = {}) =>
  Type.Integer({ format: 'int32', minimum, maximum, ...notes });
export const int64 = (notes: Notes & { default?: number } = {}) =>
  Type.Integer({ format: 'int64', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, ...notes });
/** A version of a state, a number of attempts: anything that only grows. */
export const counter = (notes: Notes = {}) => int32(0, 2_147_483_647, notes);

export const listOf = <T extends TSchema>(item: T, maxItems: number, notes: Notes & { minItems?: number } = {}) =>
  Type.Array(item, { minItems: 0, maxItems, ...notes });

/** A value of any form, for answers only. */
export const anyValue = (notes: Notes = {}) => Type.Unsafe<unknown>({ ...notes });
