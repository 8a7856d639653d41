/** Fetches the lists that are due, one after the other. A list that cannot be had or believed leaves the old one in place. */
import { hash } from 'node:crypto';
import { setImmediate as letOthersRun } from 'node:timers/promises';
import { nextLook, nextTry } from '../../domain/delivery/list-schedule.ts';
import { parseCertificate } from '../../formats/cms/certificate.ts';
import { type RevocationList, readRevocationList } from '../../formats/revocation-list/read.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { ListFetcher, ListPoint, ListStore, NamedRevoked } from './list-store.ts';

export interface RefreshDeps {
  readonly lists: ListStore;
  readonly fetcher: ListFetcher;
  readonly clock: Clock;
  readonly owner: string;
  /** From 0 to 1: nodes that started together do not ask together. */
  readonly random: () => number;
}

export interface Refreshed {
  readonly point: ListPoint;
  /** Null: the list is held now. For the log. */
  readonly failure: string | null;
}

/** Longer than the fetcher takes for one list. */
const LEASE_SECONDS = 300;
const UNUSED_DAYS = 400;
const DAY = 24 * 3600_000;
/** Entries that are read without letting others run: some milliseconds. */
const PART = 500;

/** Null: nothing was due. */
export async function refreshNext(deps: RefreshDeps, signal: AbortSignal): Promise<Refreshed | null> {
  const { lists, clock, owner } = deps;
  const [point] = await lists.lease(owner, clock.now(), 1, LEASE_SECONDS);
  if (point === undefined) return null;
  const failure = await refresh(point, deps, signal);
  if (failure !== null && !signal.aborted) {
    const dueAt = nextTry(clock.now(), point.failures, deps.random());
    await lists.failed(owner, point, failure.slice(0, 300), dueAt);
  }
  return { point, failure };
}

export const forgetUnused = ({ lists, clock }: RefreshDeps): Promise<number> =>
  lists.forget(new Date(clock.now().getTime() - UNUSED_DAYS * DAY));

async function refresh(
  point: ListPoint,
  { lists, fetcher, clock, owner, random }: RefreshDeps,
  signal: AbortSignal,
): Promise<string | null> {
  const issuer = parseCertificate(Buffer.from(point.issuerCertificate));
  if (issuer === null) return 'the certificate of its issuer cannot be read';
  const fetched = await fetcher.fetch(point.url, signal);
  if (!fetched.ok) return fetched.reason;
  const at = clock.now();
  const read = readRevocationList(fetched.bytes, { issuer, url: point.url, at });
  if (!read.ok) return read.reason;
  const { list } = read;
  // Whoever stands in the way could hand out a list from before a revocation.
  if (point.thisUpdate !== null && list.thisUpdate < point.thisUpdate.getTime())
    return 'it is older than the one that is held';
  const fault = await firstFault(list);
  if (fault !== null) return fault;
  const listedSha256 = hash('sha256', list.listed);
  const saved = await lists.save(
    owner,
    point,
    {
      thisUpdate: new Date(list.thisUpdate),
      nextUpdate: new Date(list.nextUpdate),
      listedSha256,
      entries: listedSha256 === point.listedSha256 ? null : partsOf(list),
    },
    at,
    nextLook(at, list.nextUpdate, random()),
  );
  return saved ? null : 'another process has taken it over';
}

/** All entries are read before one is used. */
async function firstFault(list: RevocationList): Promise<string | null> {
  for (const part of list.entries(PART)) {
    if (!part.ok) return part.reason;
    await letOthersRun();
  }
  return null;
}

function* partsOf(list: RevocationList): Generator<readonly NamedRevoked[]> {
  for (const part of list.entries(PART)) if (part.ok) yield part.entries;
}
