import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { witnessPlaces } from '../../src/config/witness-places.ts';
import { sendMessage } from '../../src/service/outgoing/send-message.ts';
import { OfficeStoppedError, recoverOffice } from '../../src/service/register/witness.ts';
import { checks, withSending, withWitness } from '../../src/wiring/cli.ts';
import type { Service } from '../../src/wiring/service.ts';
import { type Council, type Councils, PROVARIA, startCouncils } from './councils.ts';
import { inState, requestTo, send, WHOLE } from './flows.ts';

let councils: Councils;
beforeAll(async () => {
  councils = await startCouncils();
});
afterAll(() => councils?.stop());

/** One database becomes a copy of another. Sessions of services that have stopped may still be open for a moment. */
async function copy(of: Council, from: string, to: string): Promise<void> {
  const url = new URL(of.database.url);
  url.pathname = '/postgres';
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = any($1)', [[from, to]]);
    await client.query(`drop database if exists ${to} with (force)`);
    await client.query(`create database ${to} template ${from}`);
  } finally {
    await client.end();
  }
}

describe('a restored backup', () => {
  it('takes no number twice and believes no old confirmation: the office stops until a person lets it go on above', {
    timeout: 120_000,
  }, async () => {
    const { esempio, provaria } = councils;
    const { name } = esempio.database;
    const backup = `${name}_backup`;
    const { aoo } = esempio.office;
    const as = (service: Service): Council => ({ ...esempio, service });
    const confirmed = async (council: Council) => {
      const sent = await send(council, PROVARIA);
      await inState(council, sent.id, 'confirmed', ...WHOLE);
      return Number(sent.identifier.number);
    };
    expect(await confirmed(esempio)).toBe(1);
    await esempio.stopService(esempio.service);
    await copy(esempio, name, backup);

    const later = await esempio.another();
    for (const number of [2, 3, 4]) expect(await confirmed(as(later))).toBe(number);
    await esempio.stopService(later);
    await copy(esempio, backup, name);

    // The command line takes no number either, though no service has looked yet.
    const places = witnessPlaces(esempio.folder, null);
    const place = { databaseUrl: esempio.database.url, dataFolder: esempio.folder, node: 'prova', witness: places };
    await expect(withSending(place, (deps) => sendMessage(esempio.office, requestTo(PROVARIA), deps))).rejects.toThrow(
      OfficeStoppedError,
    );
    expect(await esempio.rows('select from registration')).toHaveLength(1);
    await expect(checks.registers(place.databaseUrl, [aoo], places)).rejects.toThrow(/PROT \d{4}: 2 to 4/);

    const restored = await esempio.another();
    const because = expect.stringMatching(/^mancano PROT \d{4}: da 2 a 4$/);
    await expect(send(as(restored), PROVARIA)).rejects.toThrow(OfficeStoppedError);
    expect((await restored.views.status()).stopped).toEqual([{ aoo, because }]);
    const { items } = await restored.views.tasks({ aoo, cursor: null, limit: 50 });
    expect(items.filter(({ code }) => code === 'register-behind')).toHaveLength(1);
    // Another process, and a second look, find it stopped as well.
    await esempio.stopService(await esempio.another());
    expect((await restored.views.tasks({ aoo, cursor: null, limit: 50 })).items.length).toBe(items.length);

    const recover = () =>
      withWitness({ ownerUrl: esempio.database.url, places }, (deps) =>
        recoverOffice(aoo, { by: 'prova', reason: 'Ripristino della copia di ieri' }, deps),
      );
    expect(await recover()).toMatchObject({ isBehind: true, lost: [{ register: 'PROT', from: 2, to: 4 }] });
    expect((await restored.views.status()).stopped).toEqual([]);
    expect(await confirmed(as(restored))).toBe(5);
    expect(await recover()).toMatchObject({ isBehind: false, lost: [] });
    expect((await restored.views.tasks({ aoo, cursor: null, limit: 50 })).items.map(({ code }) => code)).not.toContain(
      'register-behind',
    );

    // What was lost was sent and registered there once each; its confirmations confirm nothing here.
    const numbers = await esempio.rows<{ number: number; state: string }>(
      `select r.number, x.state from registration r join exchange x using (aoo, register, year, number) order by 1`,
    );
    expect(numbers.map(({ number, state }) => [Number(number), state])).toEqual([
      [1, 'confirmed'],
      [5, 'confirmed'],
    ]);
    const there = await provaria.rows<{ number: string }>(
      `select peer_identifier ->> 'number' as number from registration where direction = 'incoming' order by 1`,
    );
    expect(there.map(({ number }) => Number(number))).toEqual([1, 2, 3, 4, 5]);
    expect(await restored.views.verifyAudit()).toMatchObject([{ aoo, brokenAt: null, found: 0 }]);

    // The same backup once more: behind the recovery, too.
    await esempio.stopService(restored);
    await copy(esempio, backup, name);
    const again = await esempio.another();
    expect((await again.views.status()).stopped).toMatchObject([{ aoo }]);
    await recover();
    expect(await confirmed(as(again))).toBe(6);
  });
});
