/** An administrator's forms about persons: nothing typed is dropped without a word. */
import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { ESEMPIO } from '../../../support/access-house.ts';
import { openPeopleDesk } from '../../../support/people-desk.ts';
import { grant } from '../../../support/people-house.ts';

const PATH = '/amministrazione/persone';
const UNFIT = 'nora.esempi(at)example.it';

describe('persons', async () => {
  const desk = await openPeopleDesk();
  const { open, post, pool } = desk;
  afterAll(() => desk.stop());
  const administrator = await desk.enter('ugo.prova', [{ aoo: null, role: 'administrator' }]);
  const person = await desk.enter('nora.esempi', [grant(ESEMPIO.aoo, 'protocol')]);

  const sends = async (path: string, fields: Record<string, string>) => {
    const { page, token, cookies } = await open(path, { sessione: administrator.token });
    const version = /name="_versione" value="(\d+)"/.exec(page.body)?.[1] ?? '0';
    return post(path, { _csrf: token, _atto: randomUUID(), _versione: version, ...fields }, cookies);
  };
  const addresses = async (name: string) =>
    (await pool.query<{ address: string | null }>('select address from person where name = $1', [name])).rows;

  it.each([
    ['of somebody new', `${PATH}/nuova`, { nome: 'pio.modello' }],
    ['of somebody known', `${PATH}/${person.personId}`, {}],
  ])('have an address %s that is one, or none', async (_who, path, more) => {
    const typed = { ...more, persona: 'Pio Modello', indirizzo: UNFIT };
    const refused = await sends(path, typed);
    expect(refused.statusCode).toBe(422);
    expect(refused.body).toContain('href="#campo-indirizzo"');
    expect(refused.body).toContain(`value="${UNFIT}"`);
    expect(refused.body).toContain('value="Pio Modello"');
    expect(await addresses('Pio Modello')).toEqual([]);
  });

  it('keep the address that is well written', async () => {
    const saved = await sends(`${PATH}/${person.personId}`, {
      persona: 'Lia Bozza',
      indirizzo: 'lia.bozza@example.it',
    });
    expect(saved.statusCode).toBe(303);
    expect(await addresses('Lia Bozza')).toEqual([{ address: 'lia.bozza@example.it' }]);
  });
});
