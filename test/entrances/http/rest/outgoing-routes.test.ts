/** What an office sends, over the API of a whole node: two councils and one whose own system numbers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Views } from '../../../../src/service/queries/views.ts';
import {
  type Caller,
  caller,
  ESEMPIO,
  ESTERNO,
  type Json,
  known,
  type Node,
  PROVARIA,
  startNode,
  stateOf,
  submitted,
  until,
  uploaded,
} from '../../../support/node.ts';
import { readZip } from '../../../support/zip-reader.ts';

let node: Node;
let views: Views;
let esempio: Caller;
let provaria: Caller;
let esterno: Caller;
beforeAll(async () => {
  node = await startNode();
  views = node.service.views;
  [esempio, provaria, esterno] = (await Promise.all(
    [ESEMPIO, PROVARIA, ESTERNO].map(async (aoo) => caller(node.origin, await node.key(aoo))),
  )) as [Caller, Caller, Caller];
});
afterAll(() => node?.stop());

const pathOf = ({ register, date, number }: Json): string => `${register}/${date.slice(0, 4)}/${Number(number)}`;

describe('a message that is submitted', () => {
  it('is registered once and tracked for each recipient, down to every receipt and answer', async () => {
    const first = await uploaded(esempio, 'delibera.txt', 'Delibera n. 12');
    const second = await uploaded(esempio, 'allegato.txt', 'Allegato A');
    const sent = await esempio('POST', '/outgoing-messages', {
      body: {
        subject: 'Delibera n. 12',
        recipients: [{ to: 'c_provaria' }, { to: 'c_santangelo/AOO1', copy: true }],
        documents: [first, second],
        classification: ['6', '3'],
      },
    });
    expect(sent.status, `${sent.bytes}`).toBe(201);
    const { registration, recipients } = sent.json;
    expect(registration).toMatchObject({ administration: 'c_esempio', aoo: 'AESEMP1', register: 'PROT' });
    expect(recipients).toMatchObject([
      { to: 'c_provaria', address: 'protocollo@pec.provaria.example.it', copy: false, name: 'Comune di Provaria' },
      { to: 'c_santangelo/AOO1', address: 'protocollo@pec.santangelo.example.it', copy: true },
    ]);
    const place = sent.headers.get('location') ?? '';
    expect(place).toMatch(new RegExp(`/outgoing-messages/${pathOf(registration)}$`));
    await stateOf(esempio, recipients[0].exchange, 'confirmed');
    await stateOf(esempio, recipients[1].exchange, 'delivered');
    const tracked = (await esempio('GET', place)).json;
    expect(tracked.registration.documents.map(({ name, role }: Json) => [role, name])).toEqual([
      ['primary', 'delibera.txt'],
      ['attachment', 'allegato.txt'],
    ]);
    expect(tracked.recipients.map(({ id, state }: Json) => [id, state]).sort()).toEqual(
      [
        [recipients[0].exchange, 'confirmed'],
        [recipients[1].exchange, 'delivered'],
      ].sort(),
    );
    const detail = (await esempio('GET', `/exchanges/${recipients[0].exchange}`)).json;
    expect(known(detail)).toEqual(known(await views.exchange(recipients[0].exchange)));
    const types = detail.events.map(({ type }: Json) => type);
    expect(types).toEqual(
      expect.arrayContaining([
        'registered',
        'message-sent',
        'receipt-accettazione',
        'receipt-avvenuta-consegna',
        'confirmation',
      ]),
    );
    expect(detail.outbox).toMatchObject([{ state: 'sent', messageId: recipients[0].messageId, attempts: 1 }]);
    expect(detail.peerNumber).toMatch(/^0000001\/\d{4}$/);
    // The mail behind each fact, whole, with its verdict.
    const answer = detail.events.find(({ type }: Json) => type === 'confirmation').message;
    const mail = (await esempio('GET', `/mails/${answer}`)).json;
    expect(known(mail)).toEqual(known(await views.message(answer)));
    expect(mail).toMatchObject({ kind: 'confirmation', action: 'correlate', exchange: recipients[0].exchange });
    const raw = await esempio('GET', `/mails/${answer}/raw`);
    expect(raw.headers.get('content-type')).toBe('message/rfc822');
    expect(raw.bytes.length).toBe(mail.size);
    expect(node.sandbox.mails('protocollo@pec.esempio.example.it').some(({ bytes }) => raw.bytes.equals(bytes))).toBe(
      true,
    );
    const part = await esempio('GET', `/mails/${answer}/raw`, { headers: { range: 'bytes=10-29' } });
    expect([part.status, part.bytes]).toEqual([206, raw.bytes.subarray(10, 30)]);
  });

  it('with its documents in the same request', async () => {
    const form = new FormData();
    form.set('message', JSON.stringify({ subject: 'Convocazione', recipients: [{ to: 'c_provaria' }] }));
    form.append('file', new Blob(['Si convoca.'], { type: 'text/plain' }), 'convocazione.txt');
    form.append('file', new Blob(['Ordine del giorno.'], { type: 'text/plain' }), 'ordine del giorno.txt');
    const sent = await esempio('POST', '/outgoing-messages/with-documents', { body: form });
    expect(sent.status, `${sent.bytes}`).toBe(201);
    await stateOf(esempio, sent.json.recipients[0].exchange, 'confirmed');
    const { registration } = (await esempio('GET', `/outgoing-messages/${pathOf(sent.json.registration)}`)).json;
    expect(registration.documents.map(({ name }: Json) => name)).toEqual(['convocazione.txt', 'ordine del giorno.txt']);
    expect((await esempio('GET', sent.headers.get('location') ?? '')).json.registration).toEqual(registration);
  });

  it('is not registered at all while one recipient is not certain', async () => {
    const before = (await esempio('GET', '/registrations')).json;
    const refused = await submitted(esempio, ['c_provaria', 'comune di provria', 'asl_prova']);
    expect(refused).toMatchObject({ status: 422, json: { code: 'index-recipient-unknown', status: 422 } });
    expect(refused.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    const [slip, several] = refused.json.recipients;
    expect(slip).toMatchObject({ to: 'comune di provria', code: 'index-recipient-unknown' });
    expect(slip.suggestions.map(({ to }: Json) => to)).toContain('c_provaria');
    expect(several).toMatchObject({ to: 'asl_prova', code: 'index-recipient-ambiguous' });
    expect((await esempio('GET', '/registrations')).json).toEqual(before);
  });

  it('is not registered for another reason either, which is told as it is', async () => {
    const unnumbered = await submitted(esterno, ['c_provaria']);
    expect(unnumbered).toMatchObject({ status: 422, json: { code: 'number-missing' } });
    const numbered = { registration: { number: 1, date: '2026-03-02', time: '10:15:00' } };
    expect(await submitted(esempio, ['c_provaria'], numbered)).toMatchObject({
      status: 422,
      json: { code: 'number-not-ours', instance: expect.stringMatching(/^urn:interpro:request:/) },
    });
    const twice = await Promise.all([1, 2].map((text) => uploaded(esempio, 'delibera.txt', `Delibera ${text}`)));
    const alike = await submitted(esempio, ['c_provaria'], { documents: twice });
    expect(alike).toMatchObject({ status: 400, json: { code: 'file-name-invalid' } });
    const form = new FormData();
    form.set('message', JSON.stringify({ subject: 'Senza documenti', recipients: [{ to: 'c_provaria' }] }));
    const bare = await esempio('POST', '/outgoing-messages/with-documents', { body: form });
    expect(bare).toMatchObject({ status: 400, json: { code: 'multipart-invalid' } });
  });

  it('is sent again with the same bytes, and registered once', async () => {
    const sent = (await submitted(esempio, ['c_santangelo'])).json;
    const { exchange, messageId } = sent.recipients[0];
    const { version } = await stateOf(esempio, exchange, 'delivered');
    const stale = await esempio('POST', `/exchanges/${exchange}/resend`, {
      headers: { 'if-match': `"${version - 1}"` },
    });
    expect(stale).toMatchObject({ status: 412, json: { code: 'version-conflict' } });
    const again = await esempio('POST', `/exchanges/${exchange}/resend`, { headers: { 'if-match': `"${version}"` } });
    expect(again).toMatchObject({ status: 200, json: { exchange } });
    expect(again.headers.get('etag')).toBe(`"${again.json.version}"`);
    await until('both were handed over', async () => {
      const copies = node.sandbox
        .mails('protocollo@pec.santangelo.example.it')
        .filter(({ bytes }) => bytes.includes(messageId.slice(1, -1)));
      return copies.length === 2;
    });
    const { items } = (await esterno('GET', '/incoming-messages')).json;
    expect(items.filter(({ peerNumber }: Json) => peerNumber?.startsWith(sent.registration.number))).toHaveLength(1);
  });
});

describe('a registration', () => {
  it('is found by day, words and direction, and read whole', async () => {
    const sent = (await submitted(esempio, ['c_provaria'], { subject: 'Piano regolatore: variante' })).json;
    const { date, number } = sent.registration;
    const found = (await esempio('GET', `/registrations?subject=variante&from=${date}&to=${date}&direction=outgoing`))
      .json;
    expect(found.items).toMatchObject([{ number, subject: 'Piano regolatore: variante' }]);
    expect((await esempio('GET', '/registrations?subject=variante&direction=incoming')).json.items).toEqual([]);
    const whole = (await esempio('GET', `/registrations/${pathOf(sent.registration)}`)).json;
    expect(known(whole)).toEqual(known(await views.registration(whole.id)));
    const day = (await esempio('GET', `/daily-registers/${date}`)).json;
    expect(day.registrations.map((one: Json) => Number(one.number))).toEqual(
      day.registrations.map((_: Json, index: number) => index + 1),
    );
    expect(day.registrations.at(-1)).toMatchObject({ number });
  });

  it('that is annulled is told to who knows it, once, and stands in the register of the day', async () => {
    const sent = (await submitted(esempio, ['c_provaria'])).json;
    const { exchange } = sent.recipients[0];
    await stateOf(esempio, exchange, 'confirmed');
    const path = `/registrations/${pathOf(sent.registration)}`;
    const body = { reason: 'Registrato due volte.', provision: 'Determina n. 3' };
    const done = await esempio('POST', `${path}/annulment`, { body });
    expect(done).toMatchObject({ status: 200, json: { told: [{ exchange }] } });
    expect(await esempio('POST', `${path}/annulment`, { body })).toMatchObject({
      status: 409,
      json: { code: 'registration-annulled' },
    });
    const shown = (await esempio('GET', path)).json;
    expect(shown).toMatchObject({ annulled: true, annulment: { ...body, by: 'Gestionale di prova' } });
    expect(known(shown)).toEqual(known(await views.registration(shown.id)));
    const day = (await esempio('GET', `/daily-registers/${sent.registration.date}`)).json;
    expect(day.annulled).toMatchObject([{ id: shown.id, ...body }]);
    // The recipient learns it, and the visura tells it.
    const { register, number, date } = sent.registration;
    const asked = `at=c_provaria/APROVA1&register=${register}&year=${date.slice(0, 4)}&number=${Number(number)}`;
    const told = await until('annulled there', async () => {
      const { json } = await esempio('GET', `/visure?${asked}`);
      return json.state === 'annullato' && json;
    });
    expect(told).toMatchObject({ reason: body.reason, annulment: { at: expect.any(String) } });
  });

  it('whose assignment changes tells the sender that had its confirmation', async () => {
    const sent = (await submitted(esempio, ['c_provaria'], { subject: 'Richiesta di parere' })).json;
    const { exchange } = sent.recipients[0];
    const { peerNumber } = await stateOf(esempio, exchange, 'confirmed');
    const [number, year] = peerNumber.split('/');
    const path = `/registrations/PROT/${year}/${Number(number)}`;
    const body = { office: 'Ufficio Ambiente', classification: '6.9' };
    const done = await provaria('POST', `${path}/changes`, { body });
    expect(done.json).toMatchObject({
      changes: [
        { field: 'office', newValue: 'Ufficio Ambiente' },
        { field: 'classification', newValue: '6.9' },
      ],
      told: [{ recipient: 'protocollo@pec.esempio.example.it' }],
    });
    const shown = (await provaria('GET', path)).json;
    expect(shown).toMatchObject(body);
    expect(known(shown)).toEqual(known(await views.registration(shown.id)));
    const updated = await until('the update comes', async () => {
      const { json } = await esempio('GET', `/exchanges/${exchange}`);
      return json.events.some(({ type }: Json) => /update/.test(type)) && json;
    });
    expect(updated.state).toBe('confirmed');
    const asked = `at=c_provaria/APROVA1&register=PROT&year=${year}&number=${Number(sent.registration.number)}`;
    expect((await esempio('GET', `/visure?${asked}`)).json).toMatchObject({ state: 'registrato', ...body });
  });
});

describe('what proves an exchange', () => {
  it('comes as one file with every mail of it', async () => {
    const { items } = (await esempio('GET', '/exchanges?state=confirmed&limit=1')).json;
    const answer = await esempio('GET', `/exchanges/${items[0].id}/evidence`);
    expect(answer.headers.get('content-type')).toBe('application/zip');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="[^"]+\.zip"/);
    const names = readZip(answer.bytes).map(({ name }) => name);
    expect(names.filter((name) => name.endsWith('.eml')).length).toBeGreaterThanOrEqual(4);
    expect(names.some((name) => /index|indice/i.test(name))).toBe(true);
  });
});

it('no schema of an answer dropped anything, and every refusal was one the route tells of', () => {
  expect(node.lost).toEqual([]);
  expect([...node.undeclared]).toEqual([]);
});
