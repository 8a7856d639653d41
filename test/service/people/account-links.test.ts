import { afterAll, describe, expect, it } from 'vitest';
import { problem } from '../../../src/kernel/problems.ts';
import { ok, refuse } from '../../../src/kernel/result.ts';
import type { AccountProvider } from '../../../src/service/people/accounts.ts';
import { type Actor, operator } from '../../../src/service/people/person.ts';
import { STANDARD_SESSIONS } from '../../../src/service/people/sessions.ts';
import { ESEMPIO, PROVARIA } from '../../support/access-house.ts';
import { grant, openPeopleHouse, PASSWORD, visitor } from '../../support/people-house.ts';

const ISSUER = 'https://accessi.example.it';
const BROWSER = 'b'.repeat(43);

/** Lets in whoever is named, with these groups; the protocol has tests of its own. */
const who = { subject: '', groups: [] as string[] };
const provider: AccountProvider = {
  authorize: async ({ state }) => ok(`${ISSUER}/?state=${state}`),
  redeem: async () => ok({ ...who, name: 'Eva Altrove', login: 'eva', idToken: 'a.b.c', sid: null }),
  readLogout: async () => refuse(problem('account-refused')),
  leave: async () => null,
};
const groups = [
  { group: '/esempio', ...grant(ESEMPIO.aoo, 'protocol') },
  { group: '/provaria', ...grant(PROVARIA.aoo, 'head') },
];

describe('accounts of the body that are linked to persons', async () => {
  const house = await openPeopleHouse(STANDARD_SESSIONS, { issuer: ISSUER, provider, groups });
  const { people } = house;
  afterAll(() => house.stop());
  const { accountLinks, accounts } = people;
  if (accountLinks === null || accounts === null) throw new Error('there are no accounts');

  async function comesIn(subject: string, of: readonly string[]) {
    Object.assign(who, { subject, groups: [...of] });
    const begun = await accounts?.begin('/', 'http://localhost/entra/account/ritorno', BROWSER, '192.0.2.7');
    if (!begun?.ok) throw new Error('nothing was begun');
    const done = await accounts?.finish(new URL(begun.value), BROWSER, visitor());
    return done?.ok ? people.openSession(done.value.signedIn.token) : null;
  }
  const byPassword = async (login: string) => {
    const done = await people.signIn({ login, password: PASSWORD, code: '' }, visitor());
    return done.ok ? people.openSession(done.value.token) : null;
  };
  const ofEsempio: Actor = { ...operator('Ada'), scope: ESEMPIO.aoo };

  it('are linked by who administers the node alone: an office could wait there for another one’s roles', async () => {
    const puppet = await house.enter('fantoccio', [grant(ESEMPIO.aoo, 'protocol')]);
    // Whoever administers Esempio chose its password, and knows the subject of somebody who heads Provaria.
    expect((await accountLinks.linkAccount(puppet.personId, 'eva-sub', ofEsempio)).ok).toBe(false);
    const eva = await comesIn('eva-sub', ['/provaria']);
    expect(eva?.personId).not.toBe(puppet.personId);
    expect((await people.workplaces((await byPassword('fantoccio')) ?? puppet.caller)).map(({ aoo }) => aoo)).toEqual([
      ESEMPIO.aoo,
    ]);
    expect((await accountLinks.linkAccount(puppet.personId, 'altra-sub', operator('nodo'))).ok).toBe(true);
    expect(await accountLinks.linkedAccounts(puppet.personId, ofEsempio)).toEqual([]);
  });

  it('leave no role of their groups behind when they are unlinked', async () => {
    const lia = await house.enter('lia.bozza', [grant(ESEMPIO.aoo, 'auditor')]);
    await accountLinks.linkAccount(lia.personId, 'lia-sub', operator('nodo'));
    expect([...((await comesIn('lia-sub', ['/esempio', '/provaria']))?.roles ?? [])].sort()).toEqual([
      'auditor',
      'protocol',
    ]);
    await accountLinks.unlinkAccount(lia.personId, { issuer: ISSUER, subject: 'lia-sub' }, operator('nodo'));
    // Nothing would ever ask the groups again.
    expect([...((await byPassword('lia.bozza'))?.roles ?? [])]).toEqual(['auditor']);
    const { rows } = await house.pool.query(`select data->>'role' as role from access_log where what = 'role-taken'
      and person_id = '${lia.personId}' order by role`);
    expect(rows.map(({ role }) => role)).toEqual(['head', 'protocol']);
  });
});
