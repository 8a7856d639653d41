import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPool } from '../../src/adapters/postgres/database/pool.ts';
import { postgresVisura } from '../../src/adapters/postgres/queries/visura.ts';
import { legalTime } from '../../src/kernel/clock.ts';
import type { Generation } from '../../src/model/segnatura.ts';
import { type Asker, visura } from '../../src/service/queries/visura.ts';
import { type Council, type Councils, ESEMPIO, MITTENTE, PROVARIA, startCouncils } from './councils.ts';
import { envelope, nextNumber, protocolMail, protocolMessage, received, written, xmlPart } from './mails.ts';

let councils: Councils;
let to: Council;
let pool: pg.Pool;
beforeAll(async () => {
  councils = await startCouncils();
  to = councils.provaria;
  pool = openPool(to.database.url, 'interpro test', 2);
});
afterAll(async () => {
  await pool?.end();
  await councils?.stop();
});

const codesOf = ({ administration, code }: typeof MITTENTE) => ({ administration, aoo: code });
const SENDER: Asker = { codes: codesOf(MITTENTE), address: MITTENTE.address };
/** The person who acts for the office. */
const BY = { by: 'operatore', client: 'prova', idempotency: null };
const { year } = legalTime(new Date());

const ask = (number: string, asker = SENDER, change: { register?: string | null; year?: number } = {}) =>
  visura(
    to.office.aoo,
    asker,
    { ...codesOf(MITTENTE), register: 'PROT', year, number, ...change },
    postgresVisura(pool),
  );

async function arrive(number: string, generation: Generation = '2013', change = {}) {
  return received(councils, to, protocolMail(councils.sandbox, { to: PROVARIA, number, generation, change }));
}
/** A document with another digest than the declared one brings an exception. */
const wrongDigests = (number: string) => ({
  documents: protocolMessage({ to: PROVARIA, number }).documents.map((document) => ({
    ...document,
    digest: { algorithm: 'SHA-256', hex: '0'.repeat(64) },
  })),
});

async function registrationOf(number: string) {
  const [row] = await to.rows<{ number: string; date: string; time: string }>(
    `select number, date::text, time::text from registration where subject = $1`,
    `Messaggio ${number}`,
  );
  if (row === undefined) throw new Error(`${number} is not registered`);
  return row;
}

