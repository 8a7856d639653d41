/**
 * How many answers one address gets by itself in an hour. Answers go to certified addresses only, but whoever sends a flood
 * of messages should not have a flood of ours sent, nor keep the office's provider busy. Above the ceiling messages are kept,
 * judged and registered as ever, and a person answers. What the outbox has queued is counted, whoever decided it and whichever
 * process wrote it.
 */
import type { OfficeTransaction } from '../register/office-transaction.ts';

export interface AnswerTally {
  /** Answers to this address in the hour before, those of this transaction included. */
  sentTo(address: string): number;
  add(address: string): void;
}

const HOUR_MS = 60 * 60_000;

/** Counts up to `ceiling`: more says nothing more. */
export async function openTally(
  tx: Pick<OfficeTransaction, 'outbox'>,
  at: Date,
  addresses: readonly string[],
  ceiling: number,
): Promise<AnswerTally> {
  const asked = [...new Set(addresses.map((address) => address.toLowerCase()))];
  const since = new Date(at.getTime() - HOUR_MS);
  const sent = new Map(asked.length > 0 ? await tx.outbox.answersTo(asked, since, ceiling) : []);
  return {
    sentTo: (address) => sent.get(address.toLowerCase()) ?? 0,
    add: (address) => sent.set(address.toLowerCase(), (sent.get(address.toLowerCase()) ?? 0) + 1),
  };
}
