import type { Clock } from '../../kernel/clock.ts';
import type { AooId } from '../../kernel/ids.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { AccessEntry, AccessKind } from './person.ts';
import type { PersonStore } from './store.ts';

/** Insert-only, so what is written here is short, holds no secret and nothing that was typed into a field. */
export interface AccessLog {
  record(what: AccessKind, entry: AccessFacts): Promise<void>;
}

export interface AccessFacts {
  readonly personId: string | null;
  /** Left out: looked up. */
  readonly person?: string;
  readonly aoo?: AooId | null;
  readonly address?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export function openAccessLog(store: Pick<PersonStore, 'logAccess' | 'person'>, clock: Clock): AccessLog {
  return {
    async record(what, { personId, person, aoo = null, address = '', data = {} }) {
      const at = clock.now();
      const name = person ?? (personId === null ? '' : ((await store.person(personId))?.name ?? ''));
      const entry: AccessEntry = { entryId: uuidv7(at), at, what, aoo, personId, person: name, address, data };
      await store.logAccess([entry]);
    },
  };
}
