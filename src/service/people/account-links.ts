/**
 * Which accounts of the body's directory are whose: whoever administers the node says so of persons who were here before. Not
 * whoever administers one office: the account brings what its groups give, in other offices, too.
 */
import type { Clock } from '../../kernel/clock.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { AccessLog } from './access-log.ts';
import { type AccountStore, type LinkedAccount, placesOfGrants } from './accounts.ts';
import { personInReach } from './manage-people.ts';
import type { Actor, DeskPerson } from './person.ts';
import type { PeopleStore } from './store.ts';

export interface AccountLinks {
  linkedAccounts(personId: string, by: Actor): Promise<readonly LinkedAccount[]>;
  /** Whoever has this account enters as that person from now on, as far as its groups let it in. */
  linkAccount(personId: string, subject: string, by: Actor): Promise<Result<null>>;
  /** The account lets nobody in as that person any more; what its groups gave is gone, and the person's sessions end. */
  unlinkAccount(personId: string, account: Pick<LinkedAccount, 'issuer' | 'subject'>, by: Actor): Promise<Result<null>>;
}

export interface AccountLinkDeps {
  readonly store: PeopleStore & AccountStore;
  readonly clock: Clock;
  readonly accessLog: AccessLog;
}

/** As long as OpenID Connect lets a subject be, and as a line of text can be. */
const SUBJECT = /^[\x21-\x7e]{1,255}$/;

export function openAccountLinks(issuer: string, deps: AccountLinkDeps): AccountLinks {
  const { store, clock, accessLog } = deps;
  const personFor = async (personId: string, by: Actor): Promise<Result<DeskPerson>> =>
    by.scope === 'node' ? personInReach(personId, by, store) : refuse(problem('not-found'));
  return {
    async linkedAccounts(personId, by) {
      const known = await personFor(personId, by);
      return known.ok ? store.accountsOf(personId) : [];
    },
    async linkAccount(personId, subject, by) {
      const known = await personFor(personId, by);
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
      const known = await personFor(personId, by);
      if (!known.ok) return known;
      if (!(await store.unlinkAccount(account.issuer, account.subject, personId))) return refuse(problem('not-found'));
      if ((await store.accountsOf(personId)).length === 0) await takeGroupRoles(known.value, by, deps);
      await store.endSessionsOf(personId, by.sessionId);
      const data = { by: by.name, subject: account.subject };
      await accessLog.record('account-unlinked', { personId, person: known.value.name, address: by.address, data });
      return ok(null);
    },
  };
}

/** Nobody would ask those groups again. */
async function takeGroupRoles(
  { personId, name, login }: DeskPerson,
  by: Actor,
  { store, clock, accessLog }: AccountLinkDeps,
): Promise<void> {
  const held = (await store.rolesOf(personId)).filter(({ source }) => source === 'groups');
  for (const aoo of placesOfGrants(held))
    await store.changeRights(aoo, clock.now(), async (tx) => {
      for (const { role } of held.filter((one) => one.aoo === aoo))
        if (await tx.takeOfGroups(personId, { aoo, role }))
          tx.audit('role-taken', personId, { by: by.name, person: name, login, role });
    });
  for (const { aoo, role } of held)
    await accessLog.record('role-taken', {
      ...{ personId, person: name, aoo, address: by.address },
      data: { by: by.name, role },
    });
}
