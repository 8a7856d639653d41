import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPool } from '../../src/adapters/postgres/database/pool.ts';
import { indexEntries } from '../../src/adapters/postgres/index/entries.ts';
import { indexLayer } from '../../src/adapters/postgres/index/layer.ts';
import { postgresStore } from '../../src/adapters/postgres/store.ts';
import type { SegnaturaMessage } from '../../src/model/segnatura.ts';
import { setLayer } from '../../src/service/index/layer.ts';
import { retryMails } from '../../src/service/intake/retry-mails.ts';
import { type Councils, ESEMPIO, type Facts, MITTENTE, PROVARIA, startCouncils, until } from './councils.ts';
import { aooRow, bringIndex } from './index-rows.ts';
import { envelope, fresh, nextNumber, protocolMail, protocolMessage, received, written, xmlPart } from './mails.ts';

const clock = { now: () => new Date() };
/** Another certified mailbox of the third council. The second council writes its codes and is not it. */
const ELSEWHERE = { ...MITTENTE, address: 'segreteria@pec.mittente.example.it' } as Facts;

describe('an answer from an address that was not written to', () => {
  let councils: Councils;
  let pool: pg.Pool;
  beforeAll(async () => {
    councils = await startCouncils();
    pool = openPool(councils.esempio.database.url, 'interpro test strangers', 2);
    await bringIndex(pool, '2026-01-01', [aooRow(MITTENTE), aooRow(PROVARIA)]);
  });
  afterAll(async () => {
    await pool?.end();
    await councils?.stop();
  });

  const sent = async () => {
    const { esempio } = councils;
    const [recipient] = protocolMessage({ to: MITTENTE, number: '1' }).recipients;
    if (recipient === undefined) throw new Error('no recipient');
    const result = await esempio.service.send(esempio.office, {
      subject: fresh('Richiesta'),
      generation: '2013',
      confirmationRequested: true,
      classifications: [],
      recipients: [{ address: MITTENTE.address, correspondent: recipient }],
      documents: [{ name: 'a.pdf', mediaType: 'application/pdf', bytes: Buffer.from('%PDF') }],
    });
    if (!result.ok) throw new Error(result.problem.message);
    const id = result.value.exchanges[0]?.exchangeId ?? '';
    await until('the delivery', async () => (await seen(id))?.state === 'delivered');
    return { id, identifier: result.value.identifier };
  };
  const seen = (id: string) => councils.esempio.service.views.exchange(id);
  const answer = (from: Facts, message: SegnaturaMessage, name = 'Conferma.xml') => {
    const parts = [xmlPart(written(message, '2013'), name)];
    return received(
      councils,
      councils.esempio,
      envelope(councils.sandbox, { from, to: ESEMPIO, subject: name, parts }),
    );
  };
  const theirs = () => protocolMessage({ to: ESEMPIO, number: nextNumber() }).identifier;
  const about = (identifier: ReturnType<typeof theirs>) => ({ identifier, firstRegistration: null, description: null });
  const learnt = () =>
    councils.esempio.rows<{ what: string }>(`select what from index_observation where what like 'confirms-%'`);

  it.each(['confirmation', 'update', 'exception'] as const)('is not believed, whatever it says: %s', async (kind) => {
    const { id, identifier } = await sent();
    const before = await seen(id);
    expect(before?.awaits).toBe('confirmation');
    const taught = await learnt();
    const message =
      kind === 'exception'
        ? ({ kind, identifier: null, received: about(identifier), reason: 'Non dovuto' } as const)
        : ({ kind, identifier: theirs(), received: about(identifier) } as const);
    const forged = await answer(PROVARIA, message, kind === 'exception' ? 'Eccezione.xml' : 'Conferma.xml');
    expect(forged).toMatchObject({ action: 'operator', exchange: null });
    const after = await seen(id);
    expect(after).toMatchObject({
      state: 'delivered',
      peerNumber: null,
      awaits: 'confirmation',
      dueAt: before?.dueAt,
      version: before?.version,
      tasks: [{ code: 'answer-of-another', message: forged.id, closedAt: null }],
    });
    expect(after?.tasks[0]?.sentence).toContain(PROVARIA.address);
    expect(await learnt()).toEqual(taught);
  });

  it('counts where the index gives it to that AOO, also after a person has put it there', async () => {
    const { id, identifier } = await sent();
    const number = theirs();
    const early = await answer(ELSEWHERE, { kind: 'confirmation', identifier: number, received: about(identifier) });
    expect(early).toMatchObject({ action: 'operator', exchange: null });
    const mailbox = { field: 'mailbox', value: ELSEWHERE.address, validFrom: '2026-01-01', validTo: null } as const;
    const parts = { entries: indexEntries(pool), layer: indexLayer(pool), clock, node: 'prova' };
    const { administration: body, code: aoo } = MITTENTE;
    const layer = { body, aoo, changes: [mailbox], author: 'Regione', reason: 'Prova' };
    expect(await setLayer(layer, parts)).toMatchObject({ ok: true });
    const { office } = councils.esempio;
    const deps = { store: postgresStore(pool), clock };
    expect(await retryMails(office, [early.id], deps)).toEqual([early.id]);
    await until('the confirmation', async () => (await seen(id))?.state === 'confirmed');
    expect(await seen(id)).toMatchObject({ peerNumber: expect.stringContaining(number.number), awaits: null });
    await until('what it teaches', async () => (await learnt()).length === 1);

    // The same address of the same AOO for the exception of another message; for a message to another AOO it is nobody's.
    const next = await sent();
    const exception = { kind: 'exception', identifier: null, received: about(next.identifier), reason: 'No' } as const;
    expect(await answer(ELSEWHERE, exception, 'Eccezione.xml')).toMatchObject({
      action: 'correlate',
      exchange: next.id,
    });
  });

  it('annuls nothing, unless the index gives it to that AOO', async () => {
    const { administration: body } = PROVARIA;
    const message = protocolMail(councils.sandbox, { to: ESEMPIO, from: PROVARIA, number: nextNumber() });
    const first = await received(councils, councils.esempio, message);
    const identifier = (
      await councils.esempio.rows<{ it: ReturnType<typeof theirs> }>(
        'select peer_identifier as it from exchange where exchange_id = $1',
        first.exchange,
      )
    )[0]?.it;
    if (identifier === undefined) throw new Error('no identifier');
    expect(identifier.administration).toBe(body);
    const annulment = { kind: 'annulment', identifier, reason: 'Errore', provision: 'Atto 1' } as const;
    const forged = await answer(MITTENTE, annulment, 'Annullamento.xml');
    expect(forged).toMatchObject({ action: 'operator', exchange: null });
    const found = await seen(first.exchange ?? '');
    expect(found?.state).not.toBe('annulled');
    expect(found?.tasks.map(({ code }) => code)).toContain('answer-of-another');
    const others = { ...PROVARIA, address: 'altra@pec.provaria.example.it' } as Facts;
    await bringIndex(pool, '2026-01-02', [aooRow(MITTENTE), aooRow(others)]);
    expect(await answer(others, annulment, 'Annullamento.xml')).toMatchObject({ exchange: first.exchange });
    expect(await seen(first.exchange ?? '')).toMatchObject({ state: 'annulled' });
  });

  it('gets no answer of ours, unless the index gives it to the AOO that asks for it', async () => {
    const asking = async (replyTo: string) => {
      const message = { to: ESEMPIO, from: PROVARIA, number: nextNumber(), change: { replyTo } };
      const { exchange } = await received(councils, councils.esempio, protocolMail(councils.sandbox, message));
      const found = await seen(exchange ?? '');
      const flags = (await councils.esempio.service.views.registration(found?.registration ?? ''))?.flags;
      const isIgnored = flags?.includes('reply-address-ignored');
      return found?.outbox.map(({ purpose, recipient }) => `${purpose} ${recipient}${isIgnored ? ', flagged' : ''}`);
    };
    await bringIndex(pool, '2026-01-03', [aooRow(MITTENTE), aooRow(PROVARIA)]);
    // Somebody else's, though the index knows whose it is.
    expect(await asking(MITTENTE.address)).toEqual([`confirmation ${PROVARIA.address}, flagged`]);
    const mailbox = {
      field: 'mailbox',
      value: 'risposte@pec.provaria.example.it',
      validFrom: '2026-01-01',
      validTo: null,
    } as const;
    expect(await asking(mailbox.value)).toEqual([`confirmation ${PROVARIA.address}, flagged`]);
    const parts = { entries: indexEntries(pool), layer: indexLayer(pool), clock, node: 'prova' };
    const { administration: body, code: aoo } = PROVARIA;
    const layer = { body, aoo, changes: [mailbox], author: 'Regione', reason: 'Prova' };
    expect(await setLayer(layer, parts)).toMatchObject({ ok: true });
    expect(await asking(mailbox.value)).toEqual([`confirmation ${mailbox.value}`]);
    expect(await asking(PROVARIA.address.toUpperCase())).toEqual([`confirmation ${PROVARIA.address}`]);
  });

  it('in an envelope that is certified for others only is named, and nothing happens by itself', async () => {
    const { id, identifier } = await sent();
    const confirmation = { kind: 'confirmation', identifier: theirs(), received: about(identifier) } as const;
    const parts = [xmlPart(written(confirmation, '2013'), 'Conferma.xml')];
    const elsewhere = envelope(councils.sandbox, { from: MITTENTE, to: PROVARIA, subject: 'Conferma', parts });
    const others = expect.stringContaining(PROVARIA.address);
    expect(await received(councils, councils.esempio, elsewhere)).toMatchObject({
      action: 'operator',
      exchange: null,
      note: others,
    });
    expect(await seen(id)).toMatchObject({ state: 'delivered', peerNumber: null });
    const message = protocolMail(councils.sandbox, { to: ESEMPIO, number: nextNumber() }, { to: PROVARIA });
    const kept = await received(councils, councils.esempio, message);
    expect(kept).toMatchObject({ kind: 'protocol-message', action: 'operator' });
    expect(await seen(kept.exchange ?? '')).toMatchObject({
      state: 'operator',
      tasks: [{ code: 'decide', sentence: others }],
    });
  });
});
