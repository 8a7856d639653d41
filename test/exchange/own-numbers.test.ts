import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { legalTime } from '../../src/kernel/clock.ts';
import { type Council, type Councils, ESEMPIO, MITTENTE, PROVARIA, sealed, startCouncils } from './councils.ts';
import {
  arrived,
  asked,
  BY,
  done,
  GENERATIONS,
  inState,
  keyOf,
  openTasks,
  refusal,
  registrationsOf,
  send,
  WHOLE,
} from './flows.ts';
import { envelope, fresh, PDF, received } from './mails.ts';

/** The second council's own protocol system gives the numbers. */
let councils: Councils;
let council: Council;
beforeAll(async () => {
  councils = await startCouncils({
    change: async (own, sandbox) => ({
      ...(await sealed(own, sandbox)),
      numbering: own.administration === PROVARIA.administration ? 'external' : 'own',
    }),
  });
  council = councils.provaria;
});
afterAll(() => councils?.stop());

let last = 4_000;
const given = () => {
  last += 1;
  const { date, time } = legalTime(new Date());
  return { register: 'GEN', number: last, date, time };
};
const registering = (exchangeId: string, number: ReturnType<typeof given> | null) =>
  council.service.commands.register(
    council.office,
    { exchangeId, given: number, answer: null, version: null, office: 'Segreteria' },
    BY,
  );

describe('an office whose own system gives the numbers', () => {
  it.each(GENERATIONS)(
    '%s: a message is held, taken, registered under that number and confirmed',
    async (generation) => {
      const { esempio } = councils;
      const { id, subject, identifier } = await send(esempio, PROVARIA, { generation });
      const held = await arrived(council, subject, 'held', 'received');
      expect(held).toMatchObject({ awaits: 'taking', ourNumber: null });
      expect(await registrationsOf(council, subject)).toEqual([]);
      expect(await asked(council, ESEMPIO, identifier)).toMatchObject({ state: 'in attesa', registration: null });
      const taking = { exchangeId: held.id, reason: '', version: held.version, how: 'take' as const };
      expect(await done(council.service.commands.setAside(council.office, taking, BY))).toMatchObject({
        state: 'held',
      });
      const number = given();
      const registered = await done(registering(held.id, number));
      expect(registered.identifier).toMatchObject({ register: 'GEN', number: String(number.number).padStart(7, '0') });
      const confirmed = await inState(esempio, id, 'confirmed', ...WHOLE);
      expect(keyOf(confirmed.peerNumber).number).toBe(number.number);
      expect(await asked(council, ESEMPIO, identifier)).toMatchObject({
        state: 'registrato',
        office: 'Segreteria',
        registration: { register: 'GEN', number: String(number.number).padStart(7, '0') },
      });
    },
  );

  it('a number that was used before is refused, and the message still waits', async () => {
    const first = await send(councils.esempio, PROVARIA);
    const second = await send(councils.esempio, PROVARIA);
    const [one, other] = [
      await arrived(council, first.subject, 'held'),
      await arrived(council, second.subject, 'held'),
    ];
    const number = given();
    await done(registering(one.id, number));
    expect(await refusal(registering(other.id, number))).toBe('number-taken');
    expect(await refusal(registering(other.id, null))).toBe('number-missing');
    expect(await refusal(registering(one.id, given()))).toBe('state-conflict');
    expect(await inState(council, other.id, 'held')).toMatchObject({ ourNumber: null });
    await done(registering(other.id, given()));
    await inState(councils.esempio, second.id, 'confirmed');
  });

  it('a number dated in the future is refused as a mistake; one of last year is accepted', async () => {
    const { subject } = await send(councils.esempio, PROVARIA);
    const held = await arrived(council, subject, 'held');
    const year = legalTime(new Date()).year;
    const future = { ...given(), date: `${year + 1}-12-31` };
    expect(await refusal(registering(held.id, future))).toBe('number-date-future');
    await expect(send(council, ESEMPIO, { given: future })).rejects.toThrow(`31/12/${year + 1}`);
    const lastYear = { ...given(), date: `${year - 1}-12-31`, time: '23:59:59' };
    const { identifier } = await done(registering(held.id, lastYear));
    expect(identifier).toMatchObject({ date: lastYear.date });
    expect(await inState(council, held.id, null)).toMatchObject({
      ourNumber: `${String(lastYear.number).padStart(7, '0')}/${year - 1}`,
    });
  });

  it('what nobody takes is on a list after a day, and a person registers it', async () => {
    const { id, subject } = await send(councils.esempio, PROVARIA);
    const held = await arrived(council, subject, 'held');
    await council.later(23);
    expect(openTasks(await inState(council, held.id, 'held'))).toEqual([]);
    await council.later(25);
    expect(openTasks(await inState(council, held.id, 'held', 'overdue'))).toEqual(['taking-late']);
    const handing = { exchangeId: held.id, reason: 'Sistema fermo', version: null, how: 'hand-over' as const };
    await done(council.service.commands.setAside(council.office, handing, BY));
    expect(openTasks(await inState(council, held.id, 'operator'))).toEqual(['decide']);
    await done(registering(held.id, given()));
    expect(openTasks(await inState(council, held.id, null, 'registered-by-hand'))).toEqual([]);
    await inState(councils.esempio, id, 'confirmed');
  });

  it('a message can be taken and refused: the sender learns why, and no number is used', async () => {
    const { id, subject } = await send(councils.esempio, PROVARIA);
    const held = await arrived(council, subject, 'held');
    const refusing = { exchangeId: held.id, reason: 'Non di competenza', version: null };
    await done(council.service.commands.refuse(council.office, refusing, BY));
    expect((await inState(councils.esempio, id, 'excepted', 'exception')).peerNumber).toBeNull();
    expect(await registrationsOf(council, subject)).toEqual([]);
  });

  it('mail without a segnatura is held too, and answered with a receipt', async () => {
    const subject = fresh('Istanza');
    const mail = envelope(councils.sandbox, { from: MITTENTE, to: PROVARIA, subject, parts: [PDF] });
    const held = await received(councils, council, mail);
    expect(await inState(council, held.exchange ?? '', 'held')).toMatchObject({ awaits: 'taking' });
    const number = given();
    await done(registering(held.exchange ?? '', number));
    await inState(council, held.exchange ?? '', 'confirmed', 'receipt-sent', 'receipt-avvenuta-consegna');
  });

  it('a message is sent under the given number, once, and never without one', async () => {
    const { esempio } = councils;
    const number = given();
    const { id, subject, identifier } = await send(council, ESEMPIO, { given: number, generation: '3.0.0' });
    expect(identifier).toMatchObject({ register: 'GEN', number: String(number.number).padStart(7, '0') });
    await inState(council, id, 'confirmed', ...WHOLE);
    const there = await arrived(esempio, subject, 'confirmed');
    expect(keyOf(there.peerNumber).number).toBe(number.number);
    await expect(send(council, ESEMPIO, { given: number })).rejects.toThrow(`${number.number}`);
    await expect(send(council, ESEMPIO)).rejects.toThrow();
    await expect(send(esempio, PROVARIA, { given: given() })).rejects.toThrow();
    expect(await registrationsOf(council, subject)).toMatchObject([{ number: String(number.number) }]);
  });
});
