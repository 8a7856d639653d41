/** Times as people in Rome say them, and numbers as registers write them. */
import { shortNumber } from '../../../../domain/register/registration.ts';
import { type Html, html } from '../template.ts';

const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('it-IT', { timeZone: 'Europe/Rome', ...options });
const DAY_KEY = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Rome' });
const TIME = format({ hour: '2-digit', minute: '2-digit' });
const DAY = format({ day: '2-digit', month: '2-digit', year: 'numeric' });
const DAY_OF_YEAR = format({ day: '2-digit', month: '2-digit' });
const WEEKDAY = format({ weekday: 'short', day: 'numeric' });
const LONG = format({ day: 'numeric', month: 'long', year: 'numeric' });

/** `2026-11-30`, in Rome. */
export const romeDay = (at: Date): string => DAY_KEY.format(at);
export const romeTime = (at: Date): string => TIME.format(at);

/** Short: `09:12` today, `ven 27` within a week, `12/11` this year, else `12/11/2025`. */
export function rome(at: Date | string, now: Date): Html {
  const moment = new Date(at);
  const age = now.getTime() - moment.getTime();
  const isSameYear = romeDay(moment).slice(0, 4) === romeDay(now).slice(0, 4);
  const shown =
    romeDay(moment) === romeDay(now)
      ? TIME.format(moment)
      : age > 0 && age < 6 * 86_400_000
        ? WEEKDAY.format(moment)
        : (isSameYear ? DAY_OF_YEAR : DAY).format(moment);
  return html`<time datetime="${moment.toISOString()}" title="${DAY.format(moment)} ${TIME.format(moment)}">${shown}</time>`;
}

/** `30/11/2026 09:12`. */
export function romeFull(at: Date | string): Html {
  const moment = new Date(at);
  return html`<time datetime="${moment.toISOString()}">${DAY.format(moment)} ${TIME.format(moment)}</time>`;
}

/** In a sentence: `il 30/11/2026 alle 09:12`. */
export const onDayAt = (at: Date | string): string =>
  `il ${DAY.format(new Date(at))} alle ${TIME.format(new Date(at))}`;

/** `30 novembre 2026` of a legal date `2026-11-30`. */
export const longDay = (day: string): string => LONG.format(new Date(`${day}T12:00:00Z`));
/** `30/11/2026` of the same. */
export const shortDay = (day: string): string => day.split('-').reverse().join('/');

/** How long something has lasted: `22 minuti`, `3 giorni`. */
export function howLong(since: Date | string, now: Date): string {
  const minutes = Math.max(0, Math.floor((now.getTime() - new Date(since).getTime()) / 60_000));
  const said = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;
  if (minutes < 1) return 'meno di un minuto';
  if (minutes < 60) return said(minutes, 'minuto', 'minuti');
  if (minutes < 48 * 60) return said(Math.floor(minutes / 60), 'ora', 'ore');
  return said(Math.floor(minutes / 1_440), 'giorno', 'giorni');
}

/** A registration by its number; `n.` and the number never part. */
export const num = ({ number, year }: { readonly number: number; readonly year: number }): string =>
  `n.\u00a0${shortNumber(number, year)}`;
/** The number that an identifier gives, as the words of a link to its sheet. */
export function numberLink({ number, date }: { readonly number: string; readonly date: string }) {
  const one = { number: Number(number), year: Number(date.slice(0, 4)) };
  return { label: num(one), href: registrationPath(one) };
}

export const registrationPath = ({
  number,
  year,
}: {
  readonly number: number | string;
  readonly year: number;
}): string => `/registro/${year}/${String(number).padStart(7, '0')}`;
