/** The time is handed in, never read: only entrances and adapters own a real clock. */
export interface Clock {
  now(): Date;
}

const rome = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Rome',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

export interface LegalTime {
  readonly year: number;
  /** `yyyy-mm-dd` */
  readonly date: string;
  /** `hh:mm:ss` */
  readonly time: string;
}

/** Italian legal time: the register's year and day turn at midnight in Rome, also on the days the clocks change. */
export function legalTime(at: Date): LegalTime {
  const [date = '', time = ''] = rome.format(at).split(' ');
  return { year: Number(date.slice(0, 4)), date, time };
}

/** An ISO time in legal time, as tables show it: `yyyy-mm-dd hh:mm:ss`. */
export function legalStamp(iso: string): string {
  const { date, time } = legalTime(new Date(iso));
  return `${date} ${time}`;
}

/** A day `yyyy-mm-dd` as Italian sentences write it: `dd/mm/yyyy`. */
export const italianDay = (date: string): string => date.split('-').reverse().join('/');

/** Legal time as Italian sentences write it: `dd/mm/yyyy, ore hh:mm:ss`. */
export function italianTime(at: Date): string {
  const { date, time } = legalTime(at);
  return `${italianDay(date)}, ore ${time}`;
}

/** The same without seconds, which nobody counts who has waited for hours. */
export const italianMinute = (at: Date): string => italianTime(at).slice(0, -3);

/** A day and a time in Rome; null: one of them is missing or none that there is. */
export function fromRome(day: string, time: string): Date | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || !/^\d\d:\d\d(?::\d\d)?$/.test(time)) return null;
  const wanted = `${day} ${time.slice(0, 5)}`;
  // Rome is one or two hours ahead.
  for (const ahead of [1, 2]) {
    const at = new Date(Date.parse(`${day}T${time.slice(0, 5)}:00Z`) - ahead * 3_600_000);
    if (Number.isNaN(at.getTime())) return null;
    const legal = legalTime(at);
    if (`${legal.date} ${legal.time.slice(0, 5)}` === wanted) return at;
  }
  return null;
}

/** A day that there is, `yyyy-mm-dd`. From the year 1000 on: the database knows no year 0. */
export const isDay = (text: unknown): text is string =>
  typeof text === 'string' && DAY.test(text) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);
const DAY = /^[1-9]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
