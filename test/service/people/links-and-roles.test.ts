/** What was given once, and what became of it since: links, roles of groups, delegations, sign-ins that were only begun. */
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { FORGET_OF_PLACE, FORGET_OLDEST, FORGET_OVER } from '../../../src/adapters/postgres/people/accounts.ts';
import { postgresPresence } from '../../../src/adapters/postgres/queries/presence.ts';
import { LIMITS } from '../../../src/kernel/limits.ts';
import { problem } from '../../../src/kernel/problems.ts';
import { ok, refuse } from '../../../src/kernel/result.ts';
import { uuidv7 } from '../../../src/kernel/uuid.ts';
import type { AccountProvider } from '../../../src/service/people/accounts.ts';
import { type Actor, operator } from '../../../src/service/people/person.ts';
import { STANDARD_SESSIONS } from '../../../src/service/people/sessions.ts';
import { ESEMPIO, PROVARIA } from '../../support/access-house.ts';
import { grant, openPeopleHouse, PASSWORD, visitor } from '../../support/people-house.ts';

const ISSUER = 'https://accessi.example.it';
const BROWSER = 'b'.repeat(43);
const RETURNS = 'http://localhost/entra/account/ritorno';
const who = { subject: '', groups: [] as string[] };
const provider: AccountProvider = {
  authorize: async ({ state }) => ok(`${ISSUER}/?state=${state}`),
  redeem: async () => ok({ ...who, name: 'Eva Altrove', login: 'eva', idToken: 'a.b.c', sid: null }),
  readLogout: async () => refuse(problem('account-refused')),
  leave: async () => null,
};
const groups = [
  { group: '/protocollo', ...grant(ESEMPIO.aoo, 'protocol') },
  { group: '/nodo', ...grant(null, 'administrator') },
];

