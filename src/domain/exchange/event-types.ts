/** What the history of an exchange is made of, and how the feed names it. */

/** Receipts of the norm (RFC 6109). Providers may send others: the list is open. */
export const RECEIPTS = [
  'accettazione',
  'non-accettazione',
  'presa-in-carico',
  'avvenuta-consegna',
  'errore-consegna',
  'preavviso-errore-consegna',
  'rilevazione-virus',
] as const;

/** What we send. `receipt`: the registration receipt of a message without segnatura. */
const PURPOSES = ['message', 'confirmation', 'exception', 'update', 'annulment', 'receipt'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** What was done here, and what other offices told us. */
const HISTORY = [
  'received',
  'registered',
  'registered-by-hand',
  'refused-by-hand',
  'confirmed-by-hand',
  'closed',
  'handed-to-a-person',
  'taken',
  'annulled-here',
  'update-here',
  'resend',
  'sent-elsewhere',
  'overdue',
  'confirmation',
  'exception',
  'update',
  'annulment',
] as const;

/** What the history of an exchange records. */
export type HistoryEventType = (typeof HISTORY)[number] | `${Purpose}-${'sent' | 'given-up'}` | `receipt-${string}`;

/** Every type that an office's feed may contain, except receipts that no norm names. */
export const EVENT_TYPES: readonly (HistoryEventType | 'task-opened')[] = [
  ...HISTORY,
  ...PURPOSES.flatMap((purpose) => [`${purpose}-sent`, `${purpose}-given-up`] as const),
  ...RECEIPTS.map((receipt) => `receipt-${receipt}` as const),
  'task-opened',
];
