import { expect, it } from 'vitest';
import { INCOMING_STATES } from '../../../src/domain/exchange/incoming.ts';
import { OUTGOING_STATES } from '../../../src/domain/exchange/outgoing.ts';
import { eventLabel, exchangeStateLabel, sentFile, sentLabel } from '../../../src/service/evidence/labels.ts';

it.each([
  ...INCOMING_STATES.map((state) => ['incoming', state] as const),
  ...OUTGOING_STATES.map((state) => ['outgoing', state] as const),
])('%s %s is shown in Italian words', (direction, state) => {
  expect(exchangeStateLabel(direction, state)).not.toBe(state);
});

it('a state it does not know is shown as it is recorded', () => {
  expect(exchangeStateLabel('outgoing', 'unheard-of')).toBe('unheard-of');
});

it.each([
  ['message', 'messaggio', 'messaggio protocollato'],
  ['confirmation', 'conferma', 'conferma di ricezione'],
  ['exception', 'eccezione', 'notifica di eccezione'],
  ['update', 'aggiornamento', 'aggiornamento di conferma'],
  ['annulment', 'annullamento', 'annullamento di protocollazione'],
  ['receipt', 'ricevuta-di-registrazione', 'ricevuta di registrazione'],
] as const)('a %s that was sent is the file %s, the %s', (purpose, file, label) => {
  expect([sentFile(purpose), sentLabel(purpose)]).toEqual([file, label]);
});

it.each(['message', 'confirmation', 'exception', 'update', 'annulment', 'receipt'] as const)(
  'what became of the sending of a %s is told in words',
  (purpose) => {
    const label = sentLabel(purpose);
    expect(eventLabel(`${purpose}-sent`)).toBe(`${label}: invio al gestore PEC riuscito`);
    expect(eventLabel(`${purpose}-given-up`)).toBe(`${label}: invio non riuscito`);
  },
);

it.each([
  ['received', 'messaggio ricevuto'],
  ['receipt-avvenuta-consegna', 'ricevuta PEC: avvenuta-consegna'],
  ['receipt-of-another', "ricevuta PEC di un'altra trasmissione, non considerata"],
  ['unheard-of-sent', 'unheard-of-sent'],
])('the event %s is %s', (type, label) => {
  expect(eventLabel(type)).toBe(label);
});
