import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPool } from '../../src/adapters/postgres/database/pool.ts';
import { indexImports } from '../../src/adapters/postgres/index/imports.ts';
import type { Confirmation } from '../../src/model/segnatura.ts';
import { ordinaryMessage } from '../../src/sandbox/craft.ts';
import { importIndex } from '../../src/service/index/import-index.ts';
import {
  type Council,
  type Councils,
  ESEMPIO,
  type Facts,
  MITTENTE,
  PROVARIA,
  startCouncils,
  TERZA,
  until,
} from './councils.ts';
import { BY, done, inState, openTasks, refusal, registrationsOf } from './flows.ts';
import { envelope, fresh, PDF, received, TEXT } from './mails.ts';

/** The certified mailbox of a company, which is not in the index. */
const FIRM: Facts = { ...TERZA, administration: '-', code: '-', name: 'Esempio Srl', address: TERZA.address };

const HEADER =
  'Codice_IPA,Denominazione_ente,Codice_fiscale_ente,Codice_uni_aoo,Denominazione_aoo,Data_istituzione,Codice_comune_ISTAT,Codice_catastale_comune,CAP,Indirizzo,Telefono,Mail1,Tipo_Mail1,Data_aggiornamento,cod_aoo';
const row = ({ administration, name, code, address }: Facts): string =>
  `${administration},${name},00000000001,${code},Protocollo,2010-01-01,999001,Z901,00001,Piazza 1,0,${address},Pec,2020-01-07,${code}`;

let councils: Councils;
let to: Council;
beforeAll(async () => {
  councils = await startCouncils({
    more: [],
    sandbox: {
      mailboxes: [ESEMPIO, PROVARIA, MITTENTE, FIRM].map(({ address }) => ({ address, password: 'segreta' })),
    },
    change: async (own) => ({
      ...own,
      plainMail: [
        { subject: 'scia', from: `@${domain(FIRM)}`, office: 'Sportello unico', classification: 'VIII.1' },
        { subject: 'accesso agli atti', office: 'Relazioni col pubblico' },
      ],
    }),
  });
  to = councils.provaria;
  const pool = openPool(to.database.url, 'test index', 2);
  async function* bytes() {
    yield Buffer.from(`${[HEADER, row(MITTENTE), row(ESEMPIO)].join('\n')}\n`);
  }
  const request = { origin: 'test', bytes: bytes(), asOf: '2026-01-01', shrinkLimit: 1 };
  const brought = await importIndex(request, { index: indexImports(pool), clock: { now: () => new Date() } });
  await pool.end();
  if (!brought.ok || brought.value.outcome !== 'applied') throw new Error(JSON.stringify(brought));
});
afterAll(() => councils?.stop());

function domain({ address }: Facts): string {
  return address.slice(address.indexOf('@') + 1);
}

const plain = (from: Facts, subject: string, messageId = `<${fresh('m')}@${domain(from)}>`) =>
  received(councils, to, envelope(councils.sandbox, { from, to: PROVARIA, subject, messageId, parts: [TEXT, PDF] }));
const answered = (id: string) =>
  inState(to, id, 'confirmed', 'receipt-sent', 'receipt-accettazione', 'receipt-avvenuta-consegna');
/** The mail that answered a subject, as the sender reads it. */
const answerTo = (address: string, subject: string) =>
  until(`the answer to ${subject}`, () =>
    councils.sandbox
      .mails(address)
      .map(({ bytes }) => bytes.toString('latin1').replace(/\r\n[ \t]+/g, ' '))
      .find((text) => text.includes('X-Trasporto: posta-certificata') && text.includes(subject)),
  );

