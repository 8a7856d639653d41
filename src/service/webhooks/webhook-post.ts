/**
 * What a subscriber receives: an event of the feed, without personal data, and headers that prove where it comes from. The
 * receiver computes HMAC-SHA256 over `<t>.<body>` with its secret and compares it with each `v1`; `t` limits its age.
 */
import { createHmac } from 'node:crypto';
import { digestHeader } from '../../formats/modi/digest.ts';
import type { AooId } from '../../kernel/ids.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { Secrets } from '../access/secrets.ts';
import type { FeedEvent } from '../events/feed.ts';
import type { Webhook } from './webhook.ts';
import type { WebhookPost, WebhookSigner } from './webhook-endpoint.ts';

const CONTENT_TYPE = 'application/json';

/** The same for every attempt, so that a repeat is recognised. A test is not an event: `…:test:<id>`. */
export const eventIdOf = (aoo: AooId, seq: number): string => `${aoo}:${seq}`;

export interface WebhookMessage {
  readonly eventId: string;
  /** Names this event and this subscriber; the same for every attempt. */
  readonly deliveryId: string;
  readonly attempt: number;
  readonly body: Buffer;
}

export function eventMessage(webhook: Webhook, event: FeedEvent, attempt: number): WebhookMessage {
  const eventId = eventIdOf(webhook.aoo, event.seq);
  const { aoo, seq, at, type, exchangeId, direction, version, mailId, taskId } = event;
  // As `/events` shows it, but absent fields instead of nulls.
  const all = { exchange: exchangeId, direction, version, message: mailId, task: taskId };
  const said = Object.entries(all).filter(([, value]) => value !== null);
  const body = { id: eventId, aoo, seq, at, type, ...Object.fromEntries(said) };
  return { eventId, deliveryId: `${webhook.webhookId}:${seq}`, attempt, body: Buffer.from(JSON.stringify(body)) };
}

/** A made-up event of type `test`, without a `seq`. */
export function testMessage(webhook: Webhook, id: string, at: Date): WebhookMessage {
  const eventId = `${webhook.aoo}:test:${id}`;
  const body = { id: eventId, aoo: webhook.aoo, at: at.toISOString(), type: 'test' };
  const deliveryId = `${webhook.webhookId}:test:${id}`;
  return { eventId, deliveryId, attempt: 1, body: Buffer.from(JSON.stringify(body)) };
}

/** For records and logs: the query may hold a key of the receiver's. */
export const urlWithoutQuery = (url: string): string => {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
};

export const secretContext = (aoo: AooId, webhookId: string): string => `webhook:${aoo}:${webhookId}`;

/** The secrets that sign at `at`, the newest first. */
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
  /** Null: the node has no signing key. */
  readonly signer: WebhookSigner | null;
}

export async function signedPost(
  webhook: Webhook,
  { eventId, deliveryId, attempt, body }: WebhookMessage,
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
    'interpro-event-id': eventId,
    'interpro-delivery': deliveryId,
    'interpro-attempt': String(attempt),
    'interpro-signature': signatureOf(body, keys.value, at),
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
