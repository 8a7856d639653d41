import { parseArgs } from 'node:util';
import { ConfigError } from '../../config/config.ts';
import { differentSettings } from '../../config/restart.ts';
import type { ReloadReport } from '../../service/reload/reload-report.ts';
import { withServices } from '../../wiring/cli.ts';
import { findService } from './input/find-service.ts';
import { complain, say } from './output/say.ts';

const HELP = `Usage: interpro reload [--check] [--json]

Has every service that runs on this database read its files again: offices, mailboxes and their passwords, the folder of
trust, the certificate of the API. A service that finds a fault names all of them and goes on as before. The services are
asked over the database, so this needs neither their token nor their machine.

  --check   only say what would change, and whether it can be used
  --json    the answers, one JSON object a service

Exits 1 when a service found a fault, or when none answered.`;

/** A service that is changing over lets mailboxes end their page first. */
const PATIENCE_MS = 60_000;

export async function runReload(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { check: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) return say(HELP);
  const { databaseUrl, local, settings } = reachable();
  if (local) {
    complain(
      'interpro reload: this is the local region of npm start, which makes its own configuration: start it anew',
    );
    return 1;
  }
  const mode = values.check ? 'compare' : 'reload';
  return withServices(databaseUrl, async (requests) => {
    const services = await requests.services();
    if (services === 0) {
      complain('interpro reload: no service runs on this database; it reads its configuration when it starts');
      return 1;
    }
    const answers = await requests.ask(mode, services, PATIENCE_MS);
    for (const answer of answers) say(values.json ? JSON.stringify(answer) : describe(answer, mode, settings));
    const silent = services - answers.length;
    if (silent > 0)
      complain(
        `interpro reload: ${silent} of ${services} service(s) did not answer in ${PATIENCE_MS / 1000} s; see their log`,
      );
    return silent <= 0 && answers.every(({ faults }) => faults.length === 0) ? 0 : 1;
  });
}

interface Reached {
  readonly databaseUrl: string;
  readonly local: boolean;
  /** As they are here; null: the configuration is wrong here, and the service will say so itself. */
  readonly settings: Readonly<Record<string, string>> | null;
}

/** A wrong configuration is what the service is to find: all that is needed here is the way to it. */
function reachable(): Reached {
  try {
    const { databaseUrl, local, config } = findService();
    return { databaseUrl, local, settings: config.settings ?? {} };
  } catch (error) {
    if (!(error instanceof ConfigError) || error.databaseUrl === null) throw error;
    return { databaseUrl: error.databaseUrl, local: false, settings: null };
  }
}

function describe(report: ReloadReport, mode: 'reload' | 'compare', settings: Reached['settings']): string {
  const { host, pid, faults, changes, needsRestart } = report;
  const who = `service ${pid} on ${host}`;
  const restart = [
    ...needsRestart.map((name) => `the file of ${name} changed`),
    ...(settings === null ? [] : differentSettings(settings, report.settings)),
  ].map((what) => `  needs a restart: ${what}`);
  if (faults.length > 0)
    return [
      `${who}: the configuration is wrong; the one before stays in force`,
      ...faults.map((one) => `  - ${one}`),
      ...restart,
    ].join('\n');
  const head = mode === 'compare' ? 'would change' : 'read again';
  const what = changes.length === 0 ? ['  nothing has changed'] : changes.map((one) => `  ${one}`);
  return [`${who}: ${head}`, ...what, ...restart].join('\n');
}