describe('a certified message without a segnatura', () => {
  it('is registered, assigned and classified by a rule of the office, and its sender told by plain mail', async () => {
    const subject = fresh('SCIA edilizia');
    const mail = await plain(FIRM, subject);
    expect(mail).toMatchObject({ kind: 'plain-pec', action: 'register' });
    const exchange = await answered(mail.exchange ?? '');
    expect(exchange.outbox).toMatchObject([{ purpose: 'receipt', recipient: FIRM.address, state: 'sent' }]);
    const { items } = await to.service.views.registrations({ aoo: null, cursor: null, limit: 50 });
    const registered = await to.service.views.registration(items.find((item) => item.subject === subject)?.id ?? '');
    expect(registered).toMatchObject({
      office: 'Sportello unico',
      classification: 'VIII.1',
      correspondent: FIRM.address,
      documents: [
        { role: 'primary', mediaType: 'message/rfc822' },
        { role: 'attachment', name: TEXT.name },
        { role: 'attachment', name: PDF.name },
      ],
    });
    const receipt = await answerTo(FIRM.address, subject);
    expect(receipt).toContain('Ricevuta di protocollazione');
    expect(receipt).not.toContain('Conferma.xml');
  });

  it('from a body of the index gets a receipt with a confirmation that its system can read', async () => {
    const subject = fresh('Richiesta di accesso agli atti');
    const messageId = `<${fresh('m')}@${domain(MITTENTE)}>`;
    const mail = await plain(MITTENTE, subject, messageId);
    const exchange = await answered(mail.exchange ?? '');
    const confirmation = await until('the confirmation', () =>
      councils
        .readings(MITTENTE.address)
        .find(({ message }) => message?.kind === 'confirmation' && message.received.identifier?.number === messageId),
    );
    const { identifier, received: about } = confirmation.message as Confirmation;
    expect(confirmation).toMatchObject({ generation: '2001' });
    expect(about.identifier).toMatchObject({ administration: 'COMUNICAZIONE', aoo: 'COMUNICAZIONE' });
    expect(`${identifier.number}/${identifier.date.slice(0, 4)}`).toBe(exchange.ourNumber);
    const { items } = await to.service.views.registrations({ aoo: null, cursor: null, limit: 50 });
    expect(items.find((item) => item.subject === subject)?.correspondent).toBe(MITTENTE.name);
  });

  it('is answered again when it comes again, and registered once', async () => {
    const subject = fresh('Seconda richiesta di accesso agli atti');
    const messageId = `<${fresh('m')}@${domain(FIRM)}>`;
    const first = await plain(FIRM, subject, messageId);
    await answered(first.exchange ?? '');
    const second = await plain(FIRM, subject, messageId);
    expect(second.exchange).toBe(first.exchange);
    expect((await registrationsOf(to, subject)).length).toBe(1);
  });

  it('under the Message-ID of another one is kept beside it, for a person, whatever differs', async () => {
    const subject = fresh('Terza richiesta di accesso agli atti');
    const messageId = `<${fresh('m')}@${domain(FIRM)}>`;
    const first = await plain(FIRM, subject, messageId);
    await answered(first.exchange ?? '');
    const others = [
      await plain(MITTENTE, subject, messageId),
      await plain(FIRM, `${subject} bis`, messageId),
      await received(
        councils,
        to,
        envelope(councils.sandbox, { from: FIRM, to: PROVARIA, subject, messageId, parts: [PDF, TEXT] }),
      ),
    ];
    for (const other of others) {
      expect(other.action).toBe('operator');
      await inState(to, other.exchange ?? '', 'operator');
    }
    expect(new Set([first, ...others].map(({ exchange }) => exchange)).size).toBe(4);
    expect((await registrationsOf(to, subject)).length).toBe(1);
  });

  it('that no rule matches is registered by a person with what the person knows', async () => {
    const subject = fresh('Domanda');
    const mail = await plain(FIRM, subject);
    expect(mail).toMatchObject({ kind: 'plain-pec', action: 'operator' });
    const waiting = await inState(to, mail.exchange ?? '', 'operator');
    expect(openTasks(waiting)).toEqual(['decide']);
    const wishes = { subject: `${subject}: contributo 2026`, office: 'Servizi sociali', classification: 'VII.12' };
    const request = { exchangeId: waiting.id, given: null, answer: null, version: waiting.version, ...wishes };
    await done(to.service.commands.register(to.office, request, BY));
    // Another person who saw the same version is too late.
    expect(await refusal(to.service.commands.register(to.office, request, BY))).toBe('version-conflict');
    const after = await answered(waiting.id);
    expect(openTasks(after)).toEqual([]);
    expect((await registrationsOf(to, wishes.subject)).length).toBe(1);
    expect(await answerTo(FIRM.address, subject)).toContain('Ricevuta di protocollazione');
  });

  it('can be refused by a person: the sender learns why, and nothing is registered', async () => {
    const subject = fresh('Fattura di altri');
    const mail = await plain(MITTENTE, subject);
    const reason = 'Destinata ad altro ente';
    const request = { exchangeId: mail.exchange ?? '', reason, version: null };
    await done(to.service.commands.refuse(to.office, request, BY));
    await inState(to, request.exchangeId, 'refused', 'exception-sent', 'receipt-avvenuta-consegna');
    const exception = await until('the exception', () =>
      councils.answers(MITTENTE.address).find((message) => message.kind === 'exception' && message.reason === reason),
    );
    expect(exception).toMatchObject({ identifier: null });
    expect(await registrationsOf(to, subject)).toEqual([]);
  });

  it('can be put aside: it is closed, neither registered nor answered', async () => {
    const subject = fresh('Pubblicità');
    const mail = await plain(FIRM, subject);
    const request = { exchangeId: mail.exchange ?? '', reason: 'Pubblicità', version: null, how: 'close' as const };
    await done(to.service.commands.setAside(to.office, request, BY));
    const closed = await inState(to, request.exchangeId, 'closed');
    expect([closed.outbox, openTasks(closed), await registrationsOf(to, subject)]).toEqual([[], [], []]);
  });
});

