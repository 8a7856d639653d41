import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { legalTime } from '../../src/kernel/clock.ts';
import type { Generation, SegnaturaMessage } from '../../src/model/segnatura.ts';
import { type Council, type Councils, ESEMPIO, MITTENTE, PROVARIA, startCouncils, until } from './councils.ts';
import {
  envelope,
  fresh,
  nextNumber,
  protocolMail,
  protocolMessage,
  received,
  registrations,
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

describe('answers and annulments from other software', () => {
  const sent = async (subject: string) => {
    const { esempio } = councils;
    const [recipient] = protocolMessage({ to: MITTENTE, number: '1' }).recipients;
    if (recipient === undefined) throw new Error('no recipient');
    const result = await esempio.service.send(esempio.office, {
      subject,
      generation: '2013',
      confirmationRequested: true,
      classifications: [{ name: 'Prova', levels: ['1'] }],
      recipients: [{ address: MITTENTE.address, correspondent: recipient }],
      documents: [{ name: 'a.pdf', mediaType: 'application/pdf', bytes: Buffer.from('%PDF') }],
    });
    if (!result.ok) throw new Error(result.problem.message);
    const [exchange] = result.value.exchanges;
    return {
      identifier: result.value.identifier,
      id: exchange?.exchangeId ?? '',
      messageId: exchange?.messageId ?? '',
    };
  };
  const theirs = (number: string) => protocolMessage({ to: ESEMPIO, number }).identifier;
  const answer = (message: SegnaturaMessage, name: string, from = MITTENTE, generation: Generation = '2013') =>
    received(
      councils,
      councils.esempio,
      envelope(councils.sandbox, {
        from,
        to: ESEMPIO,
        subject: name,
        parts: [xmlPart(written(message, generation), name)],
      }),
    );
  const dated = (message: SegnaturaMessage, name: string, minutes: number) =>
    received(
      councils,
      councils.esempio,
      envelope(councils.sandbox, {
        ...{ from: MITTENTE, to: ESEMPIO, subject: name, parts: [xmlPart(written(message, '2013'), name)] },
        date: new Date(Date.now() - minutes * 60_000),
      }),
    );
  const about = (identifier: ReturnType<typeof theirs>) => ({ identifier, firstRegistration: null, description: null });

  it('a confirmation counts once, and a later exception is shown to a person', async () => {
    const { identifier, id } = await sent('Risposte in fila');
    const number = nextNumber();
    const confirmation = { kind: 'confirmation', identifier: theirs(number), received: about(identifier) } as const;
    expect(await answer(confirmation, 'Conferma.xml')).toMatchObject({ action: 'correlate', exchange: id });
    expect(await councils.esempio.service.views.exchange(id)).toMatchObject({
      state: 'confirmed',
      peerNumber: `${number}/${legalTime(new Date()).year}`,
    });
    // The same confirmation again changes nothing.
    await answer(confirmation, 'Conferma.xml');
    const events = (await councils.esempio.service.views.exchange(id))?.events ?? [];
    expect(events.filter(({ type }) => type === 'confirmation').length).toBe(1);
    const exception = {
      kind: 'exception',
      identifier: null,
      received: about(identifier),
      reason: 'Ripensamento',
    } as const;
    expect(await answer(exception, 'Eccezione.xml')).toMatchObject({ exchange: id, note: 'Ripensamento' });
    expect(await councils.esempio.service.views.exchange(id)).toMatchObject({
      state: 'excepted',
      peerNumber: `${number}/${legalTime(new Date()).year}`,
    });
  });

  it.each(['confirmation', 'update', 'exception', 'annulment'] as const)(
    'an answer that is older than our message is not its answer: %s',
    async (kind) => {
      const { identifier, id } = await sent('Numero già usato');
      const seen = () => councils.esempio.service.views.exchange(id);
      await until('the delivery', async () => (await seen())?.state === 'delivered');
      const number = theirs(nextNumber());
      if (kind === 'annulment') {
        const confirmation = { kind: 'confirmation', identifier: number, received: about(identifier) } as const;
        // Within what clocks may differ.
        expect(await dated(confirmation, 'Conferma.xml', 4)).toMatchObject({ action: 'correlate', exchange: id });
      }
      const before = await seen();
      const message = {
        confirmation: { kind: 'confirmation', identifier: number, received: about(identifier) },
        update: { kind: 'update', identifier: number, received: about(identifier) },
        exception: { kind: 'exception', identifier: null, received: about(identifier), reason: 'Vecchia' },
        annulment: { kind: 'annulment', identifier: number, reason: 'Vecchia', provision: 'Atto 1' },
      } as const;
      const early = await dated(message[kind], 'Risposta.xml', 6);
      expect(early).toMatchObject({ action: 'operator', exchange: null });
      const after = await seen();
      expect(after).toMatchObject({
        ...{ state: before?.state, peerNumber: before?.peerNumber, awaits: before?.awaits, dueAt: before?.dueAt },
        tasks: [{ code: 'answer-too-early', message: early.id, closedAt: null }],
      });
      expect(after?.events.filter(({ type }) => type === kind)).toHaveLength(0);
    },
  );

  it('an answer about an unknown registration, or from the wrong sender, goes to a person', async () => {
    const { identifier, id } = await sent('Risposta di altri');
    const nobody = { ...identifier, number: '0999999' };
    const unknown = await answer(
      { kind: 'confirmation', identifier: theirs(nextNumber()), received: about(nobody) },
      'Conferma.xml',
    );
    expect(unknown).toMatchObject({ action: 'operator', exchange: null });
    const elsewhere = await sent('Risposta da un altro indirizzo');
    const other = await answer(
      { kind: 'confirmation', identifier: theirs(nextNumber()), received: about(elsewhere.identifier) },
      'Conferma.xml',
      PROVARIA,
    );
    expect(other).toMatchObject({ action: 'operator', exchange: null });
    expect(other.note).toContain(`${PROVARIA.address}, si presenta come c_mittente/AMITTE1`);
    expect(await councils.esempio.service.views.exchange(elsewhere.id)).toMatchObject({
      state: expect.not.stringMatching('confirmed'),
      peerNumber: null,
      tasks: [{ code: 'answer-of-another', message: other.id }],
    });
    // Half of the addressee's codes is not the addressee: many AOOs are called alike, and a body has several.
    for (const change of [
      { administration: 'c_altro', aoo: 'AALTRO1' },
      { administration: 'c_altro' },
      { aoo: 'AALTRO1' },
    ]) {
      const stranger = { ...theirs(nextNumber()), ...change };
      const foreign = await answer(
        { kind: 'confirmation', identifier: stranger, received: about(identifier) },
        'Conferma.xml',
        PROVARIA,
      );
      expect(foreign).toMatchObject({ action: 'operator', exchange: null });
    }
    expect(await councils.esempio.service.views.exchange(id)).toMatchObject({ peerNumber: null });
  });

  it("a second confirmation with another number is shown; the addressee's own number stands", async () => {
    const { identifier, id } = await sent('Due numeri');
    const year = legalTime(new Date()).year;
    const [first, second, third] = [nextNumber(), nextNumber(), nextNumber()];
    const confirm = (number: string, from = MITTENTE) =>
      answer({ kind: 'confirmation', identifier: theirs(number), received: about(identifier) }, 'Conferma.xml', from);
    const seen = async () => {
      const found = await councils.esempio.service.views.exchange(id);
      return [
        found?.state,
        found?.peerNumber,
        found?.tasks.map(({ code, sentence }) => `${code} ${/\d{7}\/\d{4}.*\d{7}\/\d{4}/.exec(sentence)?.[0]}`),
      ];
    };
    await confirm(first);
    expect(await seen()).toEqual(['confirmed', `${first}/${year}`, []]);
    const contradiction = (from: string, to: string) => `contradiction ${from}/${year}, ora ${to}/${year}`;
    expect((await confirm(second)).note).toContain(second);
    expect(await seen()).toEqual(['confirmed', `${second}/${year}`, [contradiction(first, second)]]);
    // Anybody can write these codes: a person is told, and no number changes.
    expect((await confirm(third, PROVARIA)).action).toBe('operator');
    expect((await seen()).slice(0, 2)).toEqual(['confirmed', `${second}/${year}`]);
  });

  it.each([
    ['in words', 'exception', (messageId: string) => ({ identifier: null, description: messageId })],
    ['in words, among others', 'exception', (id: string) => ({ identifier: null, description: `Messaggio ${id} ` })],
    [
      'by the rule for messages without a registration',
      'confirmation',
      (number: string) => ({
        identifier: { ...theirs('1'), administration: 'COMUNICAZIONE', aoo: 'COMUNICAZIONE', register: null, number },
        description: null,
      }),
    ],
  ] as const)('an answer that names our Message-ID alone, %s, finds its message', async (_, kind, named) => {
    const { id, messageId } = await sent(fresh('Illeggibile'));
    const received = { firstRegistration: null, ...named(messageId) };
    const identifier = theirs(nextNumber());
    const message =
      kind === 'exception'
        ? ({ kind, identifier: null, received, reason: 'Segnatura illeggibile' } as const)
        : ({ kind, identifier, received } as const);
    const name = kind === 'exception' ? 'Eccezione.xml' : 'Conferma.xml';
    // A sender that does not even claim to be the addressee proves nothing.
    if (kind === 'exception')
      expect(await answer(message, name, PROVARIA, '2001')).toMatchObject({ action: 'operator', exchange: null });
    expect(await answer(message, name, MITTENTE, '2001')).toMatchObject({ action: 'correlate', exchange: id });
    expect(await councils.esempio.service.views.exchange(id)).toMatchObject({
      state: kind === 'exception' ? 'excepted' : 'confirmed',
    });
  });

  it('an annulment closes the incoming exchange once, and only if its sender sent it', async () => {
    const number = nextNumber();
    const first = await received(councils, to, protocolMail(councils.sandbox, { to: PROVARIA, number }));
    const annulment = {
      kind: 'annulment',
      identifier: protocolMessage({ to: PROVARIA, number }).identifier,
      reason: 'Registrato per errore',
      provision: 'Determina 1',
    } as const;
    const mail = (from: typeof MITTENTE) =>
      envelope(councils.sandbox, {
        from,
        to: PROVARIA,
        subject: 'Annullamento',
        parts: [xmlPart(written(annulment, '2013'), 'Annullamento.xml')],
      });
    expect(await received(councils, to, mail(ESEMPIO))).toMatchObject({ action: 'operator', exchange: null });
    expect(await received(councils, to, mail(MITTENTE))).toMatchObject({
      action: 'correlate',
      exchange: first.exchange,
      note: 'Registrato per errore',
    });
    expect(await to.service.views.exchange(first.exchange ?? '')).toMatchObject({ state: 'annulled' });
    // The registration itself does not change.
    expect((await registrations(to, `Messaggio ${number}`)).length).toBe(1);
  });

  it("an annulment concerns its sender's message, even if another sender used the identifier first", async () => {
    const number = nextNumber();
    const subject = fresh('Oggetto vero');
    const forged = await received(
      councils,
      to,
      protocolMail(councils.sandbox, { to: PROVARIA, number, change: { replyTo: ESEMPIO.address } }, { from: ESEMPIO }),
    );
    const mail = await received(councils, to, protocolMail(councils.sandbox, { to: PROVARIA, number, subject }));
    expect(mail).toMatchObject({ action: 'operator', note: expect.stringContaining('stesso identificatore') });
    const request = { exchangeId: mail.exchange ?? '', given: null, answer: null, version: null };
    const call = { by: 'Anna Prova', client: 'test', idempotency: null };
    expect((await to.service.commands.register(to.office, request, call)).ok).toBe(true);
    const { identifier } = protocolMessage({ to: PROVARIA, number });
    const annulment = { kind: 'annulment', identifier, reason: 'Errore', provision: 'Atto 6' } as const;
    const parts = [xmlPart(written(annulment, '2013'), 'Annullamento.xml')];
    const annulled = envelope(councils.sandbox, { to: PROVARIA, subject: 'Annullamento', parts });
    expect(await received(councils, to, annulled)).toMatchObject({ action: 'correlate', exchange: mail.exchange });
    expect(await to.service.views.exchange(mail.exchange ?? '')).toMatchObject({ state: 'annulled' });
    expect((await to.service.views.exchange(forged.exchange ?? ''))?.state).not.toBe('annulled');
  });

  it('an annulment without a register finds its message, unless several could be meant', async () => {
    // Numbers of most offices begin with zeros, by which no message is looked for.
    const one = nextNumber().replace(/^./, '0');
    expect(one).toMatch(/^0\d{6}$/);
    const two = nextNumber();
    const arrive = async (number: string, register: string) => {
      const identifier = { ...theirs(number), register };
      const mail = protocolMail(councils.sandbox, { to: PROVARIA, number, change: { identifier } });
      return (await received(councils, to, mail)).exchange ?? '';
    };
    const first = await arrive(one, 'PROT');
    const [second] = [await arrive(two, 'PROT'), await arrive(two, 'URP')];
    const annul = (number: string) => {
      const identifier = { ...theirs(number), register: null };
      const message = { kind: 'annulment', identifier, reason: 'Errore', provision: 'Atto 6' } as const;
      return received(
        councils,
        to,
        envelope(councils.sandbox, {
          to: PROVARIA,
          subject: 'Annullamento',
          parts: [xmlPart(written(message, '2001'), 'Annullamento.xml')],
        }),
      );
    };
    expect(await annul(one)).toMatchObject({ action: 'correlate', exchange: first });
    expect(await to.service.views.exchange(first)).toMatchObject({ state: 'annulled' });
    expect(await annul(two)).toMatchObject({ action: 'operator', exchange: null });
    expect(await to.service.views.exchange(second)).not.toMatchObject({ state: 'annulled' });
  });
});
