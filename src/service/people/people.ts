import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import type { Secrets } from '../access/secrets.ts';
import { type AccessLog, openAccessLog } from './access-log.ts';
import { type AccountLinks, openAccountLinks } from './account-links.ts';
import { type AccountRules, type AccountSignIn, openAccountSignIn } from './account-sign-in.ts';
import type { AccountStore } from './accounts.ts';
import { type ContentKeyStore, type ContentKeys, openContentKeys } from './content-keys.ts';
import { type Entries, openEntries } from './entries.ts';
import { type ManagePeople, openManagePeople, type PeopleListStore } from './manage-people.ts';
import { type AbsenceStore, type OwnAccount, openOwnAccount } from './own-account.ts';
import { openPasswords } from './passwords.ts';
import { openSecondFactor, type SecondFactor } from './second-factor.ts';
import { openSessions, type SessionCases, type SessionRules } from './sessions.ts';
import { openSignIn, type SignIn } from './sign-in.ts';
import type { PeopleStore } from './store.ts';
import { openUnits, type UnitStore, type Units } from './units.ts';

/** Everything about the persons of the desk. */
export interface People extends SessionCases, Entries {
  readonly signIn: SignIn;
  /** With an account of the body's own directory; null: there is none. */
  readonly accounts: AccountSignIn | null;
  /** Whose those accounts are; null: there are none. */
  readonly accountLinks: AccountLinks | null;
  readonly factor: SecondFactor;
  readonly own: OwnAccount;
  readonly manage: ManagePeople;
  readonly units: Units;
  readonly contentKeys: ContentKeys;
  /** What is read of what is reserved is written down here, too. */
  readonly accessLog: AccessLog;
}

export interface PeopleDeps {
  readonly store: PeopleStore & AbsenceStore & AccountStore & PeopleListStore & UnitStore & ContentKeyStore;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly log: Log;
  readonly rules: SessionRules;
  /** Left out, or null: the body has no accounts of its own. */
  readonly accountRules?: AccountRules | null;
  /** Tests do not wait. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

export function openPeople(deps: PeopleDeps): People {
  const accessLog = openAccessLog(deps.store, deps.clock);
  const parts = { ...deps, accessLog, passwords: openPasswords() };
  const entries = openEntries(parts);
  return {
    ...openSessions(parts),
    ...entries,
    signIn: openSignIn(parts),
    accounts: deps.accountRules == null ? null : openAccountSignIn(deps.accountRules, parts),
    accountLinks: deps.accountRules == null ? null : openAccountLinks(deps.accountRules.issuer, parts),
    factor: openSecondFactor(parts),
    own: openOwnAccount(parts),
    manage: openManagePeople({ ...parts, entries }),
    units: openUnits(parts),
    contentKeys: openContentKeys(deps.store, accessLog),
    accessLog,
  };
}
