import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { legalTime } from '../../../kernel/clock.ts';
import type { Office } from '../../../service/office.ts';
import { withCommands } from '../../../tools.ts';
import { findService, type Surroundings } from '../environment.ts';
import { escaped } from '../inspect.ts';
import { say } from '../say.ts';
import { type Played, play } from './play.ts';
import { LOOPBACK, SCENARIOS } from './scenarios.ts';

const HELP = `Usage: interpro rehearse --aoo IPA/CODE [--yes] [--json]

Proves that an office is set up well. The service has to be running beside it.

In the region of npm start: ${SCENARIOS.length} scenarios with the other council and the sandbox, from the message that is confirmed to the
mailbox that does not exist.
In a configured service: the ${LOOPBACK.length} of them that an office can play alone, through its real provider and mailbox. Message,
confirmation, exception, annulments and update go to its own address, with PROVA in the subject. They use numbers of the
real register: --yes says that this is meant. interpro annul annuls what is left of them.
What a passed scenario puts on a person's list is taken off it.

  --aoo IPA/CODE    the office
  --yes             numbers of the real register may be used
  --loopback        only what the office can play alone, in the region of npm start too
  --timeout N       seconds that one scenario may take (default: 30 in the region, else 600)
  --by NAME         who rehearses, for the register (default: the system's user name)
  --json            the report as JSON, at the end

Exits 0 when every scenario passed, 1 when one failed.`;

const misused = (reason: string): 2 => {
  process.stderr.write(`interpro rehearse: ${reason}\n\n${HELP}\n`);
  return 2;
};

export async function runRehearse(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      aoo: { type: 'string' },
      yes: { type: 'boolean', default: false },
      loopback: { type: 'boolean', default: false },
      timeout: { type: 'string' },
      by: { type: 'string', default: userInfo().username },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return say(HELP);
  const seconds = values.timeout === undefined ? null : Number(values.timeout);
  if (seconds !== null && !(seconds >= 1 && seconds <= 86_400)) return misused('--timeout: seconds, from 1 to 86400');
  if (values.by.trim() === '') return misused('--by is empty');
  const service = findService();
  const { offices } = service.config;
  const own = offices.find(({ aoo }) => aoo === values.aoo);
  if (own === undefined) return misused(`--aoo: offices here are ${offices.map(({ aoo }) => aoo).join(', ')}`);
  if (own.numbering === 'external')
    return misused(
      `${own.name} is numbered by its own protocol system, which has to play its part: rehearse with that`,
    );
  if (!service.local && !values.yes)
    return misused(`this uses numbers of the real register of ${own.name}: repeat with --yes when that is meant`);
  const partner = offices.find(({ aoo, numbering }) => aoo !== own.aoo && numbering === 'own') ?? null;
  const other = service.local && !values.loopback ? partner : null;
  return rehearse(service, own, other, {
    seconds: seconds ?? (service.local ? 30 : 600),
    by: values.by.trim(),
    json: values.json,
  });
}

interface Wishes {
  readonly seconds: number;
  readonly by: string;
  readonly json: boolean;
}

async function rehearse({ config, databaseUrl }: Surroundings, own: Office, other: Office | null, wishes: Wishes) {
  const { seconds, by, json } = wishes;
  const scenarios = other === null ? LOOPBACK : SCENARIOS;
  const run = runName(new Date());
  const place = { databaseUrl, dataFolder: config.dataFolder, trustFolder: config.trustFolder };
  const print = (line: string): void => void (json || say(escaped(line)));
  const partner = other === null ? 'itself' : other.name;
  print(
    `${own.name} (${own.aoo}) rehearses with ${partner}: ${scenarios.length} scenarios, PROVA ${run} in their subjects`,
  );
  const start = performance.now();
  const call = { by, client: 'cli', idempotency: null };
  const played = await withCommands({ ...place, node: config.index.node }, (desk) =>
    play(scenarios, { desk, own, other, call, run, seconds }, (one) => print(line(one))),
  ).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ECONNREFUSED') throw error;
    throw new Error(`the database is away (${error.message}): is the service running (npm start)?`);
  });
  const took = Math.round((performance.now() - start) / 100) / 10;
  const failed = played.filter(({ ok }) => !ok);
  if (json)
    say(
      escaped(
        JSON.stringify({ aoo: own.aoo, with: other?.aoo ?? own.aoo, run, seconds: took, scenarios: played }, null, 2),
      ),
    );
  else if (failed.length === 0) say(`all ${played.length} passed in ${took} s: ${own.name} is ready`);
  else say(`${failed.length} of ${played.length} failed (${failed.map(({ number }) => number).join(', ')}), ${took} s`);
  return failed.length === 0 ? 0 : 1;
}

/** Legal time to the second: `20261122-114530`. */
function runName(at: Date): string {
  const { date, time } = legalTime(at);
  return `${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}`;
}

function line({ number, title, ok, seconds, reason, advice }: Played): string {
  const head = `${ok ? '✓' : '✗'} ${String(number).padStart(2)}  ${seconds.toFixed(2).padStart(6)} s  ${title}`;
  return ok ? head : [head, `     ${reason}`, `     what to do: ${advice}`].join('\n');
}
