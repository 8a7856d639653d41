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

/** Null: none was given. `wrong`: not all of it, or not in its form. */
export function givenNumber({ number, date, time }: Texts, register: string): GivenNumber | 'wrong' | null {
  if (number === undefined && date === undefined && time === undefined) return null;
  const fits =
    /^\d{1,15}$/.test(number ?? '') && /^\d{4}-\d\d-\d\d$/.test(date ?? '') && /^\d\d:\d\d:\d\d$/.test(time ?? '');
  return fits ? { register, number: Number(number), date: date ?? '', time: time ?? '' } : 'wrong';
}

export const NUMBER_FORM = '--number, --date yyyy-mm-dd and --time hh:mm:ss belong together';
