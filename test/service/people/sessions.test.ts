import { afterAll, describe, expect, it } from 'vitest';
import { ESEMPIO } from '../../support/access-house.ts';
import { grant, openPeopleHouse, visitor } from '../../support/people-house.ts';

describe('how long a session lasts', async () => {
  const house = await openPeopleHouse({ idleMinutes: 5, hours: 1 });
  const { people, clock } = house;
  afterAll(() => house.stop());

  it('is what the configuration says without a request', async () => {
    const { token } = await house.enter('nora.esempi', [grant(ESEMPIO.aoo, 'protocol')]);
    clock.forward(4 * 60);
    expect(await people.openSession(token)).not.toBeNull();
    clock.forward(4 * 60);
    expect(await people.openSession(token)).not.toBeNull();
    clock.forward(5 * 60 + 1);
    expect(await people.openSession(token)).toBeNull();
  });

  it('is not longer for what a page asks by itself', async () => {
    const { token } = await house.enter('pio.modello', [grant(ESEMPIO.aoo, 'protocol')]);
    clock.forward(4 * 60);
    expect(await people.openSession(token, true)).not.toBeNull();
    clock.forward(61);
    expect(await people.openSession(token, true)).toBeNull();
  });

  it('is what the configuration says in any case', async () => {
    const { token, caller } = await house.enter('lia.bozza', [grant(ESEMPIO.aoo, 'protocol')]);
    for (let minute = 0; minute < 60; minute += 4) {
      expect(await people.openSession(token)).not.toBeNull();
      clock.forward(4 * 60);
    }
    expect(await people.openSession(token)).toBeNull();
    expect(await people.sessions(caller)).toEqual([]);
    const ended = await people.signOut(token, visitor());
    expect(ended).toMatchObject({ method: 'entry' });
  });
});
