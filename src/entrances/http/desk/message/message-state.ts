/** The state of an exchange as its badge, its acts and its steps. What is allowed is asked of the state machine itself. */
import type { Purpose } from '../../../../domain/exchange/event-types.ts';
import { INCOMING_STATES, type IncomingEvent, type IncomingState } from '../../../../domain/exchange/incoming.ts';
import { OUTGOING_STATES, type OutgoingState } from '../../../../domain/exchange/outgoing.ts';
import { ownAnswer } from '../../../../domain/exchange/own-mail.ts';
import { isAllowed, transition } from '../../../../domain/exchange/transition.ts';
import type { MessageSheet } from '../../../../service/queries/message-sheets.ts';
import type { ExchangeDetail } from '../../../../service/queries/views.ts';
import { type BadgeKind, badge } from '../components/badge.ts';
import type { TimelineStep } from '../components/timeline.ts';
import { howLong, romeFull, shortDay } from '../components/when.ts';
import { type Html, html } from '../template.ts';

const INCOMING: Readonly<Record<IncomingState, readonly [BadgeKind, string]>> = {
  new: ['wait', 'Appena arrivato'],
  operator: ['warn', 'Segnalato'],
  held: ['wait', 'Attende il sistema di protocollo'],
  registered: ['ok', 'Registrato'],
  confirming: ['ok', 'Registrato, conferma in partenza'],
  confirmed: ['ok', 'Registrato e confermato'],
  refusing: ['wait', 'Rifiutato, notifica in partenza'],
  refused: ['wait', 'Rifiutato'],
  unanswered: ['bad', 'Risposta non consegnata'],
  annulled: ['wait', 'Annullato'],
  closed: ['wait', 'Messo da parte'],
};
const OUTGOING: Readonly<Record<OutgoingState, readonly [BadgeKind, string]>> = {
  queued: ['wait', 'Da inviare'],
  sent: ['wait', 'Inviato'],
  accepted: ['wait', 'Accettato'],
  unevidenced: ['state', 'Accettato, senza prova di consegna'],
  delivered: ['state', 'Consegnato'],
  failed: ['bad', 'Non consegnato'],
  confirmed: ['ok', 'Confermato'],
  excepted: ['bad', 'Eccezione ricevuta'],
  annulled: ['warn', 'Annullato dal destinatario'],
  withdrawn: ['wait', 'Annullato da noi'],
  replaced: ['wait', 'Inviato a un altro indirizzo'],
};

export const exchangeBadge = (
  { direction, state }: Pick<ExchangeDetail, 'direction' | 'state'>,
  plain = false,
): Html => {
  if (plain && state === 'operator') return badge('state', 'Senza segnatura');
  const table: Readonly<Record<string, readonly [BadgeKind, string]>> = direction === 'incoming' ? INCOMING : OUTGOING;
  return badge(...(table[state] ?? (['state', state] as const)));
};

export type MessageAct = 'register' | 'refuse' | 'close' | 'confirm' | 'resend' | 'hand-over';

/**
 * What a person may decide now. A sender that has been given our number is not told that its message is refused: what was
 * registered by mistake is annulled, and the sender is told so.
 */
export function actsOn({ exchange, registration }: MessageSheet): ReadonlySet<MessageAct> {
  const registered = registration ?? (exchange.registration === null ? null : NUMBERED);
  const acts: MessageAct[] = [];
  if (exchange.direction === 'outgoing') {
    const state = OUTGOING_STATES.find((one) => one === exchange.state);
    if (state === undefined) return new Set();
    const step = transition({ direction: 'outgoing', state, registered }, { type: 'resend', answer: null });
    return new Set(isAllowed(step) ? ['resend'] : []);
  }
  const state = INCOMING_STATES.find((one) => one === exchange.state);
  if (state === undefined) return new Set();
  const may = (act: MessageAct, event: IncomingEvent): void => {
    if (isAllowed(transition({ direction: 'incoming', state, registered }, event))) acts.push(act);
  };
  const answer =
    exchange.outbox.map(({ purpose }) => ownAnswer(purpose as Purpose)).findLast((one) => one !== null) ?? null;
  may('register', { type: 'register', answerWanted: true });
  if (!ANSWERED.has(state)) may('refuse', { type: 'refuse', reasons: [] });
  may('close', { type: 'close' });
  may('confirm', { type: 'confirm' });
  may('resend', { type: 'resend', answer });
  may('hand-over', { type: 'hand-over', reason: '' });
  return new Set(acts);
}
const ANSWERED: ReadonlySet<IncomingState> = new Set(['confirming', 'confirmed']);
const NUMBERED = { register: '', year: 0, number: 0 };

type Events = ExchangeDetail['events'];
const first = (events: Events, ...types: readonly string[]) => events.find(({ type }) => types.includes(type));
const last = (events: Events, ...types: readonly string[]) => events.findLast(({ type }) => types.includes(type));

const proof = (id: string, event: Events[number] | undefined): { readonly evidence?: string } =>
  event?.message == null ? {} : { evidence: `/messaggi/${id}/prova/${event.message}` };

