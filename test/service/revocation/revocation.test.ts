import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Inspection } from '../../../src/domain/exchange/inspection.ts';
import { refreshNext } from '../../../src/service/revocation/refresh-lists.ts';
import { hasOpenssl } from '../../formats/cms/openssl.ts';
import { openRevocationHouse, type RevocationHouse } from './house.ts';

const DAYS = { from: '2026-03-02T06:00:00Z', to: '2026-03-04T06:00:00Z' };
const NOON = '2026-03-02T12:00:00Z';
const never = new AbortController().signal;

const said = (inspection: Inspection | undefined) => ({
  kind: inspection?.kind,
  status: inspection?.pec?.revocation?.status,
  today: inspection?.pec?.today,
  codes: inspection?.problems.flatMap(({ code }) => (code.startsWith('pec-certificate') ? [code] : [])),
});

describe.skipIf(!hasOpenssl)('revocation', () => {
  let house: RevocationHouse;
  const open: RevocationHouse[] = [];
  beforeEach(async () => {
    house = await openRevocationHouse(NOON);
    open.push(house);
  });
  afterEach(() => Promise.all(open.splice(0).map((one) => one.close())));

  /** Both lists, with these certificates on that of the providers. */
  const publish = (revoked: Parameters<RevocationHouse['list']>[0] = [], days = DAYS) => {
    house.served.set('/radice.crl', house.rootList([], days));
    house.served.set('/gestori.crl', house.list(revoked, days));
  };
  const provider = (at: string, reason?: string) => ({
    serial: house.serials.provider,
    at,
    ...(reason !== undefined && { reason }),
  });
  const points = async () => {
    const { rows } = await house.pool.query(
      `select split_part(url, '/', 4) as name, failures, last_error, entries, due_at, next_update from revocation_point order by url`,
    );
    return rows as {
      name: string;
      failures: number;
      last_error: string | null;
      entries: number | null;
      due_at: Date;
    }[];
  };

  it('is not known at first, which changes nothing; the lists are learned, fetched, and known from then on', async () => {
    publish();
    const [first] = await house.settle([house.envelope()]);
    expect(said(first)).toEqual({ kind: 'plain-pec', status: 'not-known', today: 'valid', codes: [] });
    expect((await points()).map(({ name }) => name)).toEqual(['gestori.crl', 'radice.crl']);
    expect(house.asked).toEqual([]);
    expect(await house.refresh()).toEqual([null, null]);
    const [second, ofReceipt] = await house.settle([house.envelope(), house.receipt()]);
    expect(said(second)).toEqual({ kind: 'plain-pec', status: 'good', today: 'valid', codes: [] });
    expect(second?.pec?.revocation).toEqual({ status: 'good', listedAt: '2026-03-02T06:00:00.000Z' });
    expect(said(ofReceipt)).toMatchObject({ kind: 'pec-receipt', status: 'good' });
    // Nothing is due yet.
    expect(await house.refresh()).toEqual([]);
    expect(house.asked.toSorted()).toEqual(['/gestori.crl', '/radice.crl']);
  });

  it('before the signature makes an envelope or a receipt prove nothing: a person has it', async () => {
    publish([provider('2026-03-02T09:00:00Z', 'keyCompromise')]);
    await house.settle([house.envelope()]);
    await house.refresh();
    const found = await house.settle([house.envelope(), house.receipt()]);
    for (const one of found) {
      expect(said(one)).toEqual({
        kind: 'ordinary-mail',
        status: 'revoked',
        today: 'revoked',
        codes: ['pec-certificate-revoked'],
      });
      expect(one.decision.action).toBe('operator');
    }
    expect(found[0]?.problems.find(({ code }) => code === 'pec-certificate-revoked')?.message).toBe(
      'Quando la busta è stata firmata, il certificato era già revocato: «Posta Certificata pec.mittente.example.it», dal 02/03/2026, ore 10:00:00 (chiave compromessa). La busta non prova nulla: chiedere conferma al mittente per altra via.',
    );
    const { rows } = await house.pool.query("select state from exchange where state = 'operator'");
    // The mail of before, when nothing was known, and these two.
    expect(rows).toHaveLength(3);
  });

  it('after the signature leaves the envelope sound, and says so', async () => {
    const signed = house.envelope();
    publish([provider('2026-03-02T13:00:00Z')]);
    await house.settle([house.envelope()]);
    house.time.at = new Date('2026-03-02T15:00:00Z');
    await house.refresh();
    const [found] = await house.settle([signed], { arrivedAt: '2026-03-02T12:00:30Z' });
    expect(said(found)).toEqual({
      kind: 'plain-pec',
      status: 'revoked',
      today: 'revoked',
      codes: ['pec-certificate-revoked-later'],
    });
    expect(found?.pec?.revocation).toMatchObject({ reason: 'unspecified', whenSigned: false });
    // The same bytes that come days later may have been made days later.
    house.time.at = new Date('2026-03-04T13:00:00Z');
    const [late] = await house.settle([signed]);
    expect(said(late)).toMatchObject({ kind: 'ordinary-mail', codes: ['pec-certificate-revoked'] });
  });

  it('of the authority in the middle is that of the provider', async () => {
    publish();
    house.served.set('/radice.crl', house.rootList([{ serial: house.middleSerial, at: '2026-03-01T00:00:00Z' }], DAYS));
    await house.settle([house.envelope()]);
    await house.refresh();
    const [found] = await house.settle([house.envelope()]);
    expect(said(found)).toMatchObject({ kind: 'ordinary-mail', status: 'revoked' });
  });

  it('of a seal takes its worth, and leaves the message registered', async () => {
    publish([{ serial: house.serials.seal, at: '2026-03-02T11:00:00Z' }]);
    const [unknown] = await house.settle([await house.sealed('2026-03-02T10:00:00Z')]);
    expect(unknown?.segnatura).toMatchObject({ seal: 'valid', sealRevocation: { status: 'not-known' } });
    await house.refresh();
    const before = await house.sealed('2026-03-02T10:30:00Z');
    const after = await house.sealed('2026-03-02T11:30:00Z');
    const [sound, broken] = await house.settle([before, after]);
    const codes = (one: Inspection | undefined) =>
      one?.segnatura?.problems.flatMap(({ code }) => (code.startsWith('seal-') ? [code] : []));
    expect(sound?.segnatura?.seal).toBe('valid');
    expect(codes(sound)).toEqual(['seal-certificate-revoked-later']);
    expect(broken?.segnatura).toMatchObject({ seal: 'untrusted', sealRevocation: { status: 'revoked' } });
    expect(codes(broken)).toEqual(['seal-certificate-revoked']);
    expect(broken?.decision).toMatchObject({ action: 'register-flagged' });
    expect(broken?.decision.codes).toContain('seal-certificate-revoked');
    expect(said(broken)).toMatchObject({ kind: 'protocol-message', status: 'good' });
  });

  it('is not looked at where it is off, and is not known again once the lists are too old', async () => {
    publish();
    const [off] = await house.settle([house.envelope()], { lists: null });
    expect(said(off)).toMatchObject({ kind: 'plain-pec', status: 'not-known' });
    expect(await points()).toEqual([]);
    await house.settle([house.envelope()]);
    await house.refresh();
    house.time.at = new Date('2026-03-04T06:00:00Z');
    const [late] = await house.settle([house.envelope()]);
    expect(said(late)).toEqual({ kind: 'plain-pec', status: 'not-known', today: 'valid', codes: [] });
  });

  it('is not known where the look-up fails through a fault of ours, and the mails go on', async () => {
    const broken = { look: () => Promise.reject(new TypeError('broken')) };
    const [found] = await house.settle([house.envelope()], { lists: broken });
    expect(said(found)).toMatchObject({ kind: 'plain-pec', status: 'not-known' });
  });

  describe('lists', () => {
    it('that cannot be had or believed leave what is held, and are tried again with growing pauses', async () => {
      publish([provider('2026-03-02T09:00:00Z')]);
      await house.settle([house.envelope()]);
      expect(await house.refresh()).toEqual([null, null]);
      const hour = (n: number) => new Date(Date.parse(NOON) + n * 3600_000);
      const forged = house.list([], DAYS);
      forged[forged.length - 9] = (forged.at(-9) ?? 0) ^ 1;
      const bad = new Map<string, Buffer>([
        ['its signature is not that of its issuer', forged],
        ['it is the list of another authority', house.rootList([], DAYS)],
        ['it is older than the one that is held', house.list([], { ...DAYS, from: '2026-03-02T05:59:00Z' })],
        ['it is no list of revoked certificates', Buffer.from('<html>Manutenzione</html>')],
        [
          'it was good until 2026-03-03T00:00:00.000Z only',
          house.list([], { from: DAYS.from, to: '2026-03-03T00:00:00Z' }),
        ],
      ]);
      const pauses: number[] = [];
      let at = hour(13);
      for (const [reason, bytes] of bad) {
        house.time.at = at;
        house.served.set('/gestori.crl', bytes);
        expect((await house.refresh())[0]).toBe(reason);
        const [ca] = await points();
        expect(ca).toMatchObject({ last_error: reason, failures: pauses.length + 1 });
        pauses.push(((ca?.due_at.getTime() ?? 0) - at.getTime()) / 60_000);
        at = ca?.due_at ?? at;
      }
      expect(pauses).toEqual([5, 10, 20, 40, 80]);
      const [still] = await house.settle([house.envelope()]);
      expect(said(still)).toMatchObject({ kind: 'ordinary-mail', status: 'revoked' });
      house.time.at = at;
      house.served.set('/gestori.crl', house.list([], { from: '2026-03-03T00:00:00Z', to: '2026-03-05T00:00:00Z' }));
      expect((await house.refresh())[0]).toBeNull();
      expect((await points())[0]).toMatchObject({ failures: 0, last_error: null, entries: 0 });
      // A list need not go on naming it for ever: what was revoked stays revoked.
      const [after] = await house.settle([house.envelope()]);
      expect(said(after)).toMatchObject({ status: 'revoked' });
    });

    it('end a suspension', async () => {
      publish([provider('2026-03-02T09:00:00Z', 'holdInstruction,holdInstructionNone')]);
      await house.settle([house.envelope()]);
      await house.refresh();
      const [held] = await house.settle([house.envelope()]);
      expect(held?.pec?.revocation).toMatchObject({ status: 'revoked', reason: 'hold' });
      house.time.at = new Date('2026-03-03T06:00:00Z');
      publish([], { from: '2026-03-03T00:00:00Z', to: '2026-03-05T00:00:00Z' });
      expect(await house.refresh()).toEqual([null, null]);
      const [free] = await house.settle([house.envelope()]);
      expect(said(free)).toMatchObject({ kind: 'plain-pec', status: 'good' });
    });

    it('are fetched by one process at a time; who has lost its lease writes nothing', async () => {
      publish([provider('2026-03-02T09:00:00Z')]);
      await house.settle([house.envelope()]);
      const at = house.time.at;
      const [mine, others] = await Promise.all([
        house.store.lease('uno', at, 9, 300),
        house.store.lease('due', at, 9, 300),
      ]);
      expect(mine.length + others.length).toBe(2);
      expect(await house.store.lease('tre', new Date(at.getTime() + 299_000), 9, 300)).toEqual([]);
      const [point] = await house.store.lease('tre', new Date(at.getTime() + 300_000), 1, 300);
      if (point === undefined) throw new Error('nothing leased');
      const list = { thisUpdate: at, nextUpdate: new Date('2026-03-05'), listedSha256: '', entries: null };
      expect(await house.store.save('uno', point, list, at, at)).toBe(false);
      await house.store.failed('due', point, 'late', at);
      expect((await points()).every(({ failures }) => failures === 0)).toBe(true);
      expect(await house.store.save('tre', point, list, at, at)).toBe(true);
    });

    it('of some size are kept whole, and looked up by their keys', async () => {
      const many = Array.from({ length: 30_000 }, (_, n) => ({
        serial: (0x10_0000 + n).toString(16),
        at: '2026-02-01T00:00:00Z',
      }));
      publish([...many, provider('2026-03-02T09:00:00Z')]);
      await house.settle([house.envelope()]);
      expect(await house.refresh()).toEqual([null, null]);
      expect((await points())[0]).toMatchObject({ entries: 30_001 });
      const [found] = await house.settle([house.envelope()]);
      expect(said(found)).toMatchObject({ status: 'revoked' });
      const { rows } = await house.pool.query<{ 'QUERY PLAN': string }>(
        `explain select r.revoked_at from jsonb_to_recordset('[]') as c (issuer text, url text, serial text)
           join revocation_point p on p.issuer = c.issuer and p.url = c.url
           left join revoked_certificate r on r.issuer = p.issuer and r.url = p.url and r.serial = c.serial`,
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toContain('Index Scan using revoked_certificate_pkey');
      expect(plan).not.toContain('Seq Scan on revoked_certificate');
    }, 60_000);

    it('stop being fetched with the service', async () => {
      await house.settle([house.envelope()]);
      house.served.set('/gestori.crl', () => undefined);
      house.served.set('/radice.crl', () => undefined);
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 50);
      expect(await refreshNext(house.refreshing, stop.signal)).toMatchObject({ failure: 'stopped' });
      expect((await points()).map(({ failures }) => failures)).toEqual([0, 0]);
      expect(await refreshNext(house.refreshing, never)).toMatchObject({ failure: 'the server is silent' });
    });
  });
});
