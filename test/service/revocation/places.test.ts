import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { revocationListStore, revocationLookUp } from '../../../src/adapters/postgres/revocation/lists.ts';
import { LIMITS } from '../../../src/kernel/limits.ts';
import type { ChainCertificate } from '../../../src/model/revocation.ts';
import { leftOut } from '../../../src/service/revocation/left-out.ts';
import { type House, office, openHouse } from '../../adapters/postgres/support.ts';

const { revocationPoints: ALL, revocationPointsOfIssuer: OF_ONE } = LIMITS;
const AT = new Date('2026-03-02T12:00:00Z');
const later = (hours: number) => new Date(AT.getTime() + hours * 3_600_000);
const LARGE = 1;
const OTHER = 2;

/** A certificate of this authority that names this list. */
const naming = (issuer: number, list: number): ChainCertificate => ({
  issuer: issuer.toString(16).padStart(64, '0'),
  issuerName: `CA ${issuer}`,
  issuerCertificate: 'AAAA',
  serial: `${list}`,
  name: 'Gestore di prova',
  notAfter: Date.parse('2030-01-01'),
  points: [`http://crl.example.it/${issuer}/${list}.crl`],
});
const lists = (issuer: number, count: number, first = 0) =>
  Array.from({ length: count }, (_, n) => naming(issuer, first + n));

describe('places of lists', () => {
  let house: House;
  let warned: object[];
  beforeAll(async () => {
    house = await openHouse([office('c_esempio', 'AESEMP1')]);
  });
  afterAll(() => house.close());
  beforeEach(async () => {
    warned = [];
    await house.pool.query('delete from revocation_point');
  });
  const look = (certificates: readonly ChainCertificate[], at = AT) =>
    revocationLookUp(house.pool, { warn: (data) => warned.push(data) }).look(certificates, at);
  const held = async () => {
    const { rows } = await house.pool.query<{ name: string; count: number }>(
      'select issuer_name as name, count(*)::int as count from revocation_point group by 1',
    );
    return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
  };

  it('are not all for one authority, whether it names them one after the other or all at once', async () => {
    for (const one of lists(LARGE, OF_ONE + 8)) await look([one]);
    await look(lists(OTHER, 600));
    expect(await held()).toEqual({ 'CA 1': OF_ONE, 'CA 2': OF_ONE });
    await look([naming(3, 0)]);
    expect(await held()).toEqual({ 'CA 1': OF_ONE, 'CA 2': OF_ONE, 'CA 3': 1 });
  });

  it('are counted across pages that are looked up at the same time', async () => {
    const pages = Array.from({ length: 8 }, (_, page) => look(lists(LARGE, 20, page * 20)));
    await Promise.all(pages);
    expect(await held()).toEqual({ 'CA 1': OF_ONE });
  });

  it('are bounded for all authorities of one page', async () => {
    await look(Array.from({ length: 600 }, (_, issuer) => naming(issuer, 0)));
    expect(Object.keys(await held())).toHaveLength(ALL);
  });

  it('make room where all are taken: the least recently used, of the authority with most of them', async () => {
    await house.pool.query(
      `insert into revocation_point (issuer, url, issuer_name, issuer_certificate, learned_at, used_at, due_at)
       select $3, 'http://crl.example.it/old/' || n, 'CA 1', '', $2, $2::timestamptz - make_interval(days => n), $2
         from generate_series(1, $1::int) as n`,
      [ALL - 1, AT, naming(LARGE, 0).issuer],
    );
    await look([naming(OTHER, 0)], new Date('2020-01-01T00:00:00Z'));
    expect(warned).toEqual([]);
    await look(lists(3, 2));
    expect(await held()).toEqual({ 'CA 1': ALL - 3, 'CA 2': 1, 'CA 3': 2 });
    expect(warned).toEqual([
      { count: 2, dropped: [`http://crl.example.it/old/${ALL - 2}`, `http://crl.example.it/old/${ALL - 1}`] },
    ]);
    expect(leftOut(await revocationListStore(house.pool).status(), AT)).toEqual([
      'all 256 places are taken: lists make room for others',
    ]);
    expect(await revocationListStore(house.pool).forget(later(-24))).toBe(ALL - 3);
  });

  it('that were not taken are told: the log once a day, doctor for a month', async () => {
    const told = async (at: Date) => leftOut(await revocationListStore(house.pool).status(), at);
    await look([...lists(LARGE, OF_ONE), naming(OTHER, 0)]);
    expect(await told(AT)).toEqual([]);
    for (const hours of [0, 1, 23, 25]) await look([naming(LARGE, 900 + hours)], later(hours));
    expect(warned).toEqual([
      { authorities: ['CA 1'], places: OF_ONE },
      { authorities: ['CA 1'], places: OF_ONE },
    ]);
    expect(await told(later(26))).toEqual(['CA 1 names more than 32 lists: the others are not fetched']);
    expect(await told(later(24 * 40))).toEqual([]);
  });
});
