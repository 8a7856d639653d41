/**
 * What a subscriber gets: an event of the feed, without personal data, and the headers that prove whose it is. The receiver
 * computes HMAC-SHA256 over `<t>.<body>` with its secret and compares it with any of the `v1`; `t` bounds how old it may be.
 */
import { createHmac } from 'node:crypto';
import type { WebhookOutcome } from '../../domain/delivery/webhook.ts';
import { digestHeader } from '../../formats/modi/digest.ts';
import type { AooId } from '../../kernel/ids.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { Secrets } from '../access/secrets.ts';
import type { FeedEvent } from '../events/feed.ts';
import type { Webhook, WebhookPost, WebhookSigner } from './ports.ts';

const CONTENT_TYPE = 'application/json';

/** The same for every attempt, so that a repeat is recognised. Tests of a subscription are no events: `…:test:<id>`. */
export const eventIdOf = (aoo: AooId, seq: number): string => `${aoo}:${seq}`;

export interface Told {
  readonly eventId: string;
  /** Of this event to this subscriber; the same for every attempt. */
  readonly deliveryId: string;
  readonly attempt: number;
  readonly body: Buffer;
}

export function tell(webhook: Webhook, event: FeedEvent, attempt: number): Told {
  const eventId = eventIdOf(webhook.aoo, event.seq);
  const { aoo, seq, at, type, exchangeId, direction, version, mailId, taskId } = event;
  // As `/events` shows it. What an event has not is left out: a receiver meets no null.
  const all = { exchange: exchangeId, direction, version, message: mailId, task: taskId };
  const said = Object.entries(all).filter(([, value]) => value !== null);
  const body = { id: eventId, aoo, seq, at, type, ...Object.fromEntries(said) };
  return { eventId, deliveryId: `${webhook.webhookId}:${seq}`, attempt, body: Buffer.from(JSON.stringify(body)) };
}

/** An event that has not happened: `type` is `test`, and it has no `seq`. */
export function tellTest(webhook: Webhook, id: string, at: Date): Told {
  const eventId = `${webhook.aoo}:test:${id}`;
  const body = { id: eventId, aoo: webhook.aoo, at: at.toISOString(), type: 'test' };
  const deliveryId = `${webhook.webhookId}:test:${id}`;
  return { eventId, deliveryId, attempt: 1, body: Buffer.from(JSON.stringify(body)) };
}

/** Where it goes, for records: what follows the path may be a key of the receiver's. */
export const placeOf = (url: string): string => {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
};

export const secretContext = (aoo: AooId, webhookId: string): string => `webhook:${aoo}:${webhookId}`;

/** The secrets that sign now, the newest first. */
function secretsOf(webhook: Webhook, secrets: Secrets, at: Date): Result<readonly string[]> {
  const context = secretContext(webhook.aoo, webhook.webhookId);
  const current = secrets.open(webhook.secret, context);
  if (!current.ok) return current;
  const { previousSecret, previousUntil } = webhook;
  if (previousSecret === null || previousUntil === null || previousUntil <= at) return ok([current.value]);
  const previous = secrets.open(previousSecret, context);
  return ok(previous.ok ? [current.value, previous.value] : [current.value]);
}

export interface PostParts {
  readonly secrets: Secrets;
  /** Null: the node has no key of its own. */
  readonly signer: WebhookSigner | null;
}

export async function postOf(
  webhook: Webhook,
  { eventId, deliveryId, attempt, body }: Told,
  at: Date,
  { secrets, signer }: PostParts,
): Promise<Result<WebhookPost>> {
  const keys = secretsOf(webhook, secrets, at);
  if (!keys.ok) return refuse(problem(keys.problem.code));
  const { url } = webhook;
  const request = { url, body, contentType: CONTENT_TYPE, tokenId: uuidv7(at) };
  const headers = {
    'content-type': CONTENT_TYPE,
    'user-agent': 'InterPro',
    digest: digestHeader(body),
    'x-interpro-event-id': eventId,
    'x-interpro-delivery': deliveryId,
    'x-interpro-attempt': String(attempt),
    'x-interpro-signature': signatureOf(body, keys.value, at),
    ...(signer === null ? {} : await signer.sign(request, at)),
  };
  return ok({ url, headers, body });
}

/** `t=<unix seconds>,v1=<hex>`, one `v1` for each secret. */
export function signatureOf(body: Buffer, secrets: readonly string[], at: Date): string {
  const t = Math.floor(at.getTime() / 1000);
  const signed = secrets.map((secret) => createHmac('sha256', secret).update(`${t}.`).update(body).digest('hex'));
  return [`t=${t}`, ...signed.map((hex) => `v1=${hex}`)].join(',');
}

export const isDelivered = (outcome: WebhookOutcome): boolean =>
  outcome.kind === 'answered' && outcome.status >= 200 && outcome.status <= 299;
