/** Finds the part of the set-up that made a scenario fail, from what the service recorded about it. */
import { OVERDUE } from '../../../domain/exchange/step.ts';
import type { ExchangeDetail, MessageDetail } from '../../../service/queries/views.ts';
import type { Office } from '../../../service/register/office.ts';
import { unreadReason } from './check-set-up.ts';
import { type ScenarioContext, ScenarioError } from './scenario.ts';
import type { Part } from './set-up-parts.ts';

export interface Diagnosis {
  readonly part: Part;
  readonly detail: string;
  /** True: no scenario can pass until it is mended. */
  readonly isBlocking: boolean;
}

const UNTRUSTED = /^(pec-chain|pec-status|seal-untrusted)/;

/** Null: the set-up is not to blame, as far as can be told. */
export async function diagnose(
  context: ScenarioContext,
  error: unknown,
  pollSeconds: number,
): Promise<Diagnosis | null> {
  const { own, other, tools } = context;
  const offices = own.aoo === other.aoo ? [own] : [own, other];
  try {
    const { mailboxes } = await tools.views.status();
    for (const { aoo, mailboxes: each } of offices)
      for (const { address } of each) {
        const status = mailboxes.find((one) => one.aoo === aoo && one.mailbox === address);
        const fault = unreadReason(address, status, pollSeconds);
        if (fault !== null) return { part: status?.failures ? 'mailbox' : 'service', detail: fault, isBlocking: true };
      }
    for (const office of offices) {
      const found = (await distrusted(context, office)) ?? (await unsent(context, office, String(error)));
      if (found !== null) return found;
    }
    if (error instanceof ScenarioError && error.part !== null)
      return { part: error.part, detail: '', isBlocking: false };
    return await undelivered(context);
  } catch (gone) {
    const detail = gone instanceof Error ? gone.message : String(gone);
    return { part: 'database', detail, isBlocking: true };
  }
}

/** A mail of the scenario that was not trusted. */
async function distrusted(context: ScenarioContext, office: Office): Promise<Diagnosis | null> {
  for (const mail of await mailsOf(context, office)) {
    const problems = [...(mail.inspection?.problems ?? []), ...(mail.inspection?.segnatura?.problems ?? [])];
    const found = problems.find(({ code }) => UNTRUSTED.test(code));
    if (found !== undefined)
      return {
        part: 'trust',
        detail: `${found.message} (interpro show ${mail.id})`,
        isBlocking: found.code.startsWith('pec'),
      };
  }
  return null;
}

/** A mail of the scenario that was not sent: nobody takes it from the queue, or the provider refuses it. */
async function unsent(context: ScenarioContext, office: Office, failure: string): Promise<Diagnosis | null> {
  for (const { id, outbox } of await exchangesOf(context, office)) {
    const waiting = outbox.find(({ state, sentAt }) => state !== 'sent' && sentAt === null);
    if (waiting === undefined) continue;
    const { state, attempts, lastError } = waiting;
    // A mail may be given up on purpose: it counts only if the failure mentions it.
    if (lastError !== null && (state === 'queued' || failure.includes(lastError)))
      return { part: 'smtp', detail: lastError, isBlocking: state === 'queued' };
    if (attempts === 0)
      return {
        part: 'service',
        detail: `nobody takes the mail from the queue (interpro show ${id})`,
        isBlocking: true,
      };
  }
  return null;
}

/** Handed over, but not everything that should follow has come in time. */
async function undelivered(context: ScenarioContext): Promise<Diagnosis | null> {
  const { own, other } = context;
  const sent = (await exchangesOf(context, own)).filter(({ outbox }) => outbox.some(({ sentAt }) => sentAt !== null));
  if (sent.length === 0 || performance.now() <= context.deadline) return null;
  const boxes = ({ mailboxes }: Office) => mailboxes.map(({ address }) => address).join(', ');
  if ((await mailsOf(context, own)).length === 0) {
    const detail = `the provider took the mail, but nothing of it has come to ${boxes(own)}, not even a receipt`;
    return { part: 'mailbox', detail, isBlocking: false };
  }
  const delivered = sent.some(({ events }) => events.some(({ type }) => type === 'receipt-avvenuta-consegna'));
  const arrived = (await exchangesOf(context, other)).some(({ direction }) => direction === 'incoming');
  if (delivered && !arrived) {
    const detail = `the provider says that it was delivered, but it is not in ${boxes(other)}`;
    return { part: 'mailbox', detail, isBlocking: false };
  }
  return { part: 'provider', detail: '', isBlocking: false };
}

const OVERDUE_CODES: ReadonlySet<string> = new Set(Object.values(OVERDUE));

/** Deadlines that ran out although the answer came later: their tasks closed by themselves. */
export async function overdue(context: ScenarioContext): Promise<readonly string[]> {
  const { own, other } = context;
  const offices = own.aoo === other.aoo ? [own] : [own, other];
  const exchanges = await Promise.all(offices.map((office) => exchangesOf(context, office)));
  const late = exchanges.flat().flatMap(({ tasks }) => tasks.filter(({ code }) => OVERDUE_CODES.has(code)));
  return late.map(({ sentence }) => sentence);
}

async function exchangesOf(
  { tools: { views }, mark }: ScenarioContext,
  { aoo }: Office,
): Promise<readonly ExchangeDetail[]> {
  const { items } = await views.exchanges({ aoo, cursor: null, limit: 200 });
  const found = await Promise.all(
    items.filter(({ subject }) => subject.includes(mark)).map(({ id }) => views.exchange(id)),
  );
  return found.filter((one) => one !== null);
}

async function mailsOf(
  { tools: { views }, mark }: ScenarioContext,
  { aoo }: Office,
): Promise<readonly MessageDetail[]> {
  const { items } = await views.messages({ aoo, cursor: null, limit: 200 });
  const found = await Promise.all(
    items.filter(({ subject }) => subject?.includes(mark)).map(({ id }) => views.message(id)),
  );
  return found.filter((one) => one !== null);
}
