/** What the desk is made of: the persons who use it, and the parts behind its screens. */
import { join } from 'node:path';
import type { openLogger } from '../adapters/logger.ts';
import { postgresPeople } from '../adapters/postgres/people/people-store.ts';
import { postgresAssignments } from '../adapters/postgres/queries/assignments.ts';
import { adminToken } from '../adapters/secrets/admin-token.ts';
import { DEFAULT_ACCESS } from '../config/access.ts';
import type { Config } from '../config/config.ts';
import { DEFAULT_DESK } from '../config/desk.ts';
import type { DeskDeps } from '../entrances/http/desk/screens.ts';
import { openAssignments } from '../service/assignments/open-assignments.ts';
import { openPeople, type People } from '../service/people/people.ts';
import { STANDARD_SESSIONS } from '../service/people/sessions.ts';
import type { Running } from './running.ts';
import type { Storage } from './storage.ts';

type Logger = ReturnType<typeof openLogger>;

export const peopleOf = ({ pool, secrets, clock }: Storage, log: Logger): People =>
  openPeople({
    store: postgresPeople(pool),
    secrets,
    clock,
    log: log.child({ part: 'people' }),
    rules: STANDARD_SESSIONS,
  });

export interface DeskParts {
  readonly config: Config;
  readonly storage: Storage;
  readonly running: Running;
  readonly people: People;
}

export async function deskDeps({ config, storage, running, people }: DeskParts): Promise<DeskDeps> {
  const { access: { tls } = DEFAULT_ACCESS, api, desk: { footer } = DEFAULT_DESK, dataFolder } = config;
  return {
    sessions: { open: (token) => people.openSession(token) },
    formKey: await adminToken(join(dataFolder, 'form-key')),
    isSecure: tls !== null || api?.publicUrl != null,
    offices: running.offices,
    previewOrigin: null,
    footer,
    waiting: async () => 0,
    assignments: openAssignments(storage, postgresAssignments(storage.pool)),
  };
}
