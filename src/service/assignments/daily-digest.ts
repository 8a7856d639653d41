/** Once a day, to who asked for it: what is assigned to them and waits. */
import { type Clock, legalTime } from '../../kernel/clock.ts';
import { type DigestItem, digestMail } from '../../kernel/digest-mail.ts';
import type { AooId } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import { errorMessage } from '../../kernel/thrown.ts';

export interface DigestPerson {
  readonly personId: string;
  readonly name: string;
  readonly address: string;
}

export interface WaitingInOffice {
  readonly aoo: AooId;
  readonly toTake: readonly DigestItem[];
  readonly unread: readonly DigestItem[];
}

export interface DigestStore {
  wants(personId: string): Promise<boolean>;
  setWanted(personId: string, isWanted: boolean, at: Date): Promise<void>;
  /** Persons who have not been told for this day; nobody else gets the same ones while the lease lasts. */
  claim(day: string, now: Date, leasedUntil: Date, most: number): Promise<readonly DigestPerson[]>;
  waiting(personId: string, day: string): Promise<readonly WaitingInOffice[]>;
  done(personId: string, day: string): Promise<void>;
}

/** Rejects when it was not handed over. */
export type SendToPerson = (mail: {
  /** The same for the same person and day: should it go twice after a crash, it is one mail. */
  readonly name: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}) => Promise<void>;

export interface DailyDigestDeps {
  readonly digests: DigestStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly offices: ReadonlyMap<AooId, { readonly name: string }>;
  /** Of the desk; null: unknown. */
  readonly deskUrl: string | null;
  /** Null: no address to send from is configured, and nobody is offered it. */
  readonly send: () => SendToPerson | null;
}

/** When offices open. */
const FROM = '07:00:00';
const LEASE_MS = 5 * 60_000;
const ROUND = 20;

/** True: there may be more to do at once. */
export async function sendDigests(deps: DailyDigestDeps): Promise<boolean> {
  const { digests, clock } = deps;
  const send = deps.send();
  const now = clock.now();
  const { date: day, time } = legalTime(now);
  if (send === null || time < FROM) return false;
  const persons = await digests.claim(day, now, new Date(now.getTime() + LEASE_MS), ROUND);
  for (const person of persons) await tell(person, day, send, deps);
  return persons.length === ROUND;
}

async function tell(
  { personId, name, address }: DigestPerson,
  day: string,
  send: SendToPerson,
  { digests, offices, deskUrl, log }: DailyDigestDeps,
): Promise<void> {
  try {
    const waiting = (await digests.waiting(personId, day)).flatMap(({ aoo, ...items }) => {
      const office = offices.get(aoo);
      return office === undefined || items.toTake.length + items.unread.length === 0
        ? []
        : [{ name: office.name, ...items }];
    });
    if (waiting.length > 0)
      await send({ name: `riepilogo.${day}.${personId}`, to: address, ...digestMail(name, day, waiting, deskUrl) });
    await digests.done(personId, day);
  } catch (error) {
    // Tried again when the lease is over.
    log.warn({ person: personId, reason: errorMessage(error) }, 'a daily e-mail about assignments could not be sent');
  }
}
