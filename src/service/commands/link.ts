/** Names the registration that another one answers or follows. A link is added and stays; the register's rows never change. */
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { checkFiling, type FilingCheckDeps, type Registering } from '../by-hand/check-filing.ts';
import type { RegistrationKey } from '../register/changes.ts';
import { precedentUnknown } from '../register/file-registration.ts';
import { type Call, type CommandDeps, runCommand } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';

export interface LinkRequest {
  readonly registration: RegistrationKey;
  readonly precedents: readonly RegistrationKey[];
}

export async function linkPrecedents(
  office: Office,
  { registration, precedents }: LinkRequest,
  person: Registering,
  call: Call,
  deps: CommandDeps & FilingCheckDeps,
): Promise<Result<{ readonly links: number }>> {
  const { register, year, number } = registration;
  const isItself = (key: RegistrationKey): boolean =>
    key.register === register && key.year === year && key.number === number;
  if (precedents.length === 0 || precedents.some(isItself)) return refuse(problem('link-to-itself', 'precedents'));
  const wrong = await checkFiling(office, { classification: null, precedents }, person, deps);
  if (wrong !== null) return refuse(wrong);
  return runCommand(office, call, deps, async (tx, work) => {
    for (const key of precedents) if ((await tx.registrations.find(key)) === null) return refuse(precedentUnknown(key));
    for (const to of precedents)
      work.byHand.links.push({ register, year, number, to, kind: 'precedent', by: person.name });
    work.audit('linked', `${register}/${year}/${number}`, {
      ...{ by: person.name, person: person.personId },
      to: precedents.map((to) => `${to.register}/${to.year}/${to.number}`),
    });
    return ok({ links: precedents.length });
  });
}
