import type pg from 'pg';
import { isDay } from '../../../kernel/clock.ts';
import type { AooId, Sha256 } from '../../../kernel/ids.ts';
import type { ClosedRegister, ClosedRegisters } from '../../../service/daily-register/closed-register.ts';
import type { RegisterHead, RegisterKind } from '../../../service/register/register-closing.ts';
import { asking } from '../database/prepared.ts';

interface ClosedRow {
  aoo: AooId;
  register: string;
  kind: RegisterKind;
  day: string;
  year: number;
  progressive: number;
  closed_at: Date;
  closed_by: string;
  first_number: number | null;
  last_number: number | null;
  registrations: number;
  annulled: number;
  changes: number;
  after_seq: number;
  through_seq: number;
  head: RegisterHead;
  xml_sha256: Sha256;
  xml_size: number;
  pdf_sha256: Sha256;
  pdf_size: number;
}

const CLOSED = `select aoo, register, kind, day, year, progressive, closed_at, closed_by, first_number, last_number, registrations,
  annulled, changes, after_seq, through_seq, head, xml_sha256, xml_size, pdf_sha256, pdf_size from daily_register`;

export const OF_DAY = `${CLOSED} where aoo = $1 and kind = $2 and day = $3 order by register`;
export const BY_DAY = `${CLOSED} where aoo = $1 and kind = $2 and register = $3 and day = $4`;
export const BY_PROGRESSIVE = `${CLOSED} where aoo = $1 and kind = $2 and register = $3 and year = $4 and progressive = $5`;
export const CLOSED_LIST = `${CLOSED} where aoo = $1 and kind = $2 and ($3::text is null or register = $3)
  and (day, register) < ($4::date, $5::text) order by day desc, register desc limit $6`;

export const LAST = `${CLOSED} where aoo = $1 and kind = $2 and register = $3 order by day desc limit 1`;
export const OLDEST = `${CLOSED} where aoo = $1 and kind = 'daily' and register = $2 order by day limit 1`;
export const BEFORE = `${CLOSED} where aoo = $1 and kind = $2 and register = $3 and day < $4 order by day desc limit 1`;
export const OF_YEAR = `${CLOSED} where aoo = $1 and kind = 'daily' and register = $2 and year = $3 order by day`;

/** Above every day and code. */
const NEWEST = ['9999-12-31', '\u{10ffff}'] as const;

export function postgresClosedRegisters(pool: pg.Pool): ClosedRegisters {
  const read = (text: string, values: readonly unknown[]) => readClosed(pool, text, values);
  const one = async (text: string, values: readonly unknown[]) => (await read(text, values))[0] ?? null;
  return {
    ofDay: (...key) => read(OF_DAY, key),
    byDay: (...key) => one(BY_DAY, key),
    byProgressive: (...key) => one(BY_PROGRESSIVE, key),
    async list({ aoo, kind, register = null, cursor, limit }) {
      const after = cursor === null ? NEWEST : fromCursor(cursor);
      if (after === null) return { items: [], cursor: null, forged: true };
      const found = await read(CLOSED_LIST, [aoo, kind, register, ...after, limit + 1]);
      const items = found.slice(0, limit);
      const last = found.length > limit ? items.at(-1) : undefined;
      return { items, cursor: last === undefined ? null : toCursor(last) };
    },
  };
}

export const readClosed = async (
  pool: pg.Pool,
  text: string,
  values: readonly unknown[],
): Promise<readonly ClosedRegister[]> => (await asking(pool)<ClosedRow>(text, values)).rows.map(toClosed);

const toClosed = (row: ClosedRow): ClosedRegister => ({
  aoo: row.aoo,
  register: row.register,
  kind: row.kind,
  day: row.day,
  year: row.year,
  progressive: row.progressive,
  closedAt: row.closed_at,
  closedBy: row.closed_by,
  first: row.first_number,
  last: row.last_number,
  counts: { registrations: row.registrations, annulled: row.annulled, changes: row.changes },
  afterSeq: row.after_seq,
  throughSeq: row.through_seq,
  head: row.head,
  xml: { sha256: row.xml_sha256, size: row.xml_size },
  pdf: { sha256: row.pdf_sha256, size: row.pdf_size },
});

const toCursor = ({ day, register }: ClosedRegister): string =>
  Buffer.from(JSON.stringify([day, register])).toString('base64url');

function fromCursor(cursor: string): readonly [day: string, register: string] | null {
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Array.isArray(read) || read.length !== 2) return null;
    const [day, register] = read as readonly unknown[];
    return isDay(day) && typeof register === 'string' && !register.includes('\0') ? [day, register] : null;
  } catch {
    return null;
  }
}