describe('ordinary mail', () => {
  it('waits for a person whatever the rules say; once registered, it is answered only on request', async () => {
    const subject = fresh('SCIA con accesso agli atti');
    const from = 'mario@posta.example.it';
    const bytes = ordinaryMessage({
      from,
      to: PROVARIA.address,
      subject,
      date: new Date(),
      messageId: `<${fresh('m')}@posta.example.it>`,
      parts: [TEXT],
    });
    await councils.sandbox.receiveOrdinary(PROVARIA.address, bytes);
    const [arrival] = await until('its arrival', async () => {
      const { items } = await to.service.views.messages({ aoo: null, cursor: null, limit: 20 });
      const found = items.filter((item) => item.kind === 'anomaly' && item.subject?.includes(subject));
      return found.length > 0 && found;
    });
    const waiting = await inState(to, arrival?.exchange ?? '', 'operator');
    expect(openTasks(waiting)).toEqual(['decide']);
    const request = { exchangeId: waiting.id, given: null, answer: null, version: null, subject };
    await done(to.service.commands.register(to.office, request, BY));
    expect((await inState(to, waiting.id, 'registered')).outbox).toEqual([]);
    await done(to.service.commands.confirm(to.office, { exchangeId: waiting.id, version: null }, BY));
    // Ordinary mail brings no delivery receipt to wait for.
    const answer = await inState(to, waiting.id, 'confirmed', 'receipt-sent', 'receipt-accettazione');
    expect(answer).toMatchObject({ awaits: null, outbox: [{ purpose: 'receipt', recipient: from }] });
    expect((await registrationsOf(to, subject)).length).toBe(1);
  });
});

describe('an office that wrote from a webmail', () => {
  it('gets a confirmation that matches no registration: it is kept and shown, with the receipts of that mail', async () => {
    const subject = fresh('Nota, accesso agli atti');
    const messageId = `<${fresh('m')}@${domain(ESEMPIO)}>`;
    const mail = await plain(ESEMPIO, subject, messageId);
    await answered(mail.exchange ?? '');
    const { esempio } = councils;
    const task = await until('the confirmation on the list', async () => {
      const { items } = await esempio.service.views.tasks({ aoo: null, cursor: null, limit: 50 });
      return items.find(({ code, sentence }) => code === 'answer-unmatched' && sentence.includes(subject));
    });
    expect(await esempio.service.views.message(task.message ?? '')).toMatchObject({
      kind: 'confirmation',
      action: 'operator',
      exchange: null,
    });
    await done(esempio.service.commands.closeTask(esempio.office, { taskId: task.id, outcome: 'Letto' }, BY));
    expect(await esempio.service.views.task(task.id)).toMatchObject({ closedBy: BY.by, outcome: 'Letto' });
  });
});
