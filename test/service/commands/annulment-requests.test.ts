/** Clerks ask for an annulment, the head decides, each once; and notes. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/kernel/digest.ts';
import { annulRegistration } from '../../../src/service/commands/annul.ts';
import { askAnnulment, decideAnnulment } from '../../../src/service/commands/annulment-requests.ts';
import { noteRegistration } from '../../../src/service/commands/note.ts';
import type { RegistrationKey } from '../../../src/service/register/changes.ts';
import type { Call } from '../../../src/service/register/idempotent-command.ts';
import { AT, type House, office, openHouse, register } from '../../adapters/postgres/support.ts';

const ESEMPIO = office('c_esempio', 'AESEMP1');
const NORA = { by: 'Nora Esempi', client: `person:${randomUUID()}` };
const LIA = { by: 'Lia Bozza', client: `person:${randomUUID()}` };
const HEAD = { by: 'Pio Modello', client: `person:${randomUUID()}` };
const calling = (who: Omit<Call, 'idempotency'>, key: string = randomUUID()): Call => ({
  ...who,
  idempotency: { key, digest: sha256(key) },
});

let house: House;
let key: RegistrationKey;
beforeAll(async () => {
  house = await openHouse([ESEMPIO]);
});
beforeEach(async () => {
  const { register: name, year, number } = await register(house.store, ESEMPIO, AT);
  key = { register: name, year, number };
});
afterAll(() => house?.close());

const deps = () => ({ store: house.store, clock: { now: () => AT } });
const ask = (call: Call, reason = 'Registrata due volte') =>
  askAnnulment(ESEMPIO, { registration: key, reason }, call, deps());
const asked = async (call: Call = calling(NORA)): Promise<string> => {
  const answer = await ask(call);
  if (!answer.ok) throw new Error(answer.problem.message);
  return answer.value.requestId;
};
const decide = (requestId: string, provision: string | null, call: Call = calling(HEAD)) =>
  decideAnnulment(
    ESEMPIO,
    provision === null ? { requestId, provision, reason: 'Non è una doppione' } : { requestId, provision },
    call,
    deps(),
  );
const rows = async (sql: string) =>
  (
    await house.pool.query(`${sql} where aoo = $1 and register = $2 and year = $3 and number = $4`, [
      ESEMPIO.aoo,
      key.register,
      key.year,
      key.number,
    ])
  ).rows;
const audited = async (action: string) => {
  const { rows: found } = await house.pool.query<{ content: string }>(
    'select content from audit where aoo = $1 order by seq',
    [ESEMPIO.aoo],
  );
  return found
    .map(({ content }) => JSON.parse(content) as { action: string; subject: string; data: Record<string, unknown> })
    .filter((one) => one.action === action && one.subject === `PROT/${key.year}/${key.number}`);
};

describe('a request for annulment', () => {
  it('is made once, by whoever is first: the second is told who', async () => {
    const [one, other] = await Promise.all([ask(calling(NORA)), ask(calling(LIA))]);
    const [made, refused] = one.ok ? [one, other] : [other, one];
    expect(made.ok).toBe(true);
    expect(refused).toMatchObject({ ok: false, problem: { code: 'annulment-requested' } });
    const first = one.ok ? NORA.by : LIA.by;
    expect(refused.ok ? '' : refused.problem.message).toContain(first);
    expect(await rows('select asked_by, outcome from annulment_request')).toEqual([{ asked_by: first, outcome: null }]);
    expect(await audited('annulment-asked')).toMatchObject([{ data: { by: first, reason: 'Registrata due volte' } }]);
  });

  it('sent again under its key is the same request', async () => {
    const call = calling(NORA);
    expect(await asked(call)).toBe(await asked(call));
    expect(await rows('select request_id from annulment_request')).toHaveLength(1);
  });

  it('is accepted by a provision, which annuls once however often it is decided', async () => {
    const requestId = await asked();
    const answers = await Promise.all([decide(requestId, 'Provv. 12/2026'), decide(requestId, 'Provv. 13/2026')]);
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(answers.find(({ ok }) => !ok)).toMatchObject({ problem: { code: 'annulment-decided' } });
    const [annulled] = await rows('select reason, provision, by from registration_annulment');
    expect(annulled).toMatchObject({ reason: 'Registrata due volte', by: HEAD.by });
    expect(await rows('select outcome, answer, decided_by, decided_by_person from annulment_request')).toEqual([
      {
        outcome: 'accepted',
        answer: annulled.provision,
        decided_by: HEAD.by,
        decided_by_person: HEAD.client.slice('person:'.length),
      },
    ]);
    expect(await audited('annulled')).toMatchObject([{ data: { by: HEAD.by } }]);
    expect(await ask(calling(LIA))).toMatchObject({ problem: { code: 'registration-annulled' } });
  });

  it('is refused with the reason, and may be made anew', async () => {
    const requestId = await asked();
    expect(await decide(requestId, null)).toMatchObject({ ok: true, value: { annulled: null } });
    expect(await rows('select by from registration_annulment')).toEqual([]);
    expect(await audited('annulment-refused')).toMatchObject([{ data: { by: HEAD.by } }]);
    expect(await decide(requestId, 'Provv. 12/2026')).toMatchObject({ problem: { code: 'annulment-decided' } });
    expect(await asked(calling(LIA))).not.toBe(requestId);
  });

  it('is answered by an annulment that came another way', async () => {
    await asked();
    const request = { registration: key, reason: 'Errore', provision: 'Provv. 7/2026' };
    expect((await annulRegistration(ESEMPIO, request, calling(HEAD), deps())).ok).toBe(true);
    expect(await rows('select outcome, answer, decided_by from annulment_request')).toEqual([
      { outcome: 'accepted', answer: 'Provv. 7/2026', decided_by: HEAD.by },
    ]);
  });

  it('and its decision stand in the database for good', async () => {
    const requestId = await asked();
    const insert = `insert into annulment_request (aoo, request_id, register, year, number, asked_at, asked_by, reason)
      select aoo, gen_random_uuid(), register, year, number, now(), 'Altri', 'Altro' from annulment_request where request_id = $1`;
    await expect(house.pool.query(insert, [requestId])).rejects.toThrow('annulment_request_open');
    await decide(requestId, null);
    const again = `update annulment_request set answer = 'Altro' where request_id = $1`;
    await expect(house.pool.query(again, [requestId])).rejects.toThrow('is decided');
    await expect(
      house.pool.query(`update annulment_request set reason = 'Altro' where request_id = $1`, [requestId]),
    ).rejects.toThrow('permission denied');
    await expect(house.pool.query('delete from annulment_request')).rejects.toThrow('permission denied');
  });

  it('for what is not there is refused', async () => {
    key = { ...key, number: 9_999 };
    expect(await ask(calling(NORA))).toMatchObject({ problem: { code: 'not-found' } });
    expect(await decide(randomUUID(), 'Provv. 1/2026')).toMatchObject({ problem: { code: 'not-found' } });
  });
});

describe('a note', () => {
  it('stands beside its registration with author and time, and cannot be changed', async () => {
    const call = calling(LIA);
    const text = 'Manca la firma del segretario: chiesta per telefono.';
    for (const _ of [1, 2])
      expect((await noteRegistration(ESEMPIO, { registration: key, text }, call, deps())).ok).toBe(true);
    expect(await rows('select text, by, at from registration_note')).toEqual([{ text, by: LIA.by, at: AT }]);
    expect(await audited('noted')).toMatchObject([{ data: { by: LIA.by, sha256: sha256(text) } }]);
    await expect(house.pool.query(`update registration_note set text = ''`)).rejects.toThrow('permission denied');
    const nowhere = { registration: { ...key, number: 9_999 }, text };
    expect(await noteRegistration(ESEMPIO, nowhere, calling(LIA), deps())).toMatchObject({
      problem: { code: 'not-found' },
    });
  });
});
