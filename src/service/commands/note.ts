import { sha256 } from '../../kernel/digest.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { RegistrationKey } from '../register/changes.ts';
import { type Call, type CommandDeps, personOf, runCommand } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';

/** Adds a note to a registration, also to an annulled one. It cannot be changed: the audit record has its digest. */
export const noteRegistration = (
  office: Office,
  { registration, text }: { readonly registration: RegistrationKey; readonly text: string },
  call: Call,
  deps: CommandDeps,
): Promise<Result<{ readonly noteId: string }>> =>
  runCommand(office, call, deps, async (tx, work) => {
    const { register, year, number } = registration;
    if ((await tx.registrations.find(registration)) === null) return refuse(problem('not-found'));
    const noteId = uuidv7(work.at);
    work.note({ register, year, number, noteId, by: call.by, person: personOf(call), text });
    work.audit('noted', `${register}/${year}/${number}`, { note: noteId, by: call.by, sha256: sha256(text) });
    return ok({ noteId });
  });
