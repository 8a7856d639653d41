/** How assignments are spoken of to people. */
import { italianDay, type LegalTime } from './clock.ts';

/** What somebody did: «… l'ha presa in carico». */
export const ASSIGNMENT_DONE = {
  assigned: 'assegnata',
  accepted: 'presa in carico',
  returned: 'restituita',
  reassigned: 'riassegnata',
  delegated: 'delegata',
  noted: 'annotata',
  closed: 'conclusa',
  read: 'letta',
  withdrawn: 'ritirata',
} as const;

/** How it is now. */
export const ASSIGNMENT_STATES = {
  assigned: 'da prendere in carico',
  taken: 'in carico',
  returned: 'restituita',
  done: 'conclusa',
  unread: 'da leggere',
  read: 'letta',
  withdrawn: 'ritirata',
} as const;

export const ASSIGNMENT_SENTENCES = {
  did: (who: string, act: keyof typeof ASSIGNMENT_DONE, { date, time }: LegalTime, today: string): string =>
    `${who} l'ha ${ASSIGNMENT_DONE[act]} ${date === today ? '' : `il ${italianDay(date)} `}alle ${time.slice(0, 5)}`,
  notYet: (unit: string, from: string): string => `${unit} lo sarà dal ${italianDay(from)}`,
  ceased: (unit: string, on: string, successor: string | null): string =>
    `${unit} è cessato il ${italianDay(on)}${successor === null ? '' : `, ora c'è ${successor}`}`,
  ofTheDesk: 'del protocollo',
  annulled: 'La registrazione è stata annullata.',
  byRule: 'regola automatica',
} as const;
