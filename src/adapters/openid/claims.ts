/** What the provider's claims say of a person. Their names differ between providers; none is taken on trust for its form. */
import { LIMITS } from '../../kernel/limits.ts';
import type { AccountFacts } from '../../service/people/accounts.ts';

type Claims = Readonly<Record<string, unknown>>;
interface ClaimNames {
  readonly groupsClaim: string;
}

/** Some providers put names or groups into their UserInfo alone. */
export const needsMore = (claims: Claims, { groupsClaim }: ClaimNames): boolean =>
  valueAt(claims, groupsClaim) === undefined || nameOf(claims) === '';

export const accountFacts = (
  subject: string,
  claims: Claims,
  { groupsClaim }: ClaimNames,
): Omit<AccountFacts, 'idToken' | 'sid'> => ({
  subject,
  name: nameOf(claims),
  login: text(claims, 'preferred_username'),
  groups: [valueAt(claims, groupsClaim)]
    .flat()
    .filter((group) => typeof group === 'string')
    .slice(0, LIMITS.accountGroups),
});

const text = (claims: Claims, name: string): string => {
  const value = claims[name];
  return typeof value === 'string' ? value : '';
};

const nameOf = (claims: Claims): string =>
  text(claims, 'name') ||
  [text(claims, 'given_name'), text(claims, 'family_name')].filter((one) => one !== '').join(' ');

/** A claim of this very name (some are addresses, with points), else the points lead into objects. */
function valueAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const step of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Claims)[step];
  }
  return value;
}
