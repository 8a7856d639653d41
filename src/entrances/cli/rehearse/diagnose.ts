/** Which part of the set-up a scenario failed by: from what the service itself has recorded of it. */
import { OVERDUE } from '../../../domain/exchange/step.ts';
import type { ExchangeDetail, MessageDetail } from '../../../service/queries/views.ts';
import type { Office } from '../../../service/register/office.ts';
import type { Part } from './parts.ts';
import { unread } from './set-up.ts';
import { Failed, type Stage } from './stage.ts';

export interface Diagnosis {
  readonly part: Part;
  readonly detail: string;
  /** Nothing that follows can pass. */
  readonly stands: boolean;
}

const UNTRUSTED = /^(pec-chain|pec-status|seal-untrusted)/;

/** Null: the set-up is not to blame as far as can be seen. */
export async function diagnose(stage: Stage, error: unknown, pollSeconds: number): Promise<Diagnosis | null> {
  const { own, other, desk } = stage;
  const offices = own.aoo === other.aoo ? [own] : [own, other];
  try {
    const { mailboxes } = await desk.views.status();
    for (const { aoo, mailboxes: each } of offices)
      for (const { address } of each) {
        const status = mailboxes.find((one) => one.aoo === aoo && one.mailbox === address);
        const fault = unread(address, status, pollSeconds);
        if (fault !== null) return { part: status?.failures ? 'mailbox' : 'service', detail: fault, stands: true };
      }
    for (const office of offices) {
      const found = (await distrusted(stage, office)) ?? (await unsent(stage, office, String(error)));
      if (found !== null) return found;
    }
    if (error instanceof Failed && error.part !== null) return { part: error.part, detail: '', stands: false };
    return await undelivered(stage);
  } catch (gone) {
    const detail = gone instanceof Error ? gone.message : String(gone);
    return { part: 'database', detail, stands: true };
  }
}

/** A mail of the scenario that was not believed. */
async function distrusted(stage: Stage, office: Office): Promise<Diagnosis | null> {
  for (const mail of await mailsOf(stage, office)) {
    const problems = [...(mail.inspection?.problems ?? []), ...(mail.inspection?.segnatura?.problems ?? [])];
    const found = problems.find(({ code }) => UNTRUSTED.test(code));
    if (found !== undefined)
      return {
        part: 'trust',
        detail: `${found.message} (interpro show ${mail.id})`,
        stands: found.code.startsWith('pec'),
      };
  }
  return null;
}

/** A mail of the scenario that has not left: nobody takes it from the queue, or the provider does not take it. */
async function unsent(stage: Stage, office: Office, failure: string): Promise<Diagnosis | null> {
  for (const { id, outbox } of await exchangesOf(stage, office)) {
    const waiting = outbox.find(({ state, sentAt }) => state !== 'sent' && sentAt === null);
    if (waiting === undefined) continue;
    const { state, attempts, lastError } = waiting;
    // What was given up may be meant to be: only where the failure speaks of it.
    if (lastError !== null && (state === 'queued' || failure.includes(lastError)))
      return { part: 'smtp', detail: lastError, stands: state === 'queued' };
    if (attempts === 0)
      return { part: 'service', detail: `nobody takes the mail from the queue (interpro show ${id})`, stands: true };
  }
  return null;
}

/** Handed over, and not all that should have come of it has come in time. */
async function undelivered(stage: Stage): Promise<Diagnosis | null> {
  const { own, other } = stage;
  const sent = (await exchangesOf(stage, own)).filter(({ outbox }) => outbox.some(({ sentAt }) => sentAt !== null));
  if (sent.length === 0 || performance.now() <= stage.deadline) return null;
  const boxes = ({ mailboxes }: Office) => mailboxes.map(({ address }) => address).join(', ');
  if ((await mailsOf(stage, own)).length === 0) {
    const detail = `the provider took the mail, but nothing of it has come to ${boxes(own)}, not even a receipt`;
    return { part: 'mailbox', detail, stands: false };
  }
  const delivered = sent.some(({ events }) => events.some(({ type }) => type === 'receipt-avvenuta-consegna'));
  const arrived = (await exchangesOf(stage, other)).some(({ direction }) => direction === 'incoming');
  if (delivered && !arrived) {
    const detail = `the provider says that it was delivered, but it is not in ${boxes(other)}`;
    return { part: 'mailbox', detail, stands: false };
  }
  return { part: 'provider', detail: '', stands: false };
}

const OVERDUE_CODES: ReadonlySet<string> = new Set(Object.values(OVERDUE));

/** What a person was told to be late, though it came: such tasks close by themselves. */
export async function overdue(stage: Stage): Promise<readonly string[]> {
  const { own, other } = stage;
  const offices = own.aoo === other.aoo ? [own] : [own, other];
  const exchanges = await Promise.all(offices.map((office) => exchangesOf(stage, office)));
  const late = exchanges.flat().flatMap(({ tasks }) => tasks.filter(({ code }) => OVERDUE_CODES.has(code)));
  return late.map(({ sentence }) => sentence);
}

async function exchangesOf({ desk: { views }, mark }: Stage, { aoo }: Office): Promise<readonly ExchangeDetail[]> {
  const { items } = await views.exchanges({ aoo, cursor: null, limit: 200 });
  const found = await Promise.all(
    items.filter(({ subject }) => subject.includes(mark)).map(({ id }) => views.exchange(id)),
  );
  return found.filter((one) => one !== null);
}

async function mailsOf({ desk: { views }, mark }: Stage, { aoo }: Office): Promise<readonly MessageDetail[]> {
  const { items } = await views.messages({ aoo, cursor: null, limit: 200 });
  const found = await Promise.all(
    items.filter(({ subject }) => subject?.includes(mark)).map(({ id }) => views.message(id)),
  );
  return found.filter((one) => one !== null);
}
