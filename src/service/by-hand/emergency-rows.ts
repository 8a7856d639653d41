/** Rows of the emergency register as the offline form saves them, CSV or JSON; everything wrong with them is told by its line. */
import type { RegistrationDirection } from '../../domain/register/registration.ts';
import { oneLine } from '../../domain/register/registration.ts';
import { fromRome, isDay, italianMinute } from '../../kernel/clock.ts';
import { sha256 } from '../../kernel/digest.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import type { ArrivalCarrier } from '../register/by-hand-writes.ts';
import { readCsv } from './read-csv.ts';

export interface EmergencyRow {
  /** Of the file. */
  readonly line: number;
  readonly number: number;
  /** Legal day, and time `hh:mm`. */
  readonly date: string;
  readonly time: string;
  readonly at: Date;
  readonly direction: RegistrationDirection;
  readonly correspondent: string;
  readonly subject: string;
  readonly carrier: ArrivalCarrier;
  readonly peer: { readonly number: string; readonly date: string | null } | null;
  readonly operator: string;
  /** Of all that it says. */
  readonly digest: string;
}

/** The columns of the CSV template, in their order; members of the JSON are called the same. */
export const EMERGENCY_COLUMNS_OF_FILE = [
  ...['numero', 'data', 'ora', 'verso', 'corrispondente', 'oggetto', 'mezzo', 'loro_protocollo', 'loro_data'],
  'operatore',
] as const;

const DIRECTIONS: Readonly<Record<string, RegistrationDirection>> = { E: 'incoming', U: 'outgoing', I: 'internal' };
/** The words of the column `mezzo`. */
export const EMERGENCY_CARRIERS: Readonly<Record<string, ArrivalCarrier>> = {
  ...{ sportello: 'counter', posta: 'post', raccomandata: 'registered-post', corriere: 'courier' },
  ...{ notifica: 'notifier', 'e-mail': 'email', email: 'email', fax: 'fax', pec: 'pec', interno: 'internal' },
  altro: 'other',
};

export interface CheckedRows {
  /** In the order of their numbers. */
  readonly rows: readonly EmergencyRow[];
  /** Each names its line, but for those of the whole file. */
  readonly problems: readonly Problem[];
  /** Numbers between the first and the last that no row has. */
  readonly missing: readonly number[];
}

/** So many lines are told; who has more begins with these. */
const MOST_TOLD = 50;
const MOST_MISSING = 100;

/** `within`: rows are of this time. */
export function checkEmergencyRows(text: string, within: { readonly from: Date; readonly to: Date }): CheckedRows {
  const problems: Problem[] = [];
  const unreadable = (detail: string): CheckedRows => ({
    ...{ rows: [], problems: [problem('emergency-file-unreadable', '', detail)], missing: [] },
  });
  if (Buffer.byteLength(text) > LIMITS.emergencyBytes) return unreadable('è troppo grande');
  const read = recordsOf(text.replace(/^\uFEFF/, ''));
  if (typeof read === 'string') return unreadable(read);
  if (read.length > LIMITS.emergencyRows) return unreadable(`ha più di ${LIMITS.emergencyRows} registrazioni`);
  const rows: EmergencyRow[] = [];
  const seen = new Map<string, number>();
  for (const { line, of } of read) {
    if (problems.length >= MOST_TOLD) break;
    const tell = (what: string): void => void problems.push(problem('emergency-row', '', `${line}: ${what}`));
    const row = rowOf(line, of, within, tell);
    if (row === null) continue;
    const key = `${row.date.slice(0, 4)}/${row.number}`;
    const before = seen.get(key);
    if (before !== undefined) tell(`il numero ${row.number} c'è già alla riga ${before}`);
    seen.set(key, line);
    rows.push(row);
  }
  if (rows.length === 0 && problems.length === 0) problems.push(problem('emergency-file-empty'));
  rows.sort((a, b) => a.date.slice(0, 4).localeCompare(b.date.slice(0, 4)) || a.number - b.number);
  return { rows, problems, missing: missingOf(rows) };
}

interface FileRecord {
  readonly line: number;
  readonly of: Readonly<Record<string, string>>;
}

