import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { TASKS } from '../../kernel/tasks.ts';
import { type Call, type CommandDeps, runCommand } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';

/** Closes a task a person has dealt with; `outcome` says how. Tasks that ask for a decision are closed only by deciding. */
export async function closeTask(
  office: Office,
  { taskId, outcome }: { readonly taskId: string; readonly outcome: string },
  call: Call,
  deps: CommandDeps,
): Promise<Result<{ readonly taskId: string }>> {
  return runCommand(office, call, deps, async (tx, work) => {
    const task = await tx.openTask(taskId);
    if (task === null) return refuse(problem('not-found'));
    if (TASKS[task.code].until === 'decided') return refuse(problem('task-undecided'));
    work.closeTask(taskId, call.by, outcome);
    work.audit('task-closed', taskId, { code: task.code, by: call.by, outcome });
    return ok({ taskId });
  });
}