/** From their register to ours, and back. */
export function incomingSteps(
  { exchange, mail, registration, plain }: MessageSheet,
  now: Date,
): readonly TimelineStep[] {
  const { id, events, state } = exchange;
  const theirs = mail?.inspection?.segnatura?.identifier ?? null;
  const certified = mail?.inspection?.pec?.certifiedAt ?? null;
  const answer = last(events, 'confirmation-sent', 'receipt-sent');
  return [
    plain
      ? { state: 'proven', name: 'Spedito', below: certified === null ? 'senza certificazione' : romeFull(certified) }
      : {
          state: 'proven',
          name: 'Protocollato',
          below: theirs === null ? 'da loro' : `da loro, ${shortDay(theirs.date)}`,
        },
    {
      state: 'proven',
      name: 'Arrivato',
      below: mail === null ? 'qui' : html`qui, ${romeFull(mail.arrivedAt)}`,
      ...(mail !== null && { evidence: `/messaggi/${id}/prova/${mail.id}` }),
    },
    ...decisionSteps(exchange, registration, now),
    ...answerSteps(exchange, answer, state, plain),
  ];
}

function decisionSteps(
  { state, events, updatedAt, createdAt }: ExchangeDetail,
  registration: MessageSheet['registration'],
  now: Date,
): readonly TimelineStep[] {
  const refused = last(events, 'refused-by-hand', 'exception-sent');
  if (state === 'operator')
    return [
      { state: 'now', name: 'Decidi tu', below: `da ${howLong(createdAt, now)}` },
      { state: 'to-come', name: 'Registrato', below: 'con il tuo sì' },
    ];
  if (state === 'held')
    return [{ state: 'now', name: 'Protocollo', below: `lo attende da ${howLong(createdAt, now)}` }];
  if (state === 'closed')
    return [{ state: 'proven', name: 'Messo da parte', below: romeFull(last(events, 'closed')?.at ?? updatedAt) }];
  const steps: TimelineStep[] = [];
  if (registration !== null) steps.push({ state: 'proven', name: 'Registrato', below: romeFull(registration.at) });
  if (refused !== undefined || state === 'refusing' || state === 'refused')
    steps.push({ state: 'proven', name: 'Rifiutato', below: romeFull(refused?.at ?? updatedAt) });
  if (state === 'annulled') steps.push({ state: 'failed', name: 'Annullato', below: romeFull(updatedAt) });
  return steps;
}

function answerSteps(
  { id, events }: ExchangeDetail,
  confirmation: Events[number] | undefined,
  state: string,
  plain: boolean,
): readonly TimelineStep[] {
  const name = plain ? 'Ricevuta inviata' : 'Confermato';
  switch (state) {
    case 'operator':
    case 'held':
      return [{ state: 'to-come', name, below: 'dopo la registrazione' }];
    case 'registered':
      return [{ state: 'to-come', name, below: 'non richiesto' }];
    case 'confirming':
      return [{ state: 'now', name, below: 'in partenza' }];
    case 'unanswered':
      return [
        {
          state: 'failed',
          name: 'Risposta',
          below: 'non consegnata',
          ...proof(id, last(events, 'receipt-errore-consegna', 'receipt-non-accettazione')),
        },
      ];
    case 'refusing':
      return [{ state: 'now', name: 'Notifica', below: 'in partenza' }];
    case 'refused': {
      const sent = last(events, 'exception-sent');
      return [{ state: 'proven', name: 'Notifica inviata', below: sent === undefined ? 'inviata' : romeFull(sent.at) }];
    }
    case 'confirmed':
      return [
        {
          state: 'proven',
          name,
          below: confirmation === undefined ? 'inviato' : romeFull(confirmation.at),
          ...proof(id, last(events, 'receipt-avvenuta-consegna')),
        },
      ];
    default:
      return [];
  }
}

/** A sent message, to one recipient. */
export function outgoingSteps({ exchange, registration }: MessageSheet): readonly TimelineStep[] {
  const { id, events, state, peerNumber, awaits, dueAt } = exchange;
  const step = (name: string, event: Events[number] | undefined, isNow: boolean): TimelineStep =>
    event === undefined
      ? {
          state: isNow ? 'now' : 'to-come',
          name,
          below: isNow && dueAt !== null ? html`entro ${romeFull(dueAt)}` : 'non ancora',
        }
      : { state: 'proven', name, below: romeFull(event.at), ...proof(id, event) };
  const failed = last(
    events,
    'receipt-errore-consegna',
    'receipt-non-accettazione',
    'receipt-rilevazione-virus',
    'message-given-up',
  );
  const delivered = first(events, 'receipt-avvenuta-consegna');
  const confirmed = last(events, 'confirmation', 'update');
  const excepted = last(events, 'exception');
  return [
    { state: 'proven', name: 'Registrato', below: registration === null ? 'qui' : romeFull(registration.at) },
    step('Inviato', first(events, 'message-sent'), state === 'queued'),
    step('Accettato', first(events, 'receipt-accettazione'), awaits === 'acceptance'),
    state === 'failed'
      ? {
          state: 'failed',
          name: 'Non consegnato',
          below: failed === undefined ? '' : romeFull(failed.at),
          ...proof(id, failed),
        }
      : state === 'unevidenced'
        ? { state: 'to-come', name: 'Consegnato', below: 'senza prova: posta ordinaria' }
        : step('Consegnato', delivered, awaits === 'delivery'),
    state === 'excepted' || state === 'annulled'
      ? {
          state: 'failed',
          name: state === 'excepted' ? 'Rifiutato' : 'Annullato',
          below: excepted === undefined ? '' : romeFull(excepted.at),
          ...proof(id, excepted),
        }
      : confirmed === undefined && awaits !== 'confirmation'
        ? { state: 'to-come', name: 'Confermato', below: state === 'delivered' ? 'non previsto' : 'non ancora' }
        : {
            ...step('Confermato', confirmed, awaits === 'confirmation'),
            ...(confirmed !== undefined &&
              peerNumber !== null && { below: html`${romeFull(confirmed.at)}, loro n.\u00a0${peerNumber}` }),
          },
  ];
}
