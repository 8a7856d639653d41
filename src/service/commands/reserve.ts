/** The head sets the reserve of a registration, or lifts it, and says why. Every step is kept. */
import { LIMITS } from '../../kernel/limits.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { RegistrationKey } from '../register/changes.ts';
import { type Call, type CommandDeps, personOf, runCommand } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';

export interface ReserveRequest {
  readonly registration: RegistrationKey;
  readonly act: 'set' | 'lifted';
  readonly reason: string;
  /** How many steps the person has seen. Null: any. */
  readonly version: number | null;
}

export async function changeReserve(
  office: Office,
  { registration, act, reason, version }: ReserveRequest,
  call: Call,
  deps: CommandDeps,
): Promise<Result<{ readonly version: number }>> {
  if (reason === '') return refuse(problem('reserve-reason-missing', 'reason'));
  if (reason.length > LIMITS.handName)
    return refuse(problem('correspondent-text-long', 'reason', String(LIMITS.handName)));
  return runCommand(office, call, deps, async (tx, work) => {
    const { register, year, number } = registration;
    if ((await tx.registrations.find(registration)) === null) return refuse(problem('not-found'));
    const present = await tx.byHand.reserve(registration);
    if (version !== null && version !== present.version) return refuse(problem('version-conflict'));
    if (present.isReserved === (act === 'set')) return refuse(problem('reserve-as-is'));
    const { registeredBy } = present;
    const next = present.version + 1;
    const person = personOf(call);
    work.byHand.reserveChanges.push({
      register,
      year,
      number,
      act,
      version: next,
      by: call.by,
      person,
      reason,
      registeredBy,
    });
    work.audit(act === 'set' ? 'reserved' : 'reserve-lifted', `${register}/${year}/${number}`, {
      ...{ by: call.by, person, reason },
    });
    return ok({ version: next });
  });
}
