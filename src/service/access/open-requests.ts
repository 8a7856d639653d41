import type { Log } from '../../kernel/log.ts';
import type { KnownCredentials } from './known-credentials.ts';

/** Requests that are still under way: a long poll, an upload, a download may outlast the credential they came with. */
export interface OpenRequests {
  /** `end` is called when the credential is revoked; the returned function says that the request is over. */
  watch(credentialId: string, end: () => void): () => void;
  /** Credentials may have changed: those whose requests are under way are looked up again. */
  look(): void;
}

export function openRequests(known: Pick<KnownCredentials, 'byId'>, log: Log): OpenRequests {
  const open = new Map<string, Set<() => void>>();
  let looking = false;
  let again = false;

  const lookOnce = async (): Promise<void> => {
    for (const id of [...open.keys()]) {
      const credential = await known.byId(id);
      if (credential === null || credential.revokedAt !== null) for (const end of open.get(id) ?? []) end();
    }
  };

  return {
    watch(credentialId, end) {
      const those = open.get(credentialId) ?? new Set();
      open.set(credentialId, those);
      those.add(end);
      return () => {
        those.delete(end);
        if (those.size === 0 && open.get(credentialId) === those) open.delete(credentialId);
      };
    },
    look() {
      again = true;
      if (looking) return;
      looking = true;
      void (async () => {
        while (again) {
          again = false;
          await lookOnce().catch((reason: unknown) =>
            log.warn({ reason: String(reason) }, 'whose credential was revoked meanwhile is not known'),
          );
        }
        looking = false;
      })();
    },
  };
}
