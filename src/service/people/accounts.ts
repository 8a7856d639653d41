/** The accounts of the body's own directory (OpenID Connect): what is asked of their provider, and what is kept of them. */
import type { AooId, Sha256 } from '../../kernel/ids.ts';
import type { Result } from '../../kernel/result.ts';
import type { Grant } from './person.ts';
import type { NewPerson } from './store.ts';

/** Who is in this group has this role. */
export interface GroupGrant extends Grant {
  readonly group: string;
}

/** What a sign-in that has begun asked for, and what its answer must fit. */
export interface AccountQuestion {
  readonly state: string;
  readonly nonce: string;
  /** Of PKCE: only who began can redeem the code. */
  readonly verifier: string;
}

/** What the provider vouches for. */
export interface AccountFacts {
  /** Never given to anybody else by this provider; names and addresses may be. */
  readonly subject: string;
  readonly name: string;
  /** As the provider calls the person; '' where it does not say. */
  readonly login: string;
  readonly groups: readonly string[];
  /** Wanted back when the person leaves. */
  readonly idToken: string;
  /** The provider's name of the session there; null: it gives none. */
  readonly sid: string | null;
}

/** The provider says that this account, or this one session of it, has left. At least one of both is named. */
export interface AccountLogout {
  readonly subject: string | null;
  readonly sid: string | null;
  readonly tokenId: string;
  /** It is refused by its age after that. */
  readonly until: Date;
}

export interface AccountProvider {
  /** Where the browser is sent to sign in. */
  authorize(question: AccountQuestion, redirectUri: string): Promise<Result<string>>;
  /** `answer`: the address, with its query, at which the browser came back. */
  redeem(question: AccountQuestion, answer: URL): Promise<Result<AccountFacts>>;
  readLogout(token: string): Promise<Result<AccountLogout>>;
  /** Where the browser is sent to leave there, too; null: the provider has no such place, or does not answer. */
  leave(idToken: string | null, back: string): Promise<string | null>;
}

/** A sign-in that has begun. */
export interface AccountAttempt {
  readonly nonce: string;
  readonly verifier: string;
  readonly returnTo: string;
}

export interface NewAttempt extends AccountAttempt {
  readonly key: Sha256;
  /** Whence it was begun. */
  readonly place: string;
  readonly endsAt: Date;
}

export interface LinkedAccount {
  readonly issuer: string;
  readonly subject: string;
  readonly linkedAt: Date;
}

export interface AccountStore {
  /** Forgets those that are over. Beyond `most` of all, or `mostOfPlace` of this place, the oldest go. */
  beginAttempt(attempt: NewAttempt, now: Date, most: number, mostOfPlace: number): Promise<void>;
  /** Each can be taken once. */
  takeAttempt(key: Sha256, now: Date): Promise<AccountAttempt | null>;
  personOfAccount(issuer: string, subject: string): Promise<string | null>;
  /** Both or neither. */
  createPersonOfAccount(person: NewPerson, issuer: string, subject: string): Promise<'made' | 'login-taken' | 'linked'>;
  /** False: the account is somebody's already. */
  linkAccount(issuer: string, subject: string, personId: string, at: Date): Promise<boolean>;
  unlinkAccount(issuer: string, subject: string, personId: string): Promise<boolean>;
  /**
   * Ends the sessions that the account opened: the named one, or all where none is named. One whose name is not known ends with
   * those of its account. Null: this token was here before, and nothing is done.
   */
  endSessionsOfAccount(
    token: Sha256,
    until: Date,
    account: { readonly issuer: string; readonly subject: string | null; readonly sid: string | null },
  ): Promise<readonly { readonly personId: string; readonly name: string; readonly ended: number }[] | null>;
  accountsOf(personId: string): Promise<readonly LinkedAccount[]>;
}

/** What the groups of a person give; each once. */
export function grantsOf(groups: readonly string[], mapped: readonly GroupGrant[]): readonly Grant[] {
  const own = new Set(groups);
  const grants = new Map<string, Grant>();
  for (const { group, aoo, role } of mapped) if (own.has(group)) grants.set(grantKey({ aoo, role }), { aoo, role });
  return [...grants.values()];
}

export const grantKey = ({ aoo, role }: Grant): string => `${aoo ?? '-'} ${role}`;

/** The offices, and the node, that some grants concern. */
export const placesOfGrants = (grants: readonly Grant[]): readonly (AooId | null)[] => [
  ...new Set(grants.map(({ aoo }) => aoo)),
];
