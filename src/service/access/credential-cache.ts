import type { Clock } from '../../kernel/clock.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import type { Credential, CredentialStore } from './credential.ts';

/** The database announces changes at once; this bounds what is missed while that connection is down. */
const TTL_MS = 5_000;
/** No node has more credentials. Unknown ones are not cached, so strangers cannot fill it. */
const MAX_ENTRIES = 10_000;

export type CredentialCache = Pick<CredentialStore, 'byId' | 'byCertificate' | 'byToken'> & {
  /** Something changed: what was read before is dropped. */
  forget(): void;
};

/** Spares the database a look-up for every request of a busy caller. */
export function openCredentialCache(store: CredentialStore, clock: Clock): CredentialCache {
  const known = new Map<string, { readonly until: number; readonly found: Promise<readonly Credential[]> }>();
  const cached = (key: string, load: () => Promise<readonly Credential[]>): Promise<readonly Credential[]> => {
    const now = clock.now().getTime();
    const hit = known.get(key);
    if (hit !== undefined && hit.until > now) return hit.found;
    if (known.size >= MAX_ENTRIES) known.clear();
    const entry = { until: now + TTL_MS, found: load() };
    known.set(key, entry);
    const drop = () => {
      if (known.get(key) === entry) known.delete(key);
    };
    entry.found.then((found) => found.length === 0 && drop(), drop);
    return entry.found;
  };
  const one = async (key: string, load: () => Promise<Credential | null>) =>
    (await cached(key, async () => [await load()].filter((found) => found !== null)))[0] ?? null;
  return {
    byId: (id) => one(`id ${id}`, () => store.byId(id)),
    byCertificate: (thumbprint: Sha256) => one(`certificate ${thumbprint}`, () => store.byCertificate(thumbprint)),
    byToken: (issuer, clientId, subject) =>
      cached(JSON.stringify([issuer, clientId, subject]), () => store.byToken(issuer, clientId, subject)),
    forget: () => known.clear(),
  };
}
