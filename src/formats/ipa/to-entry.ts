/** A record of a known layout as an entry: cells cleaned, mails paired with their kinds, dates as `yyyy-mm-dd`. */
import { mailAddress } from '../../kernel/ids.ts';
import { aooKey, indexKeyOf } from '../../kernel/index-keys.ts';
import { problem } from '../../kernel/problems.ts';
import type { CarriedField, IndexEntry, IndexMail, MailKind, ReadEntry, RowFault, TextField } from '../../model/ipa.ts';
import { ENDING, VARIATION } from './istat-variations.ts';
import { type ColumnMeaning, type Layout, meaningOf } from './layouts.ts';
import { IPA_LIMITS } from './limits.ts';
import type { TableRecord } from './table.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const CODE = /^[^\s\u0000-\u001f]{1,64}$/;
/** Codes of AOOs within their body have been seen with spaces. */
const LOOSE_CODE = /^[^\u0000-\u001f]{1,64}$/;
/** Tabs and line ends inside a cell are harmless; other control characters are not. */
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

const EMPTY: IndexEntry = {
  kind: 'body',
  key: '',
  body: '',
  code: '',
  uniCode: null,
  parent: null,
  name: '',
  bodyName: null,
  taxCode: null,
  category: null,
  type: null,
  istat: null,
  cadastral: null,
  municipality: null,
  province: null,
  region: null,
  postalCode: null,
  street: null,
  phone: null,
  fax: null,
  site: null,
  mails: [],
  established: null,
  updated: null,
  more: {},
};
const NO_MAILS: readonly IndexMail[] = [];
const NO_MORE: Readonly<Record<string, string>> = {};
const DATES: ReadonlySet<TextField> = new Set(['established', 'updated']);

const kindOfMail = (text: string | undefined): MailKind => {
  const lower = text?.trim().toLowerCase() ?? 'pec';
  return lower === 'pec' ? 'pec' : lower === 'sercq' ? 'sercq' : 'other';
};

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const isDigits = (text: string, from: number, to: number): boolean => {
  for (let at = from; at < to; at += 1) if (text.charCodeAt(at) < 0x30 || text.charCodeAt(at) > 0x39) return false;
  return true;
};

/** Whether a text is a date of the usual form, without a regular expression. Days after the 28th take the longer way. */
const isPlainDay = (text: string): boolean =>
  text.length === 10 &&
  text[4] === '-' &&
  text[7] === '-' &&
  isDigits(text, 0, 4) &&
  isDigits(text, 5, 7) &&
  isDigits(text, 8, 10) &&
  text >= '1800' &&
  text.slice(5, 7) >= '01' &&
  text.slice(5, 7) <= '12' &&
  text.slice(8) >= '01' &&
  text.slice(8) <= '28';

/** Reads `yyyy-mm-dd` (with or without a time), `dd/mm/yyyy` and `yyyymmdd…`; null where it is no date. */
export function dayOf(text: string): string | null {
  if (isPlainDay(text)) return text;
  const found =
    /^(?<y>\d{4})-(?<m>\d\d)-(?<d>\d\d)(?:$|[T ])/.exec(text) ??
    /^(?<d>\d\d)\/(?<m>\d\d)\/(?<y>\d{4})(?:$| )/.exec(text) ??
    /^(?<y>\d{4})(?<m>\d\d)(?<d>\d\d)(?:$|\d{6}(?:\.\d+)?Z?$)/.exec(text);
  const { y, m, d } = found?.groups ?? {};
  const isDay = Number(y) >= 1800 && Number(d) >= 1 && Number(d) <= (DAYS[Number(m) - 1] ?? 0);
  if (!isDay || (m === '02' && d === '29' && new Date(`${y}-02-29`).getUTCDate() !== 29)) return null;
  return `${y}-${m}-${d}`;
}

export interface EntryReader {
  readonly carried: readonly CarriedField[];
  readonly carriedMore: readonly string[];
  /** The entry, or null and a fault. An entry may have faults too. */
  read(record: TableRecord, faults: RowFault[]): ReadEntry | null;
}

