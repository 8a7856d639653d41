import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SendRequest } from '../../src/service/outgoing/send-request.ts';
import { skipWithoutDovecot } from '../support/dovecot.ts';
import { type Councils, ESEMPIO, MITTENTE, PROVARIA, startCouncils, until } from './councils.ts';
import { protocolMail } from './mails.ts';

const request = (generation: SendRequest['generation']): SendRequest => ({
  subject: `Trasmissione nella forma ${generation}: perché, € & «città»`,
  generation,
  confirmationRequested: true,
  classifications: [{ name: 'Prova', levels: ['1', '2'] }],
  recipients: [
    {
      address: PROVARIA.address,
      correspondent: {
        kind: 'administration',
        name: PROVARIA.name,
        administration: PROVARIA.administration,
        aoo: PROVARIA.code,
        aooName: PROVARIA.name,
        office: null,
        address: PROVARIA.address,
        taxCode: null,
      },
    },
  ],
  documents: [
    { name: 'convenzione è.pdf', mediaType: 'application/pdf', bytes: Buffer.from('%PDF-1.4\nprova\n') },
    { name: 'allegato.txt', mediaType: 'text/plain', bytes: Buffer.from('Elenco.\n') },
  ],
});

const servers = [
  { mailboxes: 'sandbox' as const, skip: false },
  { mailboxes: 'dovecot' as const, skip: skipWithoutDovecot() },
];

for (const { mailboxes, skip } of servers) {
  describe.skipIf(skip)(`two councils, mailboxes on ${mailboxes}`, () => {
    let councils: Councils;
    beforeAll(async () => {
      councils = await startCouncils({ mailboxes });
    });
    afterAll(() => councils.stop());

    it.each(['2001', '2009', '2013'] as const)(
      'send, verify, register and confirm a message of %s',
      async (generation) => {
        const { esempio, provaria } = councils;
        const sent = await esempio.service.send(esempio.office, request(generation));
        if (!sent.ok) throw new Error(sent.problem.message);
        const id = sent.value.exchanges[0]?.exchangeId ?? '';
        // The confirmation may overtake the delivery receipt: wait for both.
        const exchange = await until(`the confirmation and both receipts of ${generation}`, async () => {
          const found = await esempio.service.views.exchange(id);
          const types = found?.events.map(({ type }) => type) ?? [];
          const all = ['receipt-accettazione', 'receipt-avvenuta-consegna', 'confirmation', 'message-sent'];
          return all.every((type) => types.includes(type)) && found;
        });
        expect(exchange.state).toBe('confirmed');

        const there = await until('the registration of the recipient', async () => {
          const { items } = await provaria.service.views.registrations({ aoo: null, cursor: null, limit: 100 });
          return items.find(({ peerNumber }) => peerNumber === exchange.ourNumber);
        });
        expect(exchange.peerNumber).toBe(`${there.number}/${there.year}`);
        // A form of this generation cannot express all of the model; nothing that matters is flagged.
        expect(there).toMatchObject({ direction: 'incoming', subject: request(generation).subject, flags: [] });
        const detail = await provaria.service.views.registration(there.id);
        expect(detail?.documents.map(({ role, name }) => [role, name])).toEqual([
          ['primary', 'convenzione è.pdf'],
          ['attachment', 'allegato.txt'],
        ]);
        const message = await provaria.service.views.message(detail?.message ?? '');
        expect(message?.inspection).toMatchObject({
          kind: 'protocol-message',
          segnatura: { generation, valid: true },
          decision: { action: 'register' },
          pec: { integrity: 'intact', chain: 'trusted', agrees: true },
        });
        // The confirmation is in the generation of the request, and valid.
        const answer = councils
          .readings(ESEMPIO.address)
          .find((reading) => reading.message?.kind === 'confirmation' && reading.generation === generation);
        expect(answer).toMatchObject({
          valid: true,
          message: {
            identifier: { administration: PROVARIA.administration, aoo: PROVARIA.code, number: there.number },
            received: { identifier: { administration: ESEMPIO.administration, number: sent.value.identifier.number } },
          },
        });
        // The receipts for the confirmation end the recipient's exchange.
        const incoming = (await provaria.service.views.message(detail?.message ?? ''))?.exchange ?? '';
        await until('the delivery of the confirmation', async () => {
          const events = (await provaria.service.views.exchange(incoming))?.events ?? [];
          return events.some(({ type }) => type === 'receipt-avvenuta-consegna');
        });
        expect(await provaria.service.views.exchange(incoming)).toMatchObject({
          state: 'confirmed',
          direction: 'incoming',
        });
      },
    );

    it('an unsealed 3.0.0 is registered, flagged and confirmed in 3.0.0', async () => {
      const { provaria, sandbox } = councils;
      sandbox.deliverRaw(
        PROVARIA.address,
        protocolMail(sandbox, { generation: '3.0.0', to: PROVARIA, number: '0000300' }),
      );
      const there = await until('the registration', async () => {
        const { items } = await provaria.service.views.registrations({ aoo: null, cursor: null, limit: 100 });
        return items.find(({ peerNumber }) => peerNumber?.startsWith('0000300/'));
      });
      expect(there.flags).toContain('seal-absent');
      const confirmation = await until('the confirmation', () =>
        councils.readings(MITTENTE.address).find(({ message }) => message?.kind === 'confirmation'),
      );
      expect(confirmation).toMatchObject({
        generation: '3.0.0',
        message: { received: { identifier: { number: '0000300' } } },
      });
    });
  });
}