describe('visura', () => {
  it('tells a sender the number, date and state of its message', async () => {
    const number = nextNumber();
    await arrive(number);
    const row = await registrationOf(number);
    expect(await ask(number)).toEqual({
      state: 'registrato',
      sentence: 'Il messaggio è stato registrato.',
      receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/),
      registration: {
        register: 'PROT',
        year,
        number: row.number.padStart(7, '0'),
        date: row.date,
        time: row.time,
      },
      office: null,
      classification: null,
      reason: null,
      annulment: null,
    });
  });

  it('recognises who asks by codes, by address, or by both', async () => {
    const number = nextNumber();
    await arrive(number);
    for (const asker of [
      SENDER,
      { codes: SENDER.codes, address: null },
      { codes: null, address: MITTENTE.address },
      { codes: { administration: 'C_MITTENTE', aoo: 'amitte1' }, address: MITTENTE.address.toUpperCase() },
    ])
      expect(await ask(number, asker), JSON.stringify(asker)).toMatchObject({ state: 'registrato' });
  });

  it("tells nothing about somebody else's message, or an unknown one", async () => {
    const number = nextNumber();
    await arrive(number);
    for (const asker of [
      { codes: codesOf(ESEMPIO), address: ESEMPIO.address },
      { codes: codesOf(ESEMPIO), address: null },
      { codes: null, address: ESEMPIO.address },
      // The sender's codes from another address, and the reverse.
      { codes: codesOf(MITTENTE), address: ESEMPIO.address },
      { codes: codesOf(ESEMPIO), address: MITTENTE.address },
      { codes: { administration: MITTENTE.administration, aoo: ESEMPIO.code }, address: null },
      { codes: null, address: null },
    ])
      expect(await ask(number, asker), JSON.stringify(asker)).toBeNull();
    expect(await ask(nextNumber())).toBeNull();
    expect(await ask(number, SENDER, { register: 'ALTRO' })).toBeNull();
    expect(await ask(number, SENDER, { year: year - 1 })).toBeNull();
    for (const wrong of ['', '1 or 1=1', '9'.repeat(500), '1|2']) expect(await ask(wrong)).toBeNull();
    expect(
      await visura(
        councils.esempio.office.aoo,
        SENDER,
        { ...codesOf(MITTENTE), register: 'PROT', year, number },
        postgresVisura(pool),
      ),
    ).toBeNull();
  });

  it('finds a message of a generation without registers, with or without leading zeros', async () => {
    const number = nextNumber();
    await arrive(number, '2009');
    for (const register of ['PROT', null])
      expect(await ask(`000${number}`, SENDER, { register })).toMatchObject({ state: 'registrato' });
  });

  it('tells the reason of a refusal', async () => {
    const number = nextNumber();
    const refused = await arrive(number, '3.0.0', wrongDigests(number));
    expect(refused.action).toBe('exception');
    const told = await ask(number);
    expect(told).toMatchObject({ state: 'rifiutato', registration: null, annulment: null });
    expect(told?.reason).toBe(refused.inspection?.decision.reasons.join('\n'));
    expect(told?.reason?.length).toBeGreaterThan(10);
  });

  it('tells that a message waits for a person, and then what the person decided', async () => {
    const { commands } = to.service;
    const decide = async (how: 'refuse' | 'close') => {
      const number = nextNumber();
      const left = await arrive(number, '2013', { operatorRequest: 'Da verificare' });
      expect(left.action).toBe('operator');
      expect(await ask(number)).toMatchObject({ state: 'in attesa', registration: null, reason: null });
      const request = { exchangeId: left.exchange ?? '', reason: 'Non di competenza', version: null };
      const done =
        how === 'refuse'
          ? await commands.refuse(to.office, request, BY)
          : await commands.setAside(to.office, { ...request, how }, BY);
      expect(done.ok).toBe(true);
      return ask(number);
    };
    expect(await decide('refuse')).toMatchObject({ state: 'rifiutato', reason: 'Non di competenza' });
    // The reason for putting it aside stays within the office.
    expect(await decide('close')).toMatchObject({ state: 'ricevuto', reason: null, registration: null });
  });

  it('tells when, why and by which provision a registration was annulled', async () => {
    const number = nextNumber();
    await arrive(number);
    const row = await registrationOf(number);
    const registration = { register: 'PROT', year, number: Number(row.number) };
    const request = { registration, reason: 'Registrato due volte', provision: 'Determina 7' };
    expect((await to.service.commands.annul(to.office, request, BY)).ok).toBe(true);
    expect(await ask(number)).toMatchObject({
      state: 'annullato',
      reason: 'Registrato due volte',
      registration: { number: row.number.padStart(7, '0') },
      annulment: { at: expect.stringMatching(/^\d{4}-.*Z$/), provision: 'Determina 7' },
    });
  });

  it("finds the asker's message, even if another sender used the identifier first", async () => {
    const number = nextNumber();
    await received(
      councils,
      to,
      protocolMail(
        councils.sandbox,
        { to: PROVARIA, number, change: { replyTo: PROVARIA.address } },
        { from: PROVARIA },
      ),
    );
    const mail = await received(
      councils,
      to,
      protocolMail(councils.sandbox, { to: PROVARIA, number, subject: 'Vero' }),
    );
    const request = { exchangeId: mail.exchange ?? '', given: null, answer: null, version: null };
    expect(await ask(number)).toMatchObject({ state: 'in attesa' });
    expect((await to.service.commands.register(to.office, request, BY)).ok).toBe(true);
    expect(await ask(number)).toMatchObject({ state: 'registrato' });
  });

  it('tells that the sender annulled its message', async () => {
    const number = nextNumber();
    await arrive(number);
    const { identifier } = protocolMessage({ to: PROVARIA, number });
    const annulment = {
      kind: 'annulment',
      identifier,
      reason: 'Inviato per errore',
      provision: 'Determina 1',
    } as const;
    const parts = [xmlPart(written(annulment, '2013'), 'Annullamento.xml')];
    await received(councils, to, envelope(councils.sandbox, { to: PROVARIA, subject: 'Annullamento', parts }));
    expect(await ask(number)).toMatchObject({
      state: 'annullato',
      reason: 'Inviato per errore',
      annulment: { provision: null },
    });
  });

  it('tells the present office and classification', async () => {
    const number = nextNumber();
    await arrive(number);
    const row = await registrationOf(number);
    const registration = { register: 'PROT', year, number: Number(row.number) };
    for (const change of [{ office: 'Anagrafe' }, { classification: 'I.15' }, { office: 'Tributi' }])
      expect((await to.service.commands.change(to.office, { registration, ...change }, BY)).ok).toBe(true);
    expect(await ask(number)).toMatchObject({ state: 'registrato', office: 'Tributi', classification: 'I.15' });
  });
});
