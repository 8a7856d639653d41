import { ownAnswer } from '../../domain/exchange/own-mail.ts';
import { isAllowed, transition } from '../../domain/exchange/transition.ts';
import { ok, type Result } from '../../kernel/result.ts';
import { applyTransition } from '../register/apply-transition.ts';
import {
  type Call,
  type CommandDeps,
  type ExpectedVersion,
  exchangeFor,
  notAllowed,
  runCommand,
} from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';

export interface Resent {
  readonly exchangeId: string;
  readonly state: string;
  readonly version: number;
}

/**
 * Sends the mail of an exchange once more: the message of an outgoing one, our answer to an incoming one. Bytes, Message-ID
 * and number stay the same, so nothing can be doubled.
 */
export async function resend(
  office: Office,
  { exchangeId, ...expected }: ExpectedVersion & { readonly exchangeId: string },
  call: Call,
  deps: CommandDeps,
): Promise<Result<Resent>> {
  return runCommand(office, call, deps, async (tx, work) => {
    const found = await exchangeFor(tx, work, exchangeId, expected);
    if (!found.ok) return found;
    const exchange = found.value;
    const queued =
      exchange.direction === 'incoming' ? (await tx.outbox.latestAnswers([exchangeId])).get(exchangeId) : undefined;
    const answer = queued === undefined ? null : ownAnswer(queued.purpose);
    const step = transition(exchange, { type: 'resend', answer });
    const mail = exchange.direction === 'outgoing' ? await tx.outbox.latest(exchangeId, 'message') : (queued ?? null);
    if (!isAllowed(step) || mail === null) return notAllowed(exchange);
    if (!mail.waiting) work.requeue(mail.outboxId);
    const event = { type: 'resend', once: `resend ${exchange.version}`, mailId: null, data: { by: call.by } } as const;
    applyTransition(office, work, exchange, step, event);
    work.audit('resend', exchangeId, { by: call.by });
    const now = work.exchange(exchangeId);
    return ok({ exchangeId, state: now?.state ?? '', version: now?.version ?? 0 });
  });
}
