import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPool } from '../../src/adapters/postgres/database/pool.ts';
import { indexEntries } from '../../src/adapters/postgres/index/entries.ts';
import { indexLayer } from '../../src/adapters/postgres/index/layer.ts';
import { setLayer } from '../../src/service/index/layer.ts';
import { type Councils, ESEMPIO, PROVARIA, startCouncils, until } from './councils.ts';
import { aooRow, bringIndex } from './index-rows.ts';
import { protocolMessage } from './mails.ts';

const clock = { now: () => new Date() };
const aoo = (code: string, address: string): string => aooRow({ ...ESEMPIO, code, address });
const OTHER = aoo('AALTRA1', 'altra@pec.esempio.example.it');

describe("a sender, compared with the recipient's index", () => {
  let councils: Councils;
  let pool: pg.Pool;
  beforeAll(async () => {
    councils = await startCouncils();
    pool = openPool(councils.provaria.database.url, 'interpro test sender', 2);
  });
  afterAll(async () => {
    await pool?.end();
    await councils?.stop();
  });

  const bring = (asOf: string, ...rows: readonly string[]): Promise<void> => bringIndex(pool, asOf, rows);

  /** Sends from the first council to the second, and returns the flags with which the second registers it. */
  const flagsOf = async (subject: string) => {
    const [correspondent] = protocolMessage({ to: PROVARIA, number: '1' }).recipients;
    if (correspondent === undefined) throw new Error('no recipient');
    const { esempio, provaria } = councils;
    const sent = await esempio.service.send(esempio.office, {
      subject,
      generation: '2013',
      confirmationRequested: true,
      classifications: [],
      recipients: [{ address: PROVARIA.address, correspondent }],
      documents: [{ name: 'a.txt', mediaType: 'text/plain', bytes: Buffer.from(subject) }],
    });
    if (!sent.ok) throw new Error(sent.problem.message);
    await until(`the confirmation of ${subject}`, async () => {
      const exchange = await esempio.service.views.exchange(sent.value.exchanges[0]?.exchangeId ?? '');
      return exchange?.state === 'confirmed';
    });
    const { items } = await provaria.service.views.registrations({ aoo: null, cursor: null, limit: 50 });
    const found = items.find((item) => item.subject === subject);
    return found?.flags.filter((code) => /^sender-(unknown|ceased|address-not-in-index)$/.test(code));
  };

  it('is registered and confirmed whatever the index says, with a flag for each difference', async () => {
    expect(await flagsOf('vuoto')).toEqual([]);
    await bring('2026-01-01', OTHER);
    expect(await flagsOf('codici ignoti')).toEqual(['sender-unknown']);
    await bring('2026-01-02', OTHER, aoo('AESEMP1', ESEMPIO.address));
    expect(await flagsOf('concorde')).toEqual([]);
    await bring('2026-01-03', OTHER, aoo('AESEMP1', 'nuova@pec.esempio.example.it'));
    expect(await flagsOf('altro indirizzo')).toEqual(['sender-address-not-in-index']);
    const mailbox = { field: 'mailbox', value: ESEMPIO.address, validFrom: '2026-01-03', validTo: null } as const;
    const parts = { entries: indexEntries(pool), layer: indexLayer(pool), clock, node: 'prova' };
    const layer = { body: 'c_esempio', aoo: 'AESEMP1', changes: [mailbox], author: 'Regione', reason: 'Prova' };
    expect(await setLayer(layer, parts)).toMatchObject({ ok: true });
    expect(await flagsOf('indirizzo della regione')).toEqual([]);
    await bring('2026-01-04', OTHER);
    expect(await flagsOf('cessata')).toEqual(['sender-ceased']);
  });
});
