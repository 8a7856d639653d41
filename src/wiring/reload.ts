/**
 * Reads the configuration again while the service works. Everything is read and checked first, and all that is wrong is
 * said at once; then the service changes over as a whole, or stays as it was. One reload at a time.
 */
import { hostname } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { configuredTrust } from '../adapters/trust-files.ts';
import { DEFAULT_ACCESS } from '../config/access.ts';
import { type Config, ConfigError } from '../config/config.ts';
import { needsRestart } from '../config/restart.ts';
import { wrongConfiguration } from '../entrances/http/node/fault-sentences.ts';
import { replaceTls, type Tls, tlsFault } from '../entrances/http/open-server.ts';
import type { ApiServer } from '../entrances/http/operation.ts';
import type { Log } from '../kernel/log.ts';
import { sharedRuns } from '../kernel/shared-runs.ts';
import { errorMessage } from '../kernel/thrown.ts';
import type { ReloadMode, ReloadReport } from '../service/reload/reload-report.ts';
import { type OfficeChanges, officeChanges } from '../service/reload/set-up-changes.ts';
import type { MailboxJobs } from './mailbox-jobs.ts';
import type { Running, TrustInForce } from './running.ts';
import type { Storage } from './storage.ts';

export interface ReloadDeps {
  /** Reads the files again; throws ConfigError. */
  readonly reread: () => Config;
  readonly running: Running;
  readonly storage: Pick<Storage, 'declare' | 'store'>;
  /** The API and desk, and the origin of previews. */
  readonly servers: readonly ApiServer[];
  readonly mailboxes: MailboxJobs;
  readonly log: Log;
}

export interface Reloads {
  reload(mode: ReloadMode): Promise<ReloadReport>;
  /** Resolves when the reload under way, if any, is over. */
  stop(): Promise<void>;
}

/** A mailbox that cannot end its page for so long is changed over later, by itself. */
const PATIENCE_MS = 20_000;

/** What was read, and what is new in it. */
interface Reading {
  readonly config: Config;
  readonly trust: TrustInForce;
  readonly faults: readonly string[];
  readonly offices: OfficeChanges;
  readonly changes: readonly string[];
}

export function openReloads(deps: ReloadDeps): Reloads {
  const { running, storage, servers, mailboxes, log } = deps;
  const started = running.config();
  let tls: Tls | null = (started.access ?? DEFAULT_ACCESS).tls;
  let stopped = false;
  const last = new Map<ReloadMode, ReloadReport>();

  /** Only the database can refuse here, and then nothing has changed. */
  const declare = async ({ config, offices }: Reading): Promise<readonly string[]> => {
    try {
      await storage.declare(config.offices, offices.added);
      return [];
    } catch (error) {
      await storage.declare(running.config().offices, []).catch(() => undefined);
      return [`the database does not take it: ${errorMessage(error)}`];
    }
  };

  const changeOver = async ({ config, trust, offices }: Reading): Promise<void> => {
    const next = (config.access ?? DEFAULT_ACCESS).tls;
    running.replace(config, trust);
    if (tls !== null && next !== null) {
      const before = tls;
      for (const server of servers) tls = replaceTls(server, before, next);
    }
    warnOf(config, trust, log);
    await within(mailboxes.follow(config.offices, trust.trust), PATIENCE_MS);
    const sooner = offices.otherAccounts.map(({ aoo }) => aoo);
    try {
      await storage.store.leaveMailboxes(offices.leftMailboxes);
      await storage.store.sendSooner(sooner);
    } catch (error) {
      log.warn({ reason: errorMessage(error) }, 'what waits for the former configuration was not looked at');
    }
  };

  const run = async (mode: ReloadMode): Promise<ReloadReport> => {
    const read = await readAgain(deps);
    const about = { host: hostname(), pid: process.pid, settings: started.settings ?? {} };
    if (!('config' in read)) return settle(mode, { ...about, faults: read.faults, changes: [], needsRestart: [] });
    const { changes, config } = read;
    let { faults } = read;
    if (mode === 'reload' && faults.length === 0) faults = await declare(read);
    if (mode === 'reload' && faults.length === 0) await changeOver(read);
    return settle(mode, { ...about, faults, changes, needsRestart: needsRestart(started, config) });
  };

  const settle = (mode: ReloadMode, report: ReloadReport): ReloadReport => {
    if (mode === 'reload') {
      running.remark(report.faults.length === 0 ? null : wrongConfiguration(report.faults.length));
      tell(report, log);
    }
    return report;
  };

  // Requests that come during a reload, or a comparison, share the next one, which reads what was written meanwhile.
  const runs = sharedRuns(async (mode: ReloadMode) => {
    if (!stopped || mode === 'compare') last.set(mode, await run(mode));
  });
  return {
    async reload(mode) {
      await runs(mode);
      return last.get(mode) ?? run('compare');
    },
    async stop() {
      stopped = true;
      await runs('reload');
    },
  };
}

async function readAgain({ reread, running }: ReloadDeps): Promise<Reading | Pick<Reading, 'faults'>> {
  try {
    const config = reread();
    const trust = await configuredTrust(config.trustFolder);
    // What was wrong at the start, and did not stop it, does not stop a reload.
    const faults = trust.faults.filter((fault) => !running.faults.includes(fault));
    const { tls } = config.access ?? DEFAULT_ACCESS;
    const unusable = tls === null ? null : tlsFault(tls);
    if (unusable !== null) faults.push(`INTERPRO_TLS_CERT: it cannot be served with: ${unusable}`);
    const offices = officeChanges(running.config().offices, config.offices);
    return { config, trust, faults, offices, changes: [...offices.sentences, ...otherChanges(running, config, trust)] };
  } catch (error) {
    return { faults: error instanceof ConfigError ? error.faults : [errorMessage(error)] };
  }
}

function otherChanges(running: Running, config: Config, trust: TrustInForce): readonly string[] {
  const before = (running.config().access ?? DEFAULT_ACCESS).tls;
  const after = (config.access ?? DEFAULT_ACCESS).tls;
  const isBoth = before !== null && after !== null;
  return [
    ...(isDeepStrictEqual(running.trust(), trust.trust) ? [] : ['trusted certificates changed']),
    ...(isBoth && (before.cert !== after.cert || before.key !== after.key) ? ['TLS certificate replaced'] : []),
    // Without any, before or after, a restart is needed: see `needsRestart`.
    ...(isBoth && before.ca !== null && after.ca !== null && before.ca !== after.ca
      ? ['authorities of client certificates changed']
      : []),
  ];
}

function tell({ faults, changes, needsRestart: stay }: ReloadReport, log: Log): void {
  if (faults.length > 0) log.error({ faults }, 'the configuration is wrong: the one before stays in force');
  else log.info({ changes }, 'the configuration was read again');
  if (stay.length > 0) log.warn({ variables: stay }, 'these files changed, and only a restart reads them');
}

/** What is usable and should be changed all the same. */
export function warnOf({ exposedFiles = [] }: Config, { faults, remarks = [] }: TrustInForce, log: Log): void {
  for (const file of exposedFiles)
    log.warn({ file }, 'every user of this machine may read a password or a key in this file: chmod 600');
  for (const fault of [...faults, ...remarks]) log.warn({}, fault);
}

async function within(work: Promise<void>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