export function entryReader(layout: Layout, names: readonly string[]): EntryReader {
  const targets = names.map((name) => meaningOf(layout, name));
  const fields = targets.flatMap((target) => (target.as === 'field' ? [target.field] : []));
  const hasMails = targets.some(({ as }) => as === 'mail');
  const derived: CarriedField[] = layout.kind === 'body' ? ['body'] : layout.kind === 'pec' ? ['code', 'name'] : [];
  const more = targets.flatMap((target) => (target.as === 'more' ? [target.name] : []));
  return {
    carried: [...new Set<CarriedField>([...fields, ...derived, ...(hasMails ? (['mails'] as const) : [])])],
    carriedMore: [...new Set(more)],
    read: (record, faults) => readRow(layout, targets, names, record, faults),
  };
}

function readRow(
  layout: Layout,
  targets: readonly ColumnMeaning[],
  names: readonly string[],
  { line, cells }: TableRecord,
  faults: RowFault[],
): ReadEntry | null {
  const fault = (code: Parameters<typeof problem>[0], detail: string, key: string | null = null): null => {
    faults.push({ line, reason: problem(code, '', detail.slice(0, 200)).message, key });
    return null;
  };
  if (cells.length !== targets.length) {
    const detail = `${cells.length} invece di ${targets.length}`;
    return fault('index-row-cells', detail, keyOfUneven(layout, targets, cells));
  }
  // One test of the whole row spares a test of each cell.
  const whole = cells.join('');
  const isOdd = whole.length > IPA_LIMITS.cellCharacters || CONTROL.test(whole) || !whole.isWellFormed();
  const entry: Mutable<IndexEntry> = { ...EMPTY, kind: layout.kind };
  let more: Record<string, string> | null = null;
  let addresses: string[] | null = null;
  let kinds: string[] | null = null;
  let ceased: string | null = null;
  let spoiled = '';
  for (let column = 0; column < targets.length; column += 1) {
    const cell = (cells[column] ?? '').trim();
    const target = targets[column];
    if (cell === '' || target === undefined || (layout.nulls && cell.toLowerCase() === 'null')) continue;
    if (isOdd && (cell.length > IPA_LIMITS.cellCharacters || CONTROL.test(cell) || !cell.isWellFormed())) {
      spoiled = names[column] ?? '';
      continue;
    }
    if (target.as === 'field') {
      if (!DATES.has(target.field)) (entry as Record<TextField, unknown>)[target.field] = inFull(target.field, cell);
      else {
        const day = dayOf(cell);
        if (day === null) fault('index-row-date', `${names[column]} «${cell}»`);
        else (entry as Record<TextField, unknown>)[target.field] = day;
      }
    } else if (target.as === 'mail') {
      addresses ??= [];
      addresses[target.position] = cell;
    } else if (target.as === 'mail-kind') {
      kinds ??= [];
      kinds[target.position] = cell;
    } else if (target.as === 'more') {
      more ??= {};
      more[target.name] = cell;
    } else if (target.as === 'ceased') {
      ceased = dayOf(cell);
      if (ceased === null) fault('index-row-date', `${names[column]} «${cell}»`);
    }
  }
  entry.more = more ?? NO_MORE;
  entry.mails = addresses === null ? NO_MAILS : mailsOf(addresses, kinds, (detail) => fault('index-row-mail', detail));
  return identified(entry, line, ceased, spoiled, fault);
}

/** Fewest digits that may be left of a code, and how many it has. */
const DIGITS: Readonly<Partial<Record<TextField, readonly [number, number]>>> = {
  istat: [4, 6],
  postalCode: [2, 5],
  taxCode: [8, 11],
};

/** Puts back the leading zeros of a code that a spreadsheet took for a number. */
function inFull(field: TextField, cell: string): string {
  const [least, full] = DIGITS[field] ?? [0, 0];
  return cell.length < full && cell.length >= least && isDigits(cell, 0, cell.length) ? cell.padStart(full, '0') : cell;
}

