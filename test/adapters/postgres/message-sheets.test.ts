/** The screen of a message: who may open it. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresMessageSheets } from '../../../src/adapters/postgres/queries/message-sheets.ts';
import type { Reader } from '../../../src/service/people/rights.ts';
import type { MessageSheets } from '../../../src/service/queries/message-sheets.ts';
import { type House, office, openHouse } from './support.ts';

const ESEMPIO = office('c_esempio', 'AESEMP1');
const PROVARIA = office('c_provaria', 'APROVA1');
const PERSON = '00000000-0000-7000-8000-000000000001';
const CLERK: Reader = { all: true, reserved: false, personId: PERSON, units: [] };
const HEAD: Reader = { ...CLERK, reserved: true };
const MEMBER: Reader = { ...CLERK, all: false };
const uuid = (n: number): string => `00000000-0000-0000-0000-${n.toString(16).padStart(12, '0')}`;

let house: House;
let sheets: MessageSheets;

beforeAll(async () => {
  house = await openHouse([ESEMPIO, PROVARIA]);
  sheets = postgresMessageSheets(house.pool);
  const owner = new pg.Client({ connectionString: house.database.url });
  await owner.connect();
  const run = (sql: string) => owner.query(sql.replaceAll('$1', `'${ESEMPIO.aoo}'`));
  const id = `lpad(to_hex(n), 32, '0')::uuid`;
  await run(`insert into registration (aoo, register, year, number, direction, registered_at, date, time, subject, sender,
      recipients, flags)
    select $1, 'PROT', 2026, n, case n when 1 then 'outgoing' else 'incoming' end, now(), current_date, '10:00:00', 'A tutti',
      '{"name": "Noi"}', '[]', '[]' from generate_series(1, 3) n`);
  await run(`insert into exchange (aoo, exchange_id, direction, identity, content, state, version, generation, peer_address,
      peer, subject, register, year, number, created_at, updated_at)
    select $1, ${id}, 'outgoing', n::text, '', case when n % 1000 = 0 then 'failed' when n % 2 = 0 then 'confirmed' else 'delivered' end,
      1, '2013', 'a' || n || '@pec.example.it', jsonb_build_object('name', 'Ente ' || n), 'A tutti', 'PROT', 2026, 1, now(), now()
    from generate_series(1, 10000) n`);
  await run(`insert into exchange_event (aoo, exchange_id, version, type, once, at, data, seq)
    select $1, ${id}, 1, 'message-sent', 'x', timestamptz '2026-11-30 09:11:00Z', '{}', n from generate_series(1, 10000) n`);
  await run(`insert into exchange (aoo, exchange_id, direction, identity, content, state, version, generation, peer_address,
      subject, register, year, number, created_at, updated_at)
    select $1, ${id}, 'incoming', 'i' || n, '', 'confirmed', 1, '2013', 'x@pec.example.it', 'Arrivo', 'PROT', 2026, n - 20000,
      now(), now() from generate_series(20002, 20003) n`);
  await run(`insert into exchange (aoo, exchange_id, direction, identity, content, state, version, generation, peer_address,
      subject, created_at, updated_at) values ($1, '${uuid(30_000)}', 'incoming', 'y', '', 'operator', 1, '2013',
      'x@pec.example.it', 'Da decidere', now(), now())`);
  await run(`insert into registration_reserved (aoo, register, year, number, reserved_at, reserved_by)
    values ($1, 'PROT', 2026, 3, now(), 'prova')`);
  await owner.query('analyze');
  await owner.end();
});
afterAll(() => house?.close());

describe('a message', () => {
  it('is opened by whoever may read it, and by nobody else', async () => {
    const opens = async (aoo: typeof ESEMPIO.aoo, n: number, reader: Reader) =>
      (await sheets.exchange(aoo, uuid(n), reader))?.exchange.id ?? null;
    expect(await opens(ESEMPIO.aoo, 20_002, CLERK)).toBe(uuid(20_002));
    expect(await opens(ESEMPIO.aoo, 30_000, CLERK)).toBe(uuid(30_000));
    // Another office's, what is reserved, what is assigned to somebody else or not registered yet.
    expect(await opens(PROVARIA.aoo, 20_002, HEAD)).toBeNull();
    expect(await opens(ESEMPIO.aoo, 20_003, CLERK)).toBeNull();
    expect(await opens(ESEMPIO.aoo, 20_003, HEAD)).toBe(uuid(20_003));
    expect(await opens(ESEMPIO.aoo, 20_002, MEMBER)).toBeNull();
    expect(await opens(ESEMPIO.aoo, 30_000, MEMBER)).toBeNull();
    expect(await sheets.exchange(ESEMPIO.aoo, 'no uuid', HEAD)).toBeNull();
  });

  it('says of a registration whether its openings are logged', async () => {
    const key = (number: number) => ({ register: 'PROT', year: 2026, number });
    expect(await sheets.registration(ESEMPIO.aoo, key(2), CLERK)).toMatchObject({ reserved: false, annulled: false });
    expect(await sheets.registration(ESEMPIO.aoo, key(3), CLERK)).toBeNull();
    expect(await sheets.registration(ESEMPIO.aoo, key(3), HEAD)).toMatchObject({ reserved: true });
  });
});
