/** Which accounts of the body's directory are whose: an administrator says so of persons who were here before. */
import type { Clock } from '../../kernel/clock.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { AccessLog } from './access-log.ts';
import type { AccountStore, LinkedAccount } from './accounts.ts';
import { personInReach } from './manage-people.ts';
import type { Actor } from './person.ts';
import type { PeopleStore } from './store.ts';

export interface AccountLinks {
  linkedAccounts(personId: string, by: Actor): Promise<readonly LinkedAccount[]>;
  /** Whoever has this account enters as that person from now on, as far as its groups let it in. */
  linkAccount(personId: string, subject: string, by: Actor): Promise<Result<null>>;
  /** The account lets nobody in as that person any more, and the person's sessions end. */
  unlinkAccount(personId: string, account: Pick<LinkedAccount, 'issuer' | 'subject'>, by: Actor): Promise<Result<null>>;
}

export interface AccountLinkDeps {
  readonly store: PeopleStore & AccountStore;
  readonly clock: Clock;
  readonly accessLog: AccessLog;
}

/** As long as OpenID Connect lets a subject be, and as a line of text can be. */
const SUBJECT = /^[\x21-\x7e]{1,255}$/;

export function openAccountLinks(issuer: string, { store, clock, accessLog }: AccountLinkDeps): AccountLinks {
  return {
    async linkedAccounts(personId, by) {
      const known = await personInReach(personId, by, store);
      return known.ok ? store.accountsOf(personId) : [];
    },
    async linkAccount(personId, subject, by) {
      const known = await personInReach(personId, by, store);
      if (!known.ok) return known;
      if (!SUBJECT.test(subject)) return refuse(problem('account-missing', 'subject'));
      if (!(await store.linkAccount(issuer, subject, personId, clock.now())))
        return refuse(problem('account-taken', 'subject'));
      const { name } = known.value;
      const data = { by: by.name, subject };
      await accessLog.record('account-linked', { personId, person: name, address: by.address, data });
      return ok(null);
    },
    async unlinkAccount(personId, account, by) {
      const known = await personInReach(personId, by, store);
      if (!known.ok) return known;
      if (!(await store.unlinkAccount(account.issuer, account.subject, personId))) return refuse(problem('not-found'));
      await store.endSessionsOf(personId, by.sessionId);
      const data = { by: by.name, subject: account.subject };
      await accessLog.record('account-unlinked', { personId, person: known.value.name, address: by.address, data });
      return ok(null);
    },
  };
}