describe('what was given once', async () => {
  const house = await openPeopleHouse(STANDARD_SESSIONS, { issuer: ISSUER, provider, groups });
  const { people, pool, clock } = house;
  afterAll(() => house.stop());
  const ofEsempio: Actor = { ...operator('Ada'), scope: ESEMPIO.aoo };
  const node = operator('nodo');
  const form = { name: '', login: '', password: 'un altro tetto di tegole', code: '' };
  const use = async (token: string) => {
    const done = await people.useEntry(token, form, visitor());
    return done.ok ? 'in' : done.problem.code;
  };
  const made = async (personId: string, by: Actor = node) => {
    const link = await people.manage.recoveryEntry(personId, false, by);
    if (!link.ok) throw new Error(link.problem.message);
    return link.value;
  };
  const versionOf = async (personId: string) => (await people.manage.personAndRoles(node, personId))?.version ?? 0;
  const byPassword = async (login: string) => {
    const done = await people.signIn({ login, password: PASSWORD, code: '' }, visitor());
    return done.ok ? people.openSession(done.value.token) : null;
  };
  const byAccount = async (subject: string, of: readonly string[]) => {
    Object.assign(who, { subject, groups: [...of] });
    const begun = await people.accounts?.begin('/', RETURNS, BROWSER, '192.0.2.7');
    if (!begun?.ok) throw new Error('nothing was begun');
    const done = await people.accounts?.finish(new URL(begun.value), BROWSER, visitor());
    return done?.ok ? people.openSession(done.value.signedIn.token) : null;
  };

  it('an entry link is void once a newer one was made, also of two that are made at once', async () => {
    const { personId } = await house.enter('nora.esempi', [grant(ESEMPIO.aoo, 'protocol')]);
    const [older, newer] = [await made(personId), await made(personId)];
    expect(await people.entry(older)).toBeNull();
    expect([await use(older), await use(newer)]).toEqual(['entry-unknown', 'in']);
    const several = await Promise.all(Array.from({ length: 5 }, () => made(personId)));
    const open = await Promise.all(several.map((token) => people.entry(token)));
    expect(open.filter((one) => one !== null)).toHaveLength(1);
  });

  it('an entry link is void once the person was disabled, and stays so', async () => {
    const { personId } = await house.enter('pio.modello', [grant(ESEMPIO.aoo, 'protocol')]);
    const link = await made(personId);
    const disable = async (isDisabled: boolean) =>
      people.manage.setDisabled(personId, await versionOf(personId), isDisabled, node);
    await disable(true);
    expect([await people.entry(link), await use(link)]).toEqual([null, 'entry-unknown']);
    await disable(false);
    expect([await people.entry(link), await use(link)]).toEqual([null, 'entry-unknown']);
  });

  it('an entry link of an office’s administrator is void once the person works elsewhere, too', async () => {
    const { personId } = await house.enter('lia.bozza', [grant(ESEMPIO.aoo, 'protocol')]);
    const [theirs, give] = [await made(personId, ofEsempio), grant(PROVARIA.aoo, 'head')];
    expect(await people.entry(theirs)).not.toBeNull();
    await people.manage.giveRole(personId, give, node);
    expect([await people.entry(theirs), await use(theirs)]).toEqual([null, 'entry-unknown']);
    // The word of the node's administrator goes as far as the person does.
    const nodes = await made(personId);
    await people.manage.giveRole(personId, grant(PROVARIA.aoo, 'auditor'), node);
    expect(await use(nodes)).toBe('in');
  });

  it('the link for the first administrator is void once somebody administers the node', async () => {
    const first = await people.issueEntry();
    expect(await people.entry(first)).not.toBeNull();
    const { personId } = await house.enter('ada.fittizi', [grant(null, 'administrator')]);
    expect([await people.entry(first), await use(first)]).toEqual([null, 'entry-unknown']);
    await people.manage.setDisabled(personId, await versionOf(personId), true, node);
  });

  it('what groups gave holds where their account signs in, and not by password', async () => {
    const { personId } = await house.enter('ugo.prova', [grant(ESEMPIO.aoo, 'auditor')]);
    await people.accountLinks?.linkAccount(personId, 'ugo-sub', node);
    const inside = await byAccount('ugo-sub', ['/protocollo', '/nodo']);
    expect([[...(inside?.roles ?? [])].sort(), inside?.ofNode]).toEqual([
      ['administrator', 'auditor', 'protocol'],
      true,
    ]);
    // The directory may have taken the groups away by now: nobody asks it at a sign-in by password.
    const outside = await byPassword('ugo.prova');
    expect([[...(outside?.roles ?? [])], outside?.ofNode]).toEqual([['auditor'], false]);
    // What a person gives besides holds everywhere.
    await people.manage.giveRole(personId, grant(ESEMPIO.aoo, 'protocol'), node);
    expect([...((await byPassword('ugo.prova'))?.roles ?? [])].sort()).toEqual(['auditor', 'protocol']);
    expect([...((await byAccount('ugo-sub', ['/nodo']))?.roles ?? [])].sort()).toEqual([
      'administrator',
      'auditor',
      'protocol',
    ]);
  });

  it('a delegation holds no longer than the person who gave it may enter', async () => {
    const unit = await people.units.addUnit(
      ESEMPIO.aoo,
      { name: 'Tributi', code: 'tributi', validFrom: '2020-01-01', validTo: '', successor: '' },
      node,
    );
    if (!unit.ok) throw new Error(unit.problem.message);
    const from = await house.enter('mario.prova', [grant(ESEMPIO.aoo, 'unit-head')]);
    const to = await house.enter('ida.saggi', [grant(ESEMPIO.aoo, 'unit-member')]);
    await people.units.setMember(ESEMPIO.aoo, unit.value.unitId, from.personId, true, node);
    const delegated = await people.own.delegate(
      from.caller,
      to.personId,
      { first: '2026-05-01', last: '2026-06-30' },
      '',
    );
    expect(delegated.ok).toBe(true);
    expect((await people.openSession(to.token))?.headOf).toEqual([unit.value.unitId]);
    await people.manage.setDisabled(from.personId, await versionOf(from.personId), true, node);
    const after = await people.openSession(to.token);
    expect([after?.units, after?.headOf]).toEqual([[], []]);
  });

  it('sign-ins that were begun are bounded: who floods pushes out his own', async () => {
    const begin = (address: string) => people.accounts?.begin('/', RETURNS, BROWSER, address);
    await pool.query(
      `insert into account_attempt (state_sha256, nonce, verifier, return_to, place, ends_at)
       select encode(sha256(n::text::bytea), 'hex'), 'n', 'v', '/', case when n <= 5000 then '198.51.100.9' else 'p' || n end,
              $1::timestamptz + interval '9 minutes' + n * interval '1 millisecond' from generate_series(1, 22000) n`,
      [clock.now()],
    );
    const mine = await begin('192.0.2.7');
    clock.forward(1);
    for (let n = 0; n < 3; n += 1) await begin('198.51.100.9');
    const count = async (where: string) =>
      Number((await pool.query(`select count(*) from account_attempt where ${where}`)).rows[0]?.count);
    expect(await count(`place = '198.51.100.9'`)).toBeLessThanOrEqual(LIMITS.accountAttemptsOfPlace);
    expect(await count('true')).toBeLessThanOrEqual(LIMITS.accountAttempts);
    if (!mine?.ok) throw new Error('nothing was begun');
    Object.assign(who, { subject: 'nuova-sub', groups: ['/protocollo'] });
    expect((await people.accounts?.finish(new URL(mine.value), BROWSER, visitor()))?.ok).toBe(true);

    // The service may not do this; the database does it by itself.
    const owner = new pg.Client({ connectionString: house.url });
    await owner.connect();
    await owner.query('vacuum analyze account_attempt');
    await owner.end();
    for (const [statement, values] of [
      [FORGET_OVER, [clock.now()]],
      [FORGET_OF_PLACE, ['198.51.100.9', 10]],
      [FORGET_OLDEST, [LIMITS.accountAttempts]],
    ] as const) {
      const { rows } = await pool.query(`explain ${statement}`, [...values]);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan, statement).toMatch(/Index (Only )?Scan|Bitmap Index Scan/);
      expect(plan, statement).not.toContain('Seq Scan');
    }
  });

  it('a page that is open before somebody else is not closed by its address', async () => {
    const presence = postgresPresence(pool);
    const [watcher, other] = [uuidv7(new Date()), uuidv7(new Date())];
    const page = { aoo: ESEMPIO.aoo, about: '2026/0000007', page: uuidv7(new Date()) };
    await presence.beat({ ...page, personId: watcher, name: 'Nora Esempi', isWriting: true });
    await presence.leave({ ...page, personId: other });
    expect(await presence.others(ESEMPIO.aoo, [page.about], other)).toHaveLength(1);
    await presence.leave({ ...page, personId: watcher });
    expect(await presence.others(ESEMPIO.aoo, [page.about], other)).toEqual([]);
  });
});
