/** The exchange with one office as steps: what is proven, what is still to come, what failed. */
import type { ExchangeLife } from '../../../../service/queries/register-views.ts';
import type { TimelineStep } from '../components/timeline.ts';
import { rome } from '../components/when.ts';

const FAILED = new Set(['failed', 'unanswered', 'excepted']);

/** Events that prove a step. The first that happened counts. */
const OUTGOING = [
  ['Registrata', ['registered']],
  ['Inviata', ['message-sent']],
  ['Accettata', ['receipt-accettazione']],
  ['Consegnata', ['receipt-avvenuta-consegna']],
  ['Confermata', ['confirmation']],
] as const;
const INCOMING = [
  ['Arrivata', ['received']],
  ['Registrata', ['registered', 'registered-by-hand']],
  ['Conferma inviata', ['confirmation-sent', 'receipt-sent']],
  ['Conferma consegnata', ['receipt-avvenuta-consegna']],
] as const;

export function stepsOf(life: ExchangeLife, mayOpen: boolean, now: Date): readonly TimelineStep[] {
  const rows = life.direction === 'outgoing' ? OUTGOING : INCOMING;
  const happened = rows.map(([name, types]) => ({
    name,
    event: life.events.find(({ type }) => (types as readonly string[]).includes(type)) ?? null,
  }));
  const last = happened.findLastIndex(({ event }) => event !== null);
  const awaited = life.direction === 'outgoing' ? life.answerWanted : life.answerWanted || last > 1;
  return happened.flatMap(({ name, event }, place): TimelineStep[] => {
    if (event !== null)
      return [
        {
          state: place === last && !FAILED.has(life.state) && awaits(life) ? 'now' : 'proven',
          name,
          below: rome(event.at, now),
          ...(mayOpen && event.message !== null && { evidence: `/messaggi/${life.exchangeId}/prova/${event.message}` }),
        },
      ];
    // What came later proves it, though its own evidence is not there.
    if (place < last) return [{ state: 'proven', name, below: 'senza prova' }];
    if (FAILED.has(life.state))
      return place === last + 1 ? [{ state: 'failed', name, below: FAILURES[life.state] ?? 'non riuscita' }] : [];
    if (!awaited && (name === 'Confermata' || name.startsWith('Conferma ')))
      return place === last + 1 ? [{ state: 'to-come', name, below: 'non prevista' }] : [];
    return isOver(life) ? [] : [{ state: 'to-come', name, below: 'da venire' }];
  });
}

const FAILURES: Readonly<Record<string, string>> = {
  failed: 'non consegnata',
  unanswered: 'risposta non consegnata',
  excepted: 'rifiutata con eccezione',
};

const UNDER_WAY = new Set(['queued', 'sent', 'accepted', 'confirming', 'delivered']);
const awaits = ({ state, answerWanted }: ExchangeLife): boolean =>
  UNDER_WAY.has(state) && (state !== 'delivered' || answerWanted);
const isOver = ({ state }: ExchangeLife): boolean =>
  ['annulled', 'withdrawn', 'closed', 'unevidenced', 'replaced'].includes(state);
