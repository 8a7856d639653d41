/**
 * The emergency register (DPR 445/2000 art. 63). Where registering is impossible, the head lets it be done by hand: with cause,
 * provision and beginning, for a day; beyond it only by another provision, for a week at most each time. When registering is
 * possible again, what was written there gets ordinary numbers (`recover-emergency.ts`), and a declaration closes it.
 */
import { italianMinute, legalTime } from '../../kernel/clock.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import { type Call, type CommandDeps, personOf, runCommand } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';
import type { PresentEmergency } from '../register/office-transaction.ts';

const DAY_MS = 24 * 3_600_000;
const WEEK_MS = 7 * DAY_MS;
/** Characters of a cause, a provision or a declaration. */
const LONGEST = 2_000;

const isText = (text: string): boolean => text !== '' && text.length <= LONGEST;

/** Until when it may be used. */
export const emergencyLimit = ({ startedAt, extensions }: Pick<PresentEmergency, 'startedAt' | 'extensions'>): Date =>
  extensions.at(-1)?.endsAt ?? new Date(startedAt.getTime() + DAY_MS);

export interface OpenEmergencyRequest {
  readonly cause: string;
  readonly provision: string;
  /** Null: no day and time that there is was given. */
  readonly startedAt: Date | null;
}

export async function openEmergency(
  office: Office,
  { cause, provision, startedAt }: OpenEmergencyRequest,
  call: Call,
  deps: CommandDeps,
): Promise<Result<{ readonly emergencyId: string }>> {
  if (office.numbering === 'external') return refuse(problem('hand-numbered-elsewhere'));
  if (!isText(cause)) return refuse(problem('emergency-incomplete', 'cause'));
  if (!isText(provision)) return refuse(problem('emergency-incomplete', 'provision'));
  if (startedAt === null) return refuse(problem('emergency-incomplete', 'startedAt'));
  return runCommand(office, call, deps, async (tx, work) => {
    if (startedAt > work.at) return refuse(problem('emergency-future', 'startedAt'));
    if ((await tx.byHand.openEmergency()) !== null) return refuse(problem('emergency-open'));
    const before = await tx.byHand.lastEmergencyEnd();
    if (before !== null && startedAt < before) return refuse(problem('emergency-overlaps', 'startedAt'));
    const emergencyId = uuidv7(work.at);
    work.byHand.emergencies.push({ emergencyId, cause, provision, startedAt, by: call.by });
    const said = { cause, provision, startedAt: startedAt.toISOString(), by: call.by, person: personOf(call) };
    work.audit('emergency-opened', emergencyId, said);
    return ok({ emergencyId });
  });
}

export async function extendEmergency(
  office: Office,
  request: { readonly emergencyId: string; readonly provision: string; readonly endsAt: Date | null },
  call: Call,
  deps: CommandDeps,
): Promise<Result<{ readonly position: number }>> {
  const { emergencyId, provision, endsAt } = request;
  if (!isText(provision)) return refuse(problem('emergency-provision-missing', 'provision'));
  return runCommand(office, call, deps, async (tx, work) => {
    const present = await tx.byHand.openEmergency();
    if (present?.emergencyId !== emergencyId) return refuse(problem('emergency-not-open'));
    const limit = emergencyLimit(present);
    const latest = new Date(limit.getTime() + WEEK_MS);
    if (endsAt === null || endsAt <= limit || endsAt > latest)
      return refuse(
        problem(
          'emergency-extension-unfit',
          'endsAt',
          `dopo il ${italianMinute(limit)}, entro il ${italianMinute(latest)}`,
        ),
      );
    const position = present.extensions.length + 1;
    work.byHand.emergencyExtensions.push({ emergencyId, position, endsAt, provision, by: call.by });
    const said = { position, provision, endsAt: endsAt.toISOString(), by: call.by, person: personOf(call) };
    work.audit('emergency-extended', emergencyId, said);
    return ok({ position });
  });
}

export async function closeEmergency(
  office: Office,
  request: { readonly emergencyId: string; readonly declaration: string; readonly endedAt: Date | null },
  call: Call,
  deps: CommandDeps,
): Promise<Result<{ readonly registrations: number }>> {
  const { emergencyId, declaration, endedAt } = request;
  if (!isText(declaration)) return refuse(problem('emergency-declaration-missing', 'declaration'));
  return runCommand(office, call, deps, async (tx, work) => {
    const present = await tx.byHand.openEmergency();
    if (present?.emergencyId !== emergencyId) return refuse(problem('emergency-not-open'));
    const { registrations, last } = await tx.byHand.takenOver(emergencyId);
    const limit = emergencyLimit(present);
    if (endedAt !== null && endedAt > work.at) return refuse(problem('emergency-future', 'endedAt'));
    const isBeforeLast = endedAt !== null && last !== null && stampOf(endedAt) < last.slice(0, 16);
    if (endedAt === null || endedAt < present.startedAt || endedAt > limit || isBeforeLast)
      return refuse(problem('emergency-end-unfit', 'endedAt', `fino al ${italianMinute(limit)}`));
    work.byHand.emergencyClosings.push({ emergencyId, endedAt, declaration, registrations, by: call.by });
    const said = { endedAt: endedAt.toISOString(), declaration, registrations, by: call.by, person: personOf(call) };
    work.audit('emergency-closed', emergencyId, said);
    return ok({ registrations });
  });
}

/** `yyyy-mm-dd hh:mm`, legal time: forms have no seconds. */
function stampOf(at: Date): string {
  const { date, time } = legalTime(at);
  return `${date} ${time.slice(0, 5)}`;
}
