import { ok, type Result } from '../../kernel/result.ts';
import { type Call, type CommandDeps, runCommand } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';

export interface PutMailAside {
  readonly mailId: string;
  readonly reason: string;
}

/** Takes a mail that belongs to no exchange off the list of what needs a person. The mail stays as it came. */
export const putMailAside = (
  office: Office,
  { mailId, reason }: PutMailAside,
  call: Call,
  deps: CommandDeps,
): Promise<Result<{ readonly mailId: string }>> =>
  runCommand(office, call, deps, async (_tx, work) => {
    work.putMailAside({ mailId, by: call.by, reason });
    work.audit('mail-set-aside', mailId, { by: call.by, reason });
    return ok({ mailId });
  });
