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

  /** Sends from the first council to the second, and returns what the second makes of it. */
  const outcomeOf = async (subject: string) => {
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
    const id = sent.value.exchanges[0]?.exchangeId ?? '';
    return until(`the end of ${subject}`, async () => {
      const exchange = await esempio.service.views.exchange(id);
      const incoming = await arrived(subject);
      if (incoming?.state !== 'operator' && exchange?.state !== 'confirmed') return null;
      const { items } = await provaria.service.views.registrations({ aoo: null, cursor: null, limit: 50 });
      const found = items.find((item) => item.subject === subject);
      const [event] = incoming?.events ?? [];
      const codes = found?.flags ?? (event?.data as { codes: readonly string[] } | undefined)?.codes ?? [];
      return {
        registered: found !== undefined,
        from: found?.certifiedAddress,
        flags: codes.filter((code) => /^sender-(unknown|ceased|address-not-in-index)$/.test(code)),
      };
    });
  };
  const arrived = async (subject: string) => {
    const { items } = await councils.provaria.service.views.exchanges({ aoo: null, cursor: null, limit: 50 });
    const found = items.find((item) => item.subject === subject);
    return found === undefined ? null : councils.provaria.service.views.exchange(found.id);
  };
  const flagged = (...flags: readonly string[]) => ({ registered: true, from: ESEMPIO.address, flags });

  it('is registered with a flag for each difference, and by a person where its address is not its own', async () => {
    expect(await outcomeOf('vuoto')).toEqual(flagged());
    await bring('2026-01-01', OTHER);
    expect(await outcomeOf('codici ignoti')).toEqual({
      registered: false,
      from: undefined,
      flags: ['sender-unknown', 'sender-address-not-in-index'],
    });
    await bring('2026-01-02', OTHER, aoo('AESEMP1', ESEMPIO.address));
    expect(await outcomeOf('concorde')).toEqual(flagged());
    await bring('2026-01-03', OTHER, aoo('AESEMP1', 'nuova@pec.esempio.example.it'));
    expect(await outcomeOf('altro indirizzo')).toMatchObject({
      registered: false,
      flags: ['sender-address-not-in-index'],
    });
    const { items } = await councils.provaria.service.views.tasks({ aoo: null, cursor: null, limit: 50 });
    const task = items.find(({ sentence }) => sentence.includes(`${ESEMPIO.address}, c_esempio/AESEMP1`));
    expect(task).toMatchObject({ code: 'decide', peer: `Comune di Esempio <${ESEMPIO.address}>` });
    const mailbox = { field: 'mailbox', value: ESEMPIO.address, validFrom: '2026-01-03', validTo: null } as const;
    const parts = { entries: indexEntries(pool), layer: indexLayer(pool), clock, node: 'prova' };
    const layer = { body: 'c_esempio', aoo: 'AESEMP1', changes: [mailbox], author: 'Regione', reason: 'Prova' };
    expect(await setLayer(layer, parts)).toMatchObject({ ok: true });
    expect(await outcomeOf('indirizzo della regione')).toEqual(flagged());
    await bring('2026-01-04', OTHER);
    expect(await outcomeOf('cessata')).toEqual(flagged('sender-ceased'));
  });
});
