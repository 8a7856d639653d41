import { parseArgs } from 'node:util';
import type { Inspection } from '../../../domain/exchange/inspection.ts';
import { BASES, effectOf, type Policy, type PolicyBase, policyFrom } from '../../../domain/exchange/problem-policy.ts';
import type { OnReceipt } from '../../../kernel/problem-row.ts';
import type { Problem } from '../../../kernel/problems.ts';
import { judgeSegnatura } from '../../../service/intake/judge-mail.ts';
import { openValidator } from '../../../wiring/cli.ts';
import { MisuseError, openFile, timeOf, trustOf } from '../input/given-files.ts';
import { say } from '../output/say.ts';
import { table } from '../output/table.ts';

const HELP = `Usage: interpro segnatura check [--policy strict|register-and-flag] [--trust DIR] [--at ISO-TIME] [--json] FILE

Judges a segnatura or a return message of any generation: generation, kind, validity, seal, and every problem with its
effect under the policy. FILE may be - for standard input.
Exits 0 when it is acceptable under the policy, 1 when it is not, 2 when it cannot be opened.

  --policy NAME   register-and-flag (the default), or strict: what is flagged in a segnatura is refused
  --trust DIR     folder of certificates that seals must lead to, instead of the built-in root
  --at ISO-TIME   time of the judgement (now)`;

/** What `--json` prints. */
interface Checked extends Pick<Inspection, 'kind'> {
  readonly generation: string | null;
  readonly valid: boolean;
  readonly seal: string | null;
  readonly identifier: NonNullable<Inspection['segnatura']>['identifier'];
  readonly subject: string | null;
  readonly policy: PolicyBase;
  readonly acceptable: boolean;
  readonly problems: readonly (Problem & { readonly effect: OnReceipt })[];
}

export async function runCheck(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      policy: { type: 'string', default: 'register-and-flag' },
      trust: { type: 'string' },
      at: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return say(HELP);
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new MisuseError('name one file');
  const base = BASES.find((name) => name === values.policy);
  if (base === undefined) throw new MisuseError(`--policy: "${values.policy}" is none of ${BASES.join(', ')}`);
  const { policy } = policyFrom(base);
  const at = timeOf(values.at);
  const bytes = await openFile(file);
  const trust = await trustOf(values.trust);
  const judged = judgeSegnatura(bytes, { trust, validate: await openValidator(), at, policy });
  const checked = summary(judged, base, policy);
  say(values.json ? JSON.stringify(checked, null, 2) : readable(checked));
  return checked.acceptable ? 0 : 1;
}

/**
 * A return message is never answered, but it is judged by the same rule: not acceptable is what would cause an exception, and
 * what is no message because it has no identifier.
 */
function summary({ kind, segnatura, problems: outside }: Inspection, base: PolicyBase, policy: Policy): Checked {
  const problems = [...outside, ...(segnatura?.problems ?? [])];
  const judged = problems.map((found) => ({ ...found, effect: effectOf(found.code, policy) }));
  return {
    kind,
    generation: segnatura?.generation ?? null,
    valid: segnatura?.valid ?? false,
    seal: segnatura?.seal ?? null,
    identifier: segnatura?.identifier ?? null,
    subject: segnatura?.subject ?? null,
    policy: base,
    acceptable:
      kind !== 'unreadable' &&
      judged.every(({ code, effect }) => effect !== 'exception' && code !== 'segnatura-no-identifier'),
    problems: judged,
  };
}

function readable({ identifier: id, problems, ...checked }: Checked): string {
  const codes = id && [id.administration, id.aoo, id.register].filter((code) => code !== null).join('/');
  const facts: readonly (readonly [string, string | null])[] = [
    ['kind', checked.kind],
    ['generation', checked.generation],
    ['valid', checked.valid ? 'yes' : 'no'],
    ['seal', checked.seal],
    ['registration', id && `${codes} ${id.number} of ${id.date}`],
    ['subject', checked.subject],
    [checked.policy, checked.acceptable ? 'acceptable' : 'not acceptable'],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  const lines = facts.flatMap(([name, fact]) => (fact === null ? [] : [`${name.padEnd(width)}  ${oneLine(fact)}`]));
  if (problems.length === 0) return lines.join('\n');
  const rows = problems.map(({ effect, code, at, message }) => [effect, code, at, message]);
  return `${lines.join('\n')}\n\n${table(['effect', 'code', 'where', 'what'], rows)}`;
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');
