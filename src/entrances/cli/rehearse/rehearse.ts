import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { witnessPlaces } from '../../../config/witness-places.ts';
import { legalTime } from '../../../kernel/clock.ts';
import type { Office } from '../../../service/register/office.ts';
import { withCommands } from '../../../wiring/cli.ts';
import { type FoundService, findService } from '../input/find-service.ts';
import { complain, say } from '../output/say.ts';
import { sayMisuse } from '../output/say-misuse.ts';
import { checkFoundations, checkOffices, type SetUpCheck } from './check-set-up.ts';
import { REHEARSED_REGISTER } from './rehearsal-numbers.ts';
import { runScenarios, type ScenarioResult } from './run-scenarios.ts';
import { LOOPBACK, SCENARIOS } from './scenarios.ts';
import { PARTS } from './set-up-parts.ts';

const HELP = `Usage: interpro rehearse --aoo IPA/CODE [--yes] [--json]

Proves that an office is set up correctly. The service must be running.

First it checks every part: database, documents, trust, mailbox, SMTP, service, index. If one is at fault, nothing is
registered. Then it plays, in the region of npm start: ${SCENARIOS.length} scenarios with the other council and the sandbox, from the
message that is confirmed to the mailbox that does not exist.
In a configured service: the ${LOOPBACK.length} of them that an office can play alone, through its real provider and mailbox. Message,
confirmation, exception, annulments and update go to its own address, with PROVA in the subject. They use numbers of the
real register: confirm that with --yes. interpro annul annuls the registrations afterwards.
If the office's own protocol system numbers, the rehearsal plays that system, under numbers of a register of its own,
${REHEARSED_REGISTER}: no number of the real system is used. Stop that system from taking messages meanwhile.
The tasks of a passed scenario are closed; those of a failed one stay, with PROVA in the subject.

  --aoo IPA/CODE    the office
  --yes             confirms that the register of a configured service may be written to
  --loopback        only what the office can play alone, also in the region of npm start
  --timeout N       the time limit of one scenario, in seconds (default: 30 in the region, else 600)
  --by NAME         who rehearses, for the register (default: the system's user name)
  --json            the report as JSON at the end; progress goes to standard error

Exits 0 when every scenario passed, 1 when a part is at fault or a scenario failed, 2 when misused, 130 when stopped.`;

const misused = (reason: string): 2 => sayMisuse('rehearse', reason);

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
  if (!service.local && !values.yes)
    return misused(`this writes to the real register of ${own.name}: repeat with --yes if you mean it`);
  const partner = offices.find(({ aoo, numbering }) => aoo !== own.aoo && numbering === 'own') ?? null;
  const other = service.local && !values.loopback ? partner : null;
  return rehearse(service, own, other, {
    seconds: seconds ?? (service.local ? 30 : 600),
    by: values.by.trim(),
    json: values.json,
  });
}

interface RehearsalOptions {
  readonly seconds: number;
  readonly by: string;
  readonly json: boolean;
}

async function rehearse(
  service: FoundService,
  own: Office,
  other: Office | null,
  wishes: RehearsalOptions,
): Promise<number> {
  const { config, databaseUrl } = service;
  const { seconds, by, json } = wishes;
  const scenarios = other === null ? LOOPBACK : SCENARIOS;
  const run = runName(new Date());
  const print = (line: string): void => void (json ? complain(line) : say(line));
  const partner = other === null ? 'itself' : other.name;
  print(
    `${own.name} (${own.aoo}) rehearses with ${partner}: ${scenarios.length} scenarios, PROVA ${run} in their subjects`,
  );
  const start = performance.now();
  const setUp: SetUpCheck[] = [];
  const found = (findings: readonly SetUpCheck[]): boolean => {
    setUp.push(...findings);
    for (const finding of findings) if (finding.advice !== null) print(remark(finding));
    return findings.every(({ ok }) => ok);
  };
  const stop = new AbortController();
  const interrupted = () => stop.abort();
  process.once('SIGINT', interrupted);
  let played: readonly ScenarioResult[] = [];
  if (found(await checkFoundations(service))) {
    const witness = witnessPlaces(config.dataFolder, config.witnessFolder ?? null);
    const place = { databaseUrl, dataFolder: config.dataFolder, trustFolder: config.trustFolder, witness };
    const call = { by, client: 'cli', idempotency: null };
    const { signal } = stop;
    const { pollSeconds } = config;
    played = await withCommands({ ...place, node: config.index.node }, async (tools) => {
      const offices = other === null ? [own] : [own, other];
      if (!found(await checkOffices(tools, offices, pollSeconds)) || signal.aborted) return [];
      return runScenarios(
        scenarios,
        { ...{ tools, own, other, call, run, seconds, pollSeconds, signal } },
        {
          onResult: (one) => print(line(one)),
          onWaiting: (after, missing) => print(`      ${after} s: ${missing}`),
        },
      );
    });
  }
  process.removeListener('SIGINT', interrupted);
  const took = Math.round((performance.now() - start) / 100) / 10;
  const ok = played.length === scenarios.length && played.every((one) => one.ok);
  if (json) {
    const report = { aoo: own.aoo, with: other?.aoo ?? own.aoo, run, ok, seconds: took, setUp, scenarios: played };
    say(JSON.stringify(report, null, 2));
  } else say(summary(own, { played, setUp, took, ok, run }));
  if (stop.signal.aborted) return 130;
  return ok ? 0 : 1;
}

interface Report {
  readonly played: readonly ScenarioResult[];
  readonly setUp: readonly SetUpCheck[];
  readonly took: number;
  readonly ok: boolean;
  readonly run: string;
}

function summary(own: Office, { played, setUp, took, ok, run }: Report): string {
  if (ok) return `all ${played.length} passed in ${took} s: ${own.name} is ready`;
  const parts = [...setUp.filter((one) => !one.ok), ...played].flatMap(({ part }) => (part === null ? [] : [part]));
  const names = [...new Set(parts)].map((part) => PARTS[part].name).join(', ');
  const fault = names === '' ? '' : `; at fault: ${names}`;
  if (played.length === 0) return `nothing was played and nothing registered, ${took} s${fault}`;
  const failed = played.filter((one) => one.played && !one.ok).map(({ number }) => number);
  const left = played.filter((one) => !one.played).length;
  const more = left === 0 ? '' : `, ${left} not played`;
  return [
    `${failed.length} of ${played.length} failed (${failed.join(', ')})${more}, ${took} s${fault}`,
    `what they left bears PROVA ${run} in its subject: interpro list tasks; interpro close ID --why TEXT`,
  ].join('\n');
}

const remark = ({ part, ok, detail, advice }: SetUpCheck): string =>
  `${ok ? '!' : '✗'} ${PARTS[part].name}: ${detail}\n     what to do: ${advice}`;

/** Legal time to the second: `20261122-114530`. */
function runName(at: Date): string {
  const { date, time } = legalTime(at);
  return `${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}`;
}

function line({ number, title, ok, played, seconds, reason, part, advice }: ScenarioResult): string {
  const place = String(number).padStart(2);
  if (!played) return `- ${place}         -  ${title} (${reason})`;
  const head = `${ok ? '✓' : '✗'} ${place}  ${seconds.toFixed(2).padStart(6)} s  ${title}`;
  if (ok) return head;
  const fault = part === null ? [] : [`     at fault: ${PARTS[part].name}`];
  return [head, `     ${reason}`, ...fault, `     what to do: ${advice}`].join('\n');
}
