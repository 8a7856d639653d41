/** The figures of a month of an office, for pictures. No person is named, and what a reader may not see is not counted. */
import type { AooId } from '../../kernel/ids.ts';
import type { TaskCode } from '../../kernel/tasks.ts';
import type { Reader } from '../people/rights.ts';

export const SHOWN_CARRIERS = ['pec', 'email', 'paper', 'internal'] as const;
/** How something came or went: certified mail, ordinary mail, paper (the counter and the fax too), from office to office. */
export type Carrier = (typeof SHOWN_CARRIERS)[number];

export interface DayFigures {
  /** `yyyy-mm-dd` */
  readonly day: string;
  readonly direction: 'incoming' | 'outgoing' | 'internal';
  readonly carrier: Carrier;
  readonly count: number;
}

/** Upper bounds of the time until a confirmation, in seconds; the last group has none. */
export const CONFIRMATION_BOUNDS = [60, 300, 3_600, 86_400] as const;

export interface MonthFigures {
  /** `yyyy-mm` */
  readonly month: string;
  /** Registrations of what came in. */
  readonly incoming: number;
  /** Of these, decided or entered by a person. */
  readonly byPeople: number;
}

export interface Overview {
  readonly days: readonly DayFigures[];
  /** Of our messages that were confirmed in this month. */
  readonly confirmations: { readonly medianSeconds: number | null; readonly groups: readonly number[] };
  /** The chosen month and the eleven before it, the oldest first. */
  readonly months: readonly MonthFigures[];
  /** What was shown to a person in this month. */
  readonly anomalies: readonly { readonly code: TaskCode; readonly count: number; readonly open: number }[];
  /** What is awaited in the next seven days, whatever the chosen month. */
  readonly deadlines: readonly { readonly day: string; readonly awaits: string; readonly count: number }[];
}

export interface OverviewQueries {
  /** `month`: `yyyy-mm`. */
  overview(aoo: AooId, month: string, now: Date, reader: Reader): Promise<Overview>;
}

/** The first day of the month so many months away, `yyyy-mm-01`. */
export function firstOfMonth(month: string, away = 0): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 + away, 1)).toISOString().slice(0, 10);
}
