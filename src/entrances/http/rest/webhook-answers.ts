/** Subscriptions and deliveries as the API shows them: what there is not is left out. Secrets are shown where they are made. */
import { EVENT_TYPES } from '../../../domain/exchange/event-types.ts';
import type { Delivery, Webhook } from '../../../service/webhooks/webhook.ts';
import { closed, held, int32, int64, listOf, matching, office, oneOf, Type, time, uuid } from '../schemas.ts';

const count = () => int32(0, 2_147_483_647);
/** As it is asked for; what is told may be a receipt that no norm names. */
export const EventType = oneOf(EVENT_TYPES);
const told = () => matching('^[a-z][a-z0-9-]*$', 64, { examples: ['received', 'confirmation', 'task-opened'] });
export const Url = Type.String({
  format: 'uri',
  maxLength: 2_000,
  description: 'Dove inviare: https, su un indirizzo della rete pubblica.',
  examples: ['https://protocollo.esempio.example.it/eventi'],
});

const webhook = {
  id: uuid(),
  aoo: office(),
  url: held(2_000),
  types: listOf(told(), 50, { description: 'Tipi di evento richiesti; vuoto: tutti.' }),
  state: oneOf(['active', 'paused']),
  pauseReason: Type.Optional(
    oneOf(['person', 'gone', 'unreachable', 'refusing'], {
      description:
        'Sospeso da un operatore, oppure perché il ricevente non vuole più avvisi, non risponde o rifiuta tutto.',
    }),
  ),
  createdBy: held(500),
  createdAt: time(),
  version: count(),
  position: int64({ description: "Numero dell'ultimo evento trattato: consegnato, scartato o non richiesto." }),
  failures: count(),
  failingSince: Type.Optional(time()),
  dueAt: Type.Optional(time({ description: 'Prossimo tentativo, dopo un errore.' })),
  lastAt: Type.Optional(time()),
  lastOutcome: Type.Optional(held(32, { examples: ['204', 'timeout'] })),
  previousSecretUntil: Type.Optional(time({ description: 'Fino a quando firma anche il segreto precedente.' })),
};
export const WebhookView = closed(webhook);
export const WebhookWithSecret = closed({
  ...webhook,
  secret: matching('^whsec_[A-Za-z0-9_-]{43}$', 60, { description: "Chiave dell'HMAC: è mostrata solo qui." }),
});

export function presentWebhook(one: Webhook) {
  const { pauseReason, failingSince, lastAt, lastOutcome, previousSecret, previousUntil } = one;
  return {
    id: one.webhookId,
    aoo: one.aoo,
    url: one.url,
    types: [...one.types],
    state: one.state,
    createdBy: one.createdBy,
    createdAt: one.createdAt.toISOString(),
    version: one.version,
    position: one.seq,
    failures: one.failures,
    ...(pauseReason !== null && { pauseReason }),
    ...(failingSince !== null && { failingSince: failingSince.toISOString() }),
    ...(one.failures > 0 && { dueAt: one.dueAt.toISOString() }),
    ...(lastAt !== null && { lastAt: lastAt.toISOString() }),
    ...(lastOutcome !== null && { lastOutcome }),
    ...(previousSecret !== null && previousUntil !== null && { previousSecretUntil: previousUntil.toISOString() }),
  };
}

export const DELIVERY_STATES = ['waiting', 'delivered', 'dead'] as const;
export const DeliveryView = closed({
  id: int64({ description: "Numero dell'evento." }),
  eventId: held(100),
  type: told(),
  state: oneOf(DELIVERY_STATES),
  attempts: count(),
  firstAt: time(),
  lastAt: time(),
  dueAt: Type.Optional(time()),
  lastOutcome: held(32),
});

export const presentDelivery = (aoo: string, one: Delivery) => ({
  id: one.seq,
  eventId: `${aoo}:${one.seq}`,
  type: one.type,
  state: one.state,
  attempts: one.attempts,
  firstAt: one.firstAt.toISOString(),
  lastAt: one.lastAt.toISOString(),
  ...(one.state === 'waiting' && { dueAt: one.dueAt.toISOString() }),
  lastOutcome: one.lastOutcome,
});

export const TriedView = closed({
  eventId: held(120),
  delivered: Type.Boolean(),
  outcome: held(32, { examples: ['204', 'timeout'] }),
  milliseconds: count(),
});
