import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, readEnv, toConfig } from '../../../config/config.ts';

/** Written by a local region (`npm start` without configuration): where its parts are. */
const RUNNING = 'running.json';

export interface FoundService {
  readonly config: Config;
  readonly databaseUrl: string;
  /** As the owner of the database: migrations, credentials of the node. */
  readonly ownerUrl: string;
  /** True when this is the local region of `npm start`, not a configured service. */
  readonly local: boolean;
}

/** The configured service, else the region that `npm start` runs from this folder. Throws if there is neither, saying what to do. */
export function findService(): FoundService {
  const { env, unknown } = readEnv();
  const config = toConfig({ env, unknown });
  const { databaseUrl: configured } = config;
  if (configured !== null)
    return { config, databaseUrl: configured, ownerUrl: config.ownerUrl ?? configured, local: false };
  const file = join(config.dataFolder, RUNNING);
  if (!existsSync(file)) {
    throw new Error(
      `nothing is configured and no local region was found in ${config.dataFolder}: run npm start, or set DATABASE_URL and INTERPRO_OFFICES`,
    );
  }
  const { databaseUrl } = JSON.parse(readFileSync(file, 'utf8')) as { databaseUrl: string };
  const offices = toConfig({
    env: { ...env, DATABASE_URL: databaseUrl, INTERPRO_OFFICES: join(config.dataFolder, 'offices.json') },
    unknown,
  }).offices;
  const trustFolder = join(config.dataFolder, 'trust');
  return { config: { ...config, offices, trustFolder }, databaseUrl, ownerUrl: databaseUrl, local: true };
}
