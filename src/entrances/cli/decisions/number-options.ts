import { isDay } from '../../../kernel/clock.ts';

/** The number that an office's own protocol system gave. */
export interface GivenNumber {
  readonly register: string;
  readonly number: number;
  readonly date: string;
  readonly time: string;
}

interface Texts {
  readonly number?: string | undefined;
  readonly date?: string | undefined;
  readonly time?: string | undefined;
}

const TIME = /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;

/** Null: no number was given. `wrong`: it is incomplete, malformed, or of a day that does not exist. */
export function givenNumber({ number, date, time }: Texts, register: string): GivenNumber | 'wrong' | null {
  if (number === undefined && date === undefined && time === undefined) return null;
  const fits = /^\d{1,15}$/.test(number ?? '') && Number(number) > 0 && isDay(date) && TIME.test(time ?? '');
  return fits ? { register, number: Number(number), date: date ?? '', time: time ?? '' } : 'wrong';
}

export const NUMBER_FORM =
  '--number, --date yyyy-mm-dd and --time hh:mm:ss belong together; the number is at least 1, and day and time must exist';