const UNI_AOO = /^[A-Z0-9]{7}$/i;
const UNI_OFFICE = /^[A-Z0-9]{6}$/i;

/**
 * The key of a row with too many or too few fields. Its codes are looked for at their place from the left, then from the
 * right, because the mistake lies somewhere between. Null where neither place has one.
 */
function keyOfUneven({ kind }: Layout, targets: readonly ColumnMeaning[], cells: readonly string[]): string | null {
  const find = (field: TextField, shape: RegExp): string | null => {
    const left = targets.findIndex((target) => target.as === 'field' && target.field === field);
    if (left < 0) return null;
    const right = left + cells.length - targets.length;
    return [cells[left], cells[right]].map((cell) => cell?.trim() ?? '').find((cell) => shape.test(cell)) ?? null;
  };
  const uniCode = kind === 'aoo' ? find('uniCode', UNI_AOO) : null;
  const body = kind === 'aoo' ? find('body', CODE) : '';
  const code = find('code', kind === 'office' ? UNI_OFFICE : CODE);
  if (uniCode !== null) return indexKeyOf({ kind, body: '', code: '', uniCode });
  return kind === 'pec' || body === null || code === null ? null : indexKeyOf({ kind, body, code, uniCode });
}

function mailsOf(
  addresses: readonly string[],
  kinds: readonly string[] | null,
  complain: (detail: string) => void,
): readonly IndexMail[] {
  const mails: IndexMail[] = [];
  for (let position = 1; position < addresses.length; position += 1) {
    const text = addresses[position];
    // In the older TSV an empty mail is the text `null`.
    if (text === undefined || text.toLowerCase() === 'null') continue;
    const address = mailAddress(text);
    if (address === null) complain(text);
    else mails.push({ address, kind: kindOfMail(kinds?.[position]) });
  }
  return mails;
}

/** Completes codes, name and key as the kind of entry needs them. */
function identified(
  entry: Mutable<IndexEntry>,
  line: number,
  ceased: string | null,
  spoiled: string,
  fault: (code: Parameters<typeof problem>[0], detail: string, key?: string | null) => null,
): ReadEntry | null {
  if (entry.kind === 'body') entry.body = entry.code;
  if (entry.kind === 'aoo' && entry.code === '') entry.code = entry.uniCode ?? '';
  if (entry.kind === 'pec') {
    entry.code = entry.mails[0]?.address ?? '';
    entry.name = entry.bodyName ?? entry.code;
  }
  if (entry.kind === 'municipality') {
    // Other changes (of territory, of province) leave the name as it is.
    if (!ENDING.has(entry.more[VARIATION.type] ?? '')) return null;
    if (ceased === null) return fault('index-row-date', 'manca');
    entry.code = `${entry.istat}-${ceased}-${entry.more[VARIATION.nextIstat] ?? ''}`;
    entry.name = entry.municipality === null ? '' : `Comune di ${entry.municipality}`;
  }
  const isCode = entry.kind === 'aoo' && entry.uniCode === null ? LOOSE_CODE : CODE;
  if (!(entry.kind === 'aoo' ? LOOSE_CODE : isCode).test(entry.code))
    return fault('index-row-code', entry.code || 'manca');
  if (entry.kind !== 'category' && entry.kind !== 'municipality' && !CODE.test(entry.body))
    return fault('index-row-code', entry.body || 'manca');
  if (entry.kind === 'aoo' && entry.uniCode !== null && !CODE.test(entry.uniCode))
    return fault('index-row-code', entry.uniCode, aooKey(entry.body, entry.code));
  entry.key = indexKeyOf(entry);
  if (spoiled !== '') return fault('index-row-text', spoiled, entry.key);
  if (entry.name === '') return fault('index-row-name', '', entry.key);
  return { line, entry, ceased };
}
