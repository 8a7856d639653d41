import type { Log } from '../../kernel/log.ts';
import type { CredentialCache } from './credential-cache.ts';

/** Requests under way: a long poll, an upload or a download may outlive the credential it came with. */
export interface OpenRequests {
  /** `end` is called when the credential is revoked. Call the returned function when the request is over. */
  watch(credentialId: string, end: () => void): () => void;
  /** Credentials may have changed: looks up again those with requests under way. */
  recheck(): void;
}

export function openRequests(known: Pick<CredentialCache, 'byId'>, log: Log): OpenRequests {
  const open = new Map<string, Set<() => void>>();
  let running = false;
  let again = false;

  const recheckOnce = async (): Promise<void> => {
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
    recheck() {
      again = true;
      if (running) return;
      running = true;
      void (async () => {
        while (again) {
          again = false;
          await recheckOnce().catch((error: unknown) =>
            log.warn({ reason: String(error) }, 'credentials of open requests could not be checked'),
          );
        }
        running = false;
      })();
    },
  };
}
