import { ImapSyntaxError } from './read-command.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const two = (value: number): string => String(value).padStart(2, '0');

/** `date-time` of RFC 3501, in UTC. */
export function internalDate(at: Date): string {
  const time = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  return `${two(at.getUTCDate())}-${MONTHS[at.getUTCMonth()]}-${at.getUTCFullYear()} ${time} +0000`;
}

/** Reads the `date-time` of APPEND, in any time zone. */
export function readInternalDate(text: string): Date {
  const [found, day = '', month = '', year = '', time = '', zone = ''] =
    /^ ?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d:\d\d:\d\d) ([+-]\d{4})$/.exec(text) ?? [];
  const at = new Date(`${year}-${monthOf(month)}-${day.padStart(2, '0')}T${time}${zone.slice(0, 3)}:${zone.slice(3)}`);
  if (found === undefined || Number.isNaN(at.getTime()))
    throw new ImapSyntaxError(`Not a date and time: ${text.slice(0, 40)}`);
  return at;
}

/** Reads the `date` of a SEARCH, as a count of days (UTC). */
export function readDay(text: string): number {
  const [found, day = '', month = '', year = ''] = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/.exec(text) ?? [];
  const at = new Date(`${year}-${monthOf(month)}-${day.padStart(2, '0')}T00:00:00Z`);
  if (found === undefined || Number.isNaN(at.getTime())) throw new ImapSyntaxError(`Not a date: ${text.slice(0, 40)}`);
  return dayNumber(at);
}

export const dayNumber = (at: Date): number => Math.floor(at.getTime() / 86_400_000);

const monthOf = (name: string): string =>
  two(MONTHS.findIndex((month) => month.toLowerCase() === name.toLowerCase()) + 1);
