/** How a new message begins: empty, as an answer to what came, or as a reminder of what was sent. */
import { romeDay, shortDay } from '../components/when.ts';
import type { Visit } from '../visit.ts';
import { type AnsweredRegistration, answeredNumber, type RemindedExchange } from './answered.ts';
import type { DraftContent } from './draft-content.ts';
import { lineFor } from './recipient-lines.ts';

export interface BegunDeps {
  readonly answered: AnsweredRegistration;
  readonly reminded: RemindedExchange;
}

type BegunVisit = Pick<Visit, 'caller' | 'office' | 'aoo' | 'query'>;

const MOST_SUBJECT = 20_000;

export const begunWith = async (visit: BegunVisit, deps: BegunDeps): Promise<DraftContent> => ({
  conferma: ['si'],
  ...(await answerTo(visit, deps)),
  ...(await reminderOf(visit, deps)),
});

/** Where a reminder of a sent message is written. */
export const reminderPath = (exchangeId: string): string => `/invia?sollecito=${exchangeId}`;

/** `?risposta=2026/0001234`: to whoever sent that. */
async function answerTo({ aoo, office, caller, query }: BegunVisit, { answered }: BegunDeps): Promise<DraftContent> {
  const named = answeredNumber(query.text('risposta'));
  if (named === null) return {};
  const found = await answered(aoo, { register: office.register, ...named }, caller);
  if (found === null) return {};
  const theirs = found.peerNumber === null ? '' : `vostro protocollo n. ${found.peerNumber}, `;
  return {
    ...(found.address !== null && { destinatari: [lineFor(found.name, found.address)] }),
    oggetto: [`Risposta: ${found.subject}`.slice(0, MOST_SUBJECT)],
    risposta: [`${theirs}nostro protocollo n. ${String(named.number).padStart(7, '0')}/${named.year}`],
  };
}

/** `?sollecito=<exchange>`: to the one recipient who has not confirmed. */
async function reminderOf({ aoo, caller, query }: BegunVisit, { reminded }: BegunDeps): Promise<DraftContent> {
  const exchangeId = query.text('sollecito');
  const found = exchangeId === '' ? null : await reminded(aoo, exchangeId, caller);
  if (found === null) return {};
  const ours = `nostro protocollo n. ${found.number}`;
  return {
    destinatari: [found.recipient],
    oggetto: [`Sollecito: ${found.subject}`.slice(0, MOST_SUBJECT)],
    testo: [
      `Non risulta ancora pervenuta la conferma di registrazione del messaggio inviato il ${shortDay(romeDay(found.sentAt))} con il ${ours}. Si prega di dare riscontro.`,
    ],
    risposta: [ours],
  };
}
