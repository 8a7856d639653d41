/** What is well today and will not be for long. */
import type { Config } from '../../config/config.ts';
import { standsOn } from '../../config/stands-on.ts';
import { expiringSoon, isOldIndex, nearlyFull } from '../../service/queries/node-state.ts';
import { indexAges, readNodeState, withServices, withTexts } from '../../wiring/cli.ts';

export interface Warning {
  readonly isFine: boolean;
  readonly detail: string;
}

const fine = (detail: string): Warning => ({ isFine: true, detail });
const soon = (detail: string): Warning => ({ isFine: false, detail });

/** A service that works compares within a moment. */
const ANSWER_MS = 10_000;
const TEXTS_STILL_MS = 3_600_000;
const DAY_SECONDS = 86_400;

const stateOf = (config: Config) => readNodeState(standsOn(config), config.trustFolder);

export const warnings = {
  async disks(config: Config): Promise<Warning> {
    const full = nearlyFull(await stateOf(config));
    if (full.length === 0) return fine('there is room where documents and witness lie');
    return soon(
      full
        .map(({ folder, freeBytes, sizeBytes }) => {
          const share = Math.floor((100 * freeBytes) / Math.max(1, sizeBytes));
          return `${folder}: ${(freeBytes / 1e9).toFixed(1)} GB left of ${(sizeBytes / 1e9).toFixed(1)} (${share}%)`;
        })
        .join('; '),
    );
  },
  /** The clock of this machine is good enough: it is about days. */
  async certificates(config: Config): Promise<Warning> {
    const now = new Date();
    const ending = expiringSoon(await stateOf(config), now);
    if (ending.length === 0) return fine('none expires within 30 days');
    return soon(
      ending
        .map(({ use, name, expiresAt }) => {
          const verb = expiresAt.getTime() <= now.getTime() ? 'expired on' : 'expires on';
          return `${use} ${name} ${verb} ${expiresAt.toISOString().slice(0, 10)}`;
        })
        .join('; '),
    );
  },
  async index({ index }: Config, databaseUrl: string): Promise<Warning> {
    const ages = await indexAges(databaseUrl);
    if (ages.length === 0)
      return index.urls.length > 0
        ? soon('nothing was imported yet')
        : fine('empty: recipients are named by their address, with send --address-as-it-is');
    const days = ({ seconds }: (typeof ages)[number]): number => Math.floor(seconds / DAY_SECONDS);
    const old = ages.filter(({ seconds }) => isOldIndex(seconds));
    if (old.length === 0) return fine('imported or found unchanged within 3 days');
    return soon(old.map((age) => `${age.layout}: ${days(age)} days old`).join('; '));
  },
  /** Reading them goes on in minutes, however many there are. */
  async texts(databaseUrl: string): Promise<Warning> {
    const queues = await withTexts(databaseUrl, (texts) => texts.queues());
    const now = Date.now();
    const still = queues.filter(
      ({ waiting, backlog, lastAt }) =>
        waiting + backlog > 0 && now - (lastAt === null ? 0 : Date.parse(lastAt)) > TEXTS_STILL_MS,
    );
    if (still.length === 0) return fine('read, or being read');
    return soon(
      still
        .map(({ aoo, waiting, backlog, lastAt }) => {
          const since = lastAt === null ? 'none was ever read' : `the last was read at ${lastAt}`;
          return `${aoo}: ${waiting + backlog} wait, ${since}`;
        })
        .join('; '),
    );
  },
  async running(databaseUrl: string): Promise<Warning> {
    return withServices(databaseUrl, async (requests) => {
      const services = await requests.services();
      if (services === 0) return fine('none on this database');
      const answers = await requests.ask('compare', services, ANSWER_MS);
      const differing = answers.flatMap(({ host, pid, faults, changes, needsRestart }) => {
        const what = [...faults, ...changes, ...needsRestart.map((name) => `the file of ${name} needs a restart`)];
        return what.length === 0 ? [] : [`${pid} on ${host} works with another configuration: ${what.join('; ')}`];
      });
      const silent = services - answers.length;
      if (silent > 0) differing.push(`${silent} of ${services} did not answer`);
      return differing.length === 0 ? fine('works with the configuration on disk') : soon(differing.join('; '));
    });
  },
};
