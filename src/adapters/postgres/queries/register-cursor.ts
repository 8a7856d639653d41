/** The place of a registration in the register by time, as a cursor: opaque to whoever has it. */
import { FORM } from './list-page.ts';
import type { Spelling } from './register-filters.ts';

export interface RegisterPlace {
  readonly at: string;
  readonly register: string;
  readonly year: number;
  readonly number: number;
  readonly spelling: Spelling;
}

export const toRegisterCursor = ({ at, register, year, number, spelling }: RegisterPlace): string => {
  const keys = [at, register, String(year), String(number), ...(spelling === 'typed' ? [] : [spelling])];
  return Buffer.from(JSON.stringify(keys)).toString('base64url');
};

const KEYS = [FORM.timestamptz, FORM.text, /^\d{4}$/, FORM.bigint, /^similar$/];

/** Null: it is none of ours. */
export function fromRegisterCursor(cursor: string): RegisterPlace | null {
  try {
    const keys: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Array.isArray(keys) || keys.length < 4 || keys.length > KEYS.length) return null;
    if (!keys.every((key, at) => typeof key === 'string' && KEYS[at]?.test(key) === true)) return null;
    const [at, register, year, number, spelling = 'typed'] = keys as [string, string, string, string, Spelling?];
    return { at, register, year: Number(year), number: Number(number), spelling };
  } catch {
    return null;
  }
}
