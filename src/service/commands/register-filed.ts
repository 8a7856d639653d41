/** A clerk registers a message and says at once where it belongs: its class, file and precedents, and whether it is reserved. */
import { type Result, refuse } from '../../kernel/result.ts';
import { checkFiling, type FilingCheckDeps, type Registering } from '../by-hand/check-filing.ts';
import type { FilingWishes } from '../register/file-registration.ts';
import type { Call } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';
import type { Commands } from './commands.ts';
import type { Decided, RegisterRequest } from './decide-incoming.ts';

export interface RegisterFiledDeps extends FilingCheckDeps {
  readonly register: Commands['register'];
}

export type FiledRequest = Omit<RegisterRequest, 'classification' | 'filing'> & {
  readonly filing: Omit<FilingWishes, 'person'>;
};

export async function registerFiled(
  office: Office,
  { filing, ...request }: FiledRequest,
  person: Registering,
  call: Call,
  deps: RegisterFiledDeps,
): Promise<Result<Decided>> {
  const { classification } = filing;
  const wrong = await checkFiling(office, filing, person, deps);
  if (wrong !== null) return refuse(wrong);
  const wishes = { ...filing, person: { personId: person.personId, name: person.name } };
  return deps.register(
    office,
    { ...request, ...(classification !== null && { classification }), filing: wishes },
    call,
  );
}
