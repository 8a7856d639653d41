import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problem } from '../../src/kernel/problems.ts';
import type { SegnaturaMessage } from '../../src/model/segnatura.ts';
import { type Council, type Councils, ESEMPIO, MITTENTE, PROVARIA, startCouncils, until } from './councils.ts';
import {
  envelope,
  goodOneAfter,
  nextNumber,
  PDF,
  protocolMail,
  protocolMessage,
  received,
  registrations,
  settled,
  written,
  xmlPart,
} from './mails.ts';

let councils: Councils;
let to: Council;
beforeAll(async () => {
  councils = await startCouncils();
  to = councils.provaria;
});
afterAll(() => councils.stop());

/** The answers to the third council about one of its numbers. */
const answersTo = (number: string): readonly SegnaturaMessage[] =>
  councils
    .answers(MITTENTE.address)
    .filter((message) => 'received' in message && message.received.identifier?.number === number);
const answered = (number: string, count = 1) =>
  until(`${count} answer(s) to ${number}`, () => answersTo(number).length >= count && answersTo(number));

describe('a message that arrives again', () => {
  it('with the same bytes is registered once, and answered again with the same number', async () => {
    const number = nextNumber();
    const mail = protocolMail(councils.sandbox, { to: PROVARIA, number });
    const first = await received(councils, to, mail);
    expect(first.action).toBe('register');
    const [answer] = await answered(number);
    await until('our own record of the answer', async () => {
      const exchange = await to.service.views.exchange(first.exchange ?? '');
      return exchange?.state === 'confirmed';
    });
    const second = await received(councils, to, mail, 2);
    expect(second).toMatchObject({ action: 'ignore', exchange: first.exchange });
    expect(second.inspection?.decision.codes).toEqual(['message-repeated']);
    expect(await answered(number, 2)).toEqual([answer, answer]);
    expect((await registrations(to, `Messaggio ${number}`)).length).toBe(1);
  });

  it('in a new envelope is registered once, and answered again', async () => {
    const number = nextNumber();
    const again = () => protocolMail(councils.sandbox, { to: PROVARIA, number });
    const first = await received(councils, to, again());
    await until('our own record of the answer', async () => {
      const exchange = await to.service.views.exchange(first.exchange ?? '');
      return exchange?.state === 'confirmed';
    });
    expect(await received(councils, to, again())).toMatchObject({ action: 'ignore', exchange: first.exchange });
    const answers = await answered(number, 2);
    expect(answers[1]).toEqual(answers[0]);
    expect((await registrations(to, `Messaggio ${number}`)).length).toBe(1);
  });

  it('many times at once is registered once', async () => {
    const number = nextNumber();
    const mails = Array.from({ length: 8 }, () => protocolMail(councils.sandbox, { to: PROVARIA, number }));
    for (const mail of mails) councils.sandbox.deliverRaw(PROVARIA.address, mail);
    const details = await Promise.all(mails.map((mail) => settled(to, mail)));
    expect(details.map(({ action }) => action).sort()).toEqual([...Array(7).fill('ignore'), 'register']);
    expect((await registrations(to, `Messaggio ${number}`)).length).toBe(1);
  });

  it('with the same identifier and other content goes to a person, who may register it too', async () => {
    const number = nextNumber();
    const first = await received(councils, to, protocolMail(councils.sandbox, { to: PROVARIA, number }));
    await answered(number);
    const again = () => protocolMail(councils.sandbox, { to: PROVARIA, number, subject: `Un altro oggetto ${number}` });
    const other = await received(councils, to, again());
    expect(other).toMatchObject({ action: 'operator', note: expect.stringContaining('stesso identificatore') });
    expect(other.inspection?.decision.codes).toEqual(['segnatura-conflict']);
    expect(other.exchange).not.toBe(first.exchange);
    expect(await registrations(to, `Un altro oggetto ${number}`)).toEqual([]);
    await goodOneAfter(councils, to);
    expect(answersTo(number).length).toBe(1);
    // It is recognised when it comes again, before and after the person has decided.
    expect(await received(councils, to, again())).toMatchObject({ action: 'ignore', exchange: other.exchange });
    const request = { exchangeId: other.exchange ?? '', given: null, answer: null, version: null };
    const call = { by: 'Anna Prova', client: 'test', idempotency: null };
    expect((await to.service.commands.register(to.office, request, call)).ok).toBe(true);
    await answered(number, 2);
    expect(await received(councils, to, again())).toMatchObject({ action: 'ignore', exchange: other.exchange });
    expect((await registrations(to, `Un altro oggetto ${number}`)).length).toBe(1);
    expect((await registrations(to, `Messaggio ${number}`)).length).toBe(1);
  });

  it('after a refusal, corrected, is registered', async () => {
    const number = nextNumber();
    const wrong = { algorithm: 'SHA-256', hex: '0'.repeat(64) };
    const bad = protocolMessage({ to: PROVARIA, number });
    const documents = bad.documents.map((document) => ({ ...document, digest: wrong }));
    const refused = await received(
      councils,
      to,
      protocolMail(councils.sandbox, { to: PROVARIA, number, change: { documents }, generation: '3.0.0' }),
    );
    expect(refused.action).toBe('exception');
    await answered(number);
    const mended = await received(
      councils,
      to,
      protocolMail(councils.sandbox, { to: PROVARIA, number, generation: '3.0.0' }),
    );
    expect(mended).toMatchObject({ action: 'register-flagged', exchange: refused.exchange });
    expect((await answered(number, 2)).map(({ kind }) => kind)).toEqual(['exception', 'confirmation']);
  });
});

