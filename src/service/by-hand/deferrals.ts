/**
 * Deferred registration (differimento): the head lets documents of some days be registered later, by a provision that says
 * which, why and until when. Their real time of receipt is kept with each.
 */
import { isDay, legalTime } from '../../kernel/clock.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { Deferral } from '../register/by-hand-writes.ts';
import { type Call, type CommandDeps, personOf, runCommand } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';

export type DeferralRequest = Omit<Deferral, 'deferralId' | 'by'>;

const LONGEST = 500;

export async function authoriseDeferral(
  office: Office,
  request: DeferralRequest,
  call: Call,
  deps: CommandDeps,
): Promise<Result<{ readonly deferralId: string }>> {
  const { provision, reason, receivedFrom, receivedTo, registerUntil } = request;
  const days = [receivedFrom, receivedTo, registerUntil];
  if (provision === '' || reason === '' || provision.length > LONGEST || reason.length > LONGEST)
    return refuse(problem('deferral-incomplete', 'provision'));
  if (!days.every(isDay)) return refuse(problem('deferral-incomplete', 'receivedFrom'));
  const today = legalTime(deps.clock.now()).date;
  if (receivedFrom > receivedTo || receivedTo > registerUntil || registerUntil < today)
    return refuse(problem('deferral-days-unfit', 'receivedFrom'));
  return runCommand(office, call, deps, async (_, work) => {
    const deferralId = uuidv7(work.at);
    work.byHand.deferrals.push({ ...request, deferralId, by: call.by });
    work.audit('deferral-authorised', deferralId, { ...request, by: call.by, person: personOf(call) });
    return ok({ deferralId });
  });
}