/** A sentence where the file cannot be read. */
function recordsOf(text: string): readonly FileRecord[] | string {
  if (/^\s*\[/.test(text)) return jsonRecords(text);
  const { rows, openQuote } = readCsv(text);
  if (openQuote !== null) return `alla riga ${openQuote} le virgolette non si chiudono`;
  const [head, ...others] = rows;
  const names = head?.cells.map((cell) => cell.trim().toLowerCase()) ?? [];
  const lacking = EMERGENCY_COLUMNS_OF_FILE.filter((name) => !names.includes(name));
  if (lacking.length > 0) return `mancano le colonne ${lacking.join(', ')}`;
  return others.flatMap(({ line, cells }) =>
    cells.every((cell) => cell.trim() === '')
      ? []
      : [{ line, of: Object.fromEntries(names.map((name, place) => [name, plain(cells[place] ?? '')])) }],
  );
}

function jsonRecords(text: string): readonly FileRecord[] | string {
  try {
    const all: unknown = JSON.parse(text);
    if (!Array.isArray(all)) return 'non è un elenco';
    return all.map((one: unknown, index) => ({
      line: index + 1,
      of: Object.fromEntries(
        Object.entries(typeof one === 'object' && one !== null ? one : {}).map(([name, value]) => [
          name,
          typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '',
        ]),
      ),
    }));
  } catch {
    return 'il JSON è incompleto o guasto';
  }
}

/** Without the apostrophe that keeps a spreadsheet from calculating. */
const plain = (cell: string): string => cell.trim().replace(/^'(?=[=+\-@])/, '');

function rowOf(
  line: number,
  of: FileRecord['of'],
  { from, to }: { readonly from: Date; readonly to: Date },
  tell: (what: string) => void,
): EmergencyRow | null {
  const cell = (name: (typeof EMERGENCY_COLUMNS_OF_FILE)[number]): string => of[name] ?? '';
  const faults: string[] = [];
  const number = /^\d{1,9}$/.test(cell('numero')) ? Number(cell('numero')) : 0;
  if (number === 0) faults.push('il numero non è un numero');
  const date = dayOf(cell('data'));
  const time = (/^(\d{1,2})[:.](\d\d)/.exec(cell('ora')) ?? []).slice(1).join(':').padStart(5, '0');
  const at = date === null ? null : fromRome(date, time);
  if (date === null || at === null) faults.push('data e ora non si leggono');
  else if (at < new Date(from.getTime() - 59_999) || at > to)
    faults.push(`è fuori dal periodo autorizzato, dal ${italianMinute(from)} al ${italianMinute(to)}`);
  const direction = DIRECTIONS[cell('verso').toUpperCase().slice(0, 1)];
  if (direction === undefined) faults.push('il verso è E, U o I');
  const correspondent = oneLine(cell('corrispondente'));
  if (correspondent === '' || correspondent.length > LIMITS.handName) faults.push('manca il corrispondente');
  const subject = oneLine(cell('oggetto'));
  if (subject === '') faults.push("manca l'oggetto");
  if (subject.length > LIMITS.handSubject) faults.push(`l'oggetto supera i ${LIMITS.handSubject} caratteri`);
  const operator = oneLine(cell('operatore'));
  if (operator === '' || operator.length > LIMITS.handName) faults.push("manca l'operatore");
  const means = cell('mezzo').toLowerCase();
  const carrier = means === '' ? 'other' : EMERGENCY_CARRIERS[means];
  if (carrier === undefined) faults.push(`il mezzo è uno di ${Object.keys(EMERGENCY_CARRIERS).join(', ')}`);
  const theirs = oneLine(cell('loro_protocollo'));
  const theirDay = cell('loro_data') === '' ? null : dayOf(cell('loro_data'));
  if (theirs.length > LIMITS.handPeerNumber) faults.push('il loro protocollo è troppo lungo');
  if (cell('loro_data') !== '' && theirDay === null) faults.push('la data del loro protocollo non si legge');
  if (faults.length > 0) tell(faults.join('; '));
  if (faults.length > 0 || date === null || at === null || direction === undefined || carrier === undefined)
    return null;
  const said = { number, date, time, direction, correspondent, subject, theirs, theirDay, operator, carrier };
  return {
    ...{ line, number, date, time, at, direction, correspondent, subject, operator },
    carrier: direction === 'internal' ? 'internal' : carrier,
    peer: direction === 'incoming' && theirs !== '' ? { number: theirs, date: theirDay } : null,
    digest: sha256(JSON.stringify(said)),
  };
}

/** `yyyy-mm-dd`, or as Italians write it, `dd/mm/yyyy`. */
function dayOf(text: string): string | null {
  const [, day = '', month = '', year = ''] = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(text) ?? [];
  const written = day === '' ? text : `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return isDay(written) ? written : null;
}

function missingOf(rows: readonly EmergencyRow[]): readonly number[] {
  const missing: number[] = [];
  for (const [index, row] of rows.entries()) {
    const before = rows[index - 1];
    if (before === undefined || before.date.slice(0, 4) !== row.date.slice(0, 4)) continue;
    for (let number = before.number + 1; number < row.number && missing.length < MOST_MISSING; number += 1)
      missing.push(number);
  }
  return missing;
}
