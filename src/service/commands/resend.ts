import { type IncomingState, incoming } from '../../domain/exchange/incoming.ts';
import { type OutgoingState, outgoing } from '../../domain/exchange/outgoing.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { ownAnswer } from '../register/answer.ts';
import { applyTransition, isAllowed } from '../register/apply-transition.ts';
import { type Call, type CommandDeps, command, type Expected, notAllowed } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';

export interface Resent {
  readonly exchangeId: string;
  readonly state: string;
  readonly version: number;
}

/**
 * Has the mail of an exchange handed over once more: the message where it is outgoing, our answer where it is incoming.
 * The very same bytes under the same Message-ID, and the registration keeps its number, so nothing can be doubled.
 */
export async function resend(
  office: Office,
  { exchangeId, version }: Expected & { readonly exchangeId: string },
  call: Call,
  deps: CommandDeps,
): Promise<Result<Resent>> {
  return command(office, call, deps, async (tx, work) => {
    const [exchange] = await tx.exchangesById([exchangeId]);
    if (exchange === undefined) return refuse(problem('not-found'));
    if (version !== null && version !== exchange.version) return refuse(problem('version-conflict'));
    work.load([exchange]);
    work.seen(await tx.eventsSeen([exchangeId]));
    const isOutgoing = exchange.direction === 'outgoing';
    const queued = isOutgoing ? undefined : (await tx.answers([exchangeId])).get(exchangeId);
    const answer = queued === undefined ? null : ownAnswer(queued.purpose);
    const step = isOutgoing
      ? outgoing(exchange.state as OutgoingState, { type: 'resend' })
      : incoming(exchange.state as IncomingState, { type: 'resend', answer }, exchange.registered !== null);
    const mail = isOutgoing ? await tx.queuedFor(exchangeId, 'message') : (queued ?? null);
    if (!isAllowed(step) || mail === null) return notAllowed(exchange);
    if (!mail.waiting) work.requeue(mail.outboxId);
    const event = { type: 'resend', once: `resend ${exchange.version}`, mailId: null, data: { by: call.by } } as const;
    applyTransition(office, work, exchange, step, event);
    work.audit('resend', exchangeId, { by: call.by });
    const now = work.exchange(exchangeId);
    return ok({ exchangeId, state: now?.state ?? '', version: now?.version ?? 0 });
  });
}
