/**
 * Providers keep legal time, but the clock of the sender's server may be off by some minutes, and a certified time has whole
 * seconds only.
 */
const TOLERATED_MS = 5 * 60_000;

/**
 * Whether an answer was certified before the message existed that it names: then it answers another one that bore the number,
 * in a register that was lost or tried out.
 */
export const isBeforeMessage = (certifiedAt: string | null, registeredAt: Date): boolean =>
  certifiedAt !== null && Date.parse(certifiedAt) < registeredAt.getTime() - TOLERATED_MS;