describe('a message that cannot be trusted or read', () => {
  it('in an altered envelope is not certified and not registered', async () => {
    const number = nextNumber();
    const mail = Buffer.from(protocolMail(councils.sandbox, { to: PROVARIA, number }));
    const at = mail.indexOf('Content-Type: message/rfc822');
    mail[mail.indexOf('Subject:', at) + 10] = 0x58;
    const detail = await received(councils, to, mail);
    expect(detail).toMatchObject({ kind: 'ordinary-mail', action: 'operator' });
    expect(await to.service.views.exchange(detail.exchange ?? '')).toMatchObject({
      state: 'operator',
      ourNumber: null,
    });
    expect(detail.inspection?.pec).toMatchObject({ integrity: 'modified' });
    expect(detail.inspection?.decision.codes).toContain('pec-signature-modified');
    await goodOneAfter(councils, to);
    expect(await registrations(to, `Messaggio ${number}`)).toEqual([]);
    expect(answersTo(number)).toEqual([]);
  });

  it('with another document than the declared one gets an exception with the reason, which its sender correlates', async () => {
    const { esempio, sandbox } = councils;
    // The first council's own message gets lost; another one arrives with its number and a wrong digest.
    sandbox.misbehave({ action: { do: 'drop' }, kind: 'posta-certificata', to: PROVARIA.address, times: 1 });
    const sent = await esempio.service.send(esempio.office, {
      subject: 'Documento diverso',
      generation: '2013',
      confirmationRequested: true,
      classifications: [{ name: 'Prova', levels: ['1'] }],
      recipients: [
        {
          address: PROVARIA.address,
          correspondent: protocolMessage({ to: PROVARIA, number: '1' }).recipients[0] as never,
        },
      ],
      documents: [{ name: 'istanza.pdf', mediaType: 'application/pdf', bytes: Buffer.from('%PDF') }],
    });
    if (!sent.ok) throw new Error(sent.problem.message);
    const { identifier, exchanges } = sent.value;
    const message = protocolMessage({ from: ESEMPIO, to: PROVARIA, number: identifier.number, change: { identifier } });
    const digest = { algorithm: 'SHA-256', hex: '0'.repeat(64) };
    const segnatura = written(
      { ...message, documents: message.documents.map((document) => ({ ...document, digest })) },
      '3.0.0',
    );
    const mail = envelope(sandbox, { from: ESEMPIO, to: PROVARIA, subject: 'Prova', parts: [xmlPart(segnatura), PDF] });
    const reason = problem('document-digest-differs', '', 'istanza.pdf').message;
    expect(await received(councils, to, mail)).toMatchObject({ action: 'exception' });
    const exchange = await until('the exception at the sender', async () => {
      const found = await esempio.service.views.exchange(exchanges[0]?.exchangeId ?? '');
      return found?.state === 'excepted' && found;
    });
    expect(exchange.events.find(({ type }) => type === 'exception')?.data).toMatchObject({ reason });
    const shown = await esempio.service.views.message(
      exchange.events.find(({ type }) => type === 'exception')?.message ?? '',
    );
    expect(shown).toMatchObject({ kind: 'exception', action: 'correlate', note: reason });
  });

  const UNREADABLE: readonly [string, string, string][] = [
    ['not well-formed', '<Segnatura><Intestazione></Segnatura>', 'xml-malformed'],
    ['another kind of XML', '<FatturaElettronica/>', 'xml-unknown-root'],
    [
      'without an identifier',
      '<Segnatura versione="1.0"><Intestazione/><Descrizione/></Segnatura>',
      'segnatura-no-identifier',
    ],
    [
      'with an external entity',
      '<!DOCTYPE Segnatura [<!ENTITY x SYSTEM "file:///etc/passwd">]><Segnatura>&x;</Segnatura>',
      'xml-doctype-internal',
    ],
    [
      'an entity bomb',
      `<!DOCTYPE Segnatura [<!ENTITY a "aaaaaaaaaa">${'bcdefghi'.replace(/./g, (letter) => `<!ENTITY ${letter} "${`&${String.fromCharCode(letter.charCodeAt(0) - 1)};`.repeat(10)}">`)}]><Segnatura>&i;</Segnatura>`,
      'xml-doctype-internal',
    ],
    ['an entity nobody declared and nothing else', '<Segnatura>&x;</Segnatura>', 'segnatura-no-identifier'],
    ['50 MB', `<Segnatura>${'<!-- prova -->'.repeat(3_571_428)}</Segnatura>`, 'xml-too-large'],
  ];
  it.each(UNREADABLE)(
    'with a segnatura %s waits for a person, and the sender is told nothing',
    async (_, xml, code) => {
      const before = councils.answers(MITTENTE.address).length;
      const mail = envelope(councils.sandbox, { to: PROVARIA, subject: 'Illeggibile', parts: [xmlPart(xml), PDF] });
      const detail = await received(councils, to, mail);
      expect(detail).toMatchObject({ kind: 'plain-pec', action: 'operator' });
      expect(detail.inspection?.decision.codes).toEqual(expect.arrayContaining([code, 'segnatura-unusable']));
      expect(detail.inspection?.decision.codes).not.toContain('segnatura-absent');
      expect(detail.inspection?.decision.reasons.join()).not.toContain('root:');
      await goodOneAfter(councils, to);
      const answers = councils.answers(MITTENTE.address).slice(before);
      expect(answers.filter(({ kind }) => kind === 'exception')).toEqual([]);
    },
  );
});
