/** Subscriptions and deliveries as the API shows them. A secret is shown once: in the answer that creates it. */

import { Type } from '@fastify/type-provider-typebox';
import { EVENT_TYPES } from '../../../domain/exchange/event-types.ts';
import type { Delivery, Webhook } from '../../../service/webhooks/webhook.ts';
import { counter, int64, listOf, matching, named, officeCode, oneOf, storedText, timestamp, uuid } from '../schemas.ts';

/** As requested. What is shown may also be a receipt of a type that no norm names. */
export const EventType = oneOf(EVENT_TYPES, { title: 'EventType' });
const shownType = () => matching('^[a-z][a-z0-9-]*$', 64, { examples: ['received', 'confirmation', 'task-opened'] });
export const WebhookUrl = Type.String({
  format: 'uri',
  maxLength: 2_000,
  description: 'Dove inviare: https, su un indirizzo della rete pubblica.',
  examples: ['https://protocollo.esempio.example.it/eventi'],
});

const webhook = {
  id: uuid(),
  aoo: officeCode(),
  url: storedText(2_000),
  types: listOf(shownType(), 50, { description: 'Tipi di evento richiesti; vuoto: tutti.' }),
  state: oneOf(['active', 'paused'], { title: 'WebhookState' }),
  pauseReason: Type.Optional(
    oneOf(['person', 'gone', 'unreachable', 'refusing'], {
      title: 'PauseReason',
      description:
        'Sospeso da un operatore, oppure perché il ricevente non vuole più avvisi, non risponde o rifiuta tutto.',
    }),
  ),
  createdBy: storedText(500),
  createdAt: timestamp(),
  version: counter(),
  position: int64({ description: "Numero dell'ultimo evento trattato: consegnato, scartato o non richiesto." }),
  failures: counter(),
  failingSince: Type.Optional(timestamp()),
  dueAt: Type.Optional(timestamp({ description: 'Prossimo tentativo, dopo un errore.' })),
  lastAt: Type.Optional(timestamp()),
  lastOutcome: Type.Optional(storedText(32, { examples: ['204', 'timeout'] })),
  previousSecretUntil: Type.Optional(timestamp({ description: 'Fino a quando firma anche il segreto precedente.' })),
};
export const WebhookAnswer = named('Webhook', webhook);
export const WebhookWithSecret = named('WebhookWithSecret', {
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

export const WebhookDeliveryState = oneOf(['waiting', 'delivered', 'dead'], { title: 'WebhookDeliveryState' });
export const DeliveryAnswer = named('WebhookDelivery', {
  id: int64({ description: "Numero dell'evento." }),
  eventId: storedText(100),
  type: shownType(),
  state: WebhookDeliveryState,
  attempts: counter(),
  firstAt: timestamp(),
  lastAt: timestamp(),
  dueAt: Type.Optional(timestamp()),
  lastOutcome: storedText(32),
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

export const TestDeliveryAnswer = named('WebhookTest', {
  eventId: storedText(120),
  delivered: Type.Boolean(),
  outcome: storedText(32, { examples: ['204', 'timeout'] }),
  milliseconds: counter(),
});
