/**
 * How many answers one address gets by itself in an hour. Answers go to certified addresses only, but whoever sends a flood
 * of messages should not have a flood of ours sent, nor keep the office's provider busy. Above the ceiling messages are kept,
 * judged and registered as ever, and a person answers. Counted in the memory of the process that reads the mailbox: after a
 * restart the hour begins anew.
 */
export interface AnswerCeiling {
  /** What one transaction counts; it is remembered once that is committed. */
  open(aoo: string, at: Date): AnswerTally;
}

export interface AnswerTally {
  /** Answers to this address in the hour before, those of this transaction included. */
  sentTo(address: string): number;
  add(address: string): void;
  commit(): void;
}

const HOUR = 60 * 60_000;

export function answerCeiling(): AnswerCeiling {
  const sent = new Map<string, number[]>();
  let swept = 0;
  /** Addresses that had no answer for an hour are forgotten. */
  const sweep = (now: number): void => {
    if (now - swept < HOUR && swept <= now) return;
    swept = now;
    for (const [key, times] of sent) if ((times.at(-1) ?? 0) <= now - HOUR) sent.delete(key);
  };
  return {
    open(aoo, at) {
      const now = at.getTime();
      const added = new Map<string, number>();
      const keyOf = (address: string): string => `${aoo} ${address.toLowerCase()}`;
      return {
        sentTo(address) {
          const times = sent.get(keyOf(address)) ?? [];
          return times.filter((time) => time > now - HOUR).length + (added.get(keyOf(address)) ?? 0);
        },
        add: (address) => added.set(keyOf(address), (added.get(keyOf(address)) ?? 0) + 1),
        commit() {
          sweep(now);
          for (const [key, count] of added) {
            const recent = (sent.get(key) ?? []).filter((time) => time > now - HOUR);
            sent.set(key, [...recent, ...Array<number>(count).fill(now)]);
          }
        },
      };
    },
  };
}
