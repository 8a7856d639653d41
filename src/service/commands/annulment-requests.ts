/**
 * A clerk asks for the annulment of a registration, the head of the register decides (DPR 445/2000 art. 54): by a provision,
 * which annuls it and tells the other offices, or no, with the reason. A registration has one open request at a time.
 */

import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { RegistrationKey } from '../register/changes.ts';
import { type Call, type CommandDeps, personOf, runCommand } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';
import { type Annulled, annulIn } from './annul.ts';

export interface AskAnnulment {
  readonly registration: RegistrationKey;
  readonly reason: string;
}

export const askAnnulment = (
  office: Office,
  { registration: key, reason }: AskAnnulment,
  call: Call,
  deps: CommandDeps,
): Promise<Result<{ readonly requestId: string }>> =>
  runCommand(office, call, deps, async (tx, work) => {
    if ((await tx.registrations.find(key)) === null) return refuse(problem('not-found'));
    if ((await tx.registrations.annulment(key)) !== null) return refuse(problem('registration-annulled'));
    const open = await tx.registrations.openAnnulmentRequest(key);
    if (open !== null) return refuse(problem('annulment-requested', '', open.by));
    const requestId = uuidv7(work.at);
    const { register, year, number } = key;
    work.askAnnulment({ register, year, number, requestId, by: call.by, person: personOf(call), reason });
    work.audit('annulment-asked', `${register}/${year}/${number}`, { request: requestId, by: call.by, reason });
    return ok({ requestId });
  });

/** `provision` annuls; without one the request is refused, and `reason` says why. */
export type AnnulmentVerdict =
  | { readonly requestId: string; readonly provision: string; readonly reason?: string }
  | { readonly requestId: string; readonly provision: null; readonly reason: string };

export interface AnnulmentDecided {
  readonly registration: RegistrationKey;
  /** Null: the request was refused. */
  readonly annulled: Annulled | null;
}

export const decideAnnulment = (
  office: Office,
  verdict: AnnulmentVerdict,
  call: Call,
  deps: CommandDeps,
): Promise<Result<AnnulmentDecided>> =>
  runCommand<AnnulmentDecided>(office, call, deps, async (tx, work) => {
    const { requestId, provision } = verdict;
    const request = await tx.registrations.annulmentRequest(requestId);
    if (request === null) return refuse(problem('not-found'));
    if (request.decision !== null) return refuse(problem('annulment-decided', '', request.decision.by));
    const { register, year, number } = request;
    const registration = { register, year, number };
    const decision = { requestId, by: call.by, person: personOf(call) };
    if (provision === null) {
      work.decideAnnulment({ ...decision, outcome: 'refused', answer: verdict.reason });
      work.audit('annulment-refused', `${register}/${year}/${number}`, {
        request: requestId,
        by: call.by,
        reason: verdict.reason,
      });
      return ok({ registration, annulled: null });
    }
    const reason = verdict.reason ?? request.reason;
    const annulled = await annulIn(office, { registration, reason, provision }, call, tx, work);
    if (!annulled.ok) return annulled;
    work.decideAnnulment({ ...decision, outcome: 'accepted', answer: provision });
    return ok({ registration, annulled: annulled.value });
  });
