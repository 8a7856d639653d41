/** What registering by hand is made of. */
import { postgresByHand } from '../adapters/postgres/by-hand/store.ts';
import type { ByHandScreenDeps } from '../entrances/http/desk/by-hand/by-hand-deps.ts';
import type { Assignments } from '../service/assignments/open-assignments.ts';
import type { AooIndex } from '../service/index/open-index.ts';
import type { Storage } from './storage.ts';

export function byHandScreenDeps(storage: Storage, index: AooIndex, assignments: Assignments): ByHandScreenDeps {
  const { pool, store, clock, uploads, views } = storage;
  return {
    ...postgresByHand(pool),
    ...{ store, clock, uploads, views, index: index.lookUp, assignments },
    maySee: maySeeIn(views),
  };
}

export const maySeeIn =
  (views: Storage['views']): ByHandScreenDeps['maySee'] =>
  async ({ aoo }, { register, year, number }, reader) =>
    (await views.registration(`${aoo}/${register}/${year}/${number}`, reader)) !== null;
