import { sha256 } from '../../../kernel/digest.ts';
import type { AooId } from '../../../kernel/ids.ts';
import type { Delivery, PauseReason, Webhook } from '../../../service/webhooks/webhook.ts';

export interface WebhookRow {
  readonly aoo: string;
  readonly webhook_id: string;
  readonly url: string;
  readonly types: string[];
  readonly state: 'active' | 'paused';
  readonly pause_reason: PauseReason | null;
  readonly secret: string;
  readonly previous_secret: string | null;
  readonly previous_until: Date | null;
  readonly created_by: string;
  readonly created_at: Date;
  readonly version: number;
  readonly seq: number;
  readonly failures: number;
  readonly failing_since: Date | null;
  readonly due_at: Date;
  readonly last_at: Date | null;
  readonly last_outcome: string | null;
}

export const WEBHOOK_COLUMNS = `aoo, webhook_id, url, types, state, pause_reason, secret, previous_secret, previous_until,
  created_by, created_at, version, seq, failures, failing_since, due_at, last_at, last_outcome`;

export const toWebhook = (row: WebhookRow): Webhook => ({
  aoo: row.aoo as AooId,
  webhookId: row.webhook_id,
  url: row.url,
  types: row.types,
  state: row.state,
  pauseReason: row.pause_reason,
  secret: row.secret,
  previousSecret: row.previous_secret,
  previousUntil: row.previous_until,
  createdBy: row.created_by,
  createdAt: row.created_at,
  version: row.version,
  seq: row.seq,
  failures: row.failures,
  failingSince: row.failing_since,
  dueAt: row.due_at,
  lastAt: row.last_at,
  lastOutcome: row.last_outcome,
});

/** A webhook as it was answered, without its secrets: those stay in the webhook's own row. */
export const toKept = ({ secret, previousSecret, ...webhook }: Webhook) => ({
  ...webhook,
  secretDigest: sha256(secret),
});

type Dates = 'createdAt' | 'previousUntil' | 'failingSince' | 'dueAt' | 'lastAt';
/** The same, read back from JSON. */
export type KeptWebhook = Omit<ReturnType<typeof toKept>, Dates> & {
  readonly [K in Dates]: string | Extract<Webhook[K], null>;
};

const date = (text: string | null): Date | null => (text === null ? null : new Date(text));

/** `now`: the webhook as it is, which may still have the secret that was answered; null: it was removed. */
export function fromKept({ secretDigest, ...kept }: KeptWebhook, now: Webhook | null): Webhook {
  const secrets = [now?.secret ?? '', now?.previousSecret ?? ''];
  return {
    ...kept,
    createdAt: new Date(kept.createdAt),
    dueAt: new Date(kept.dueAt),
    previousUntil: date(kept.previousUntil),
    failingSince: date(kept.failingSince),
    lastAt: date(kept.lastAt),
    secret: secrets.find((secret) => sha256(secret) === secretDigest) ?? '',
    previousSecret: kept.previousUntil === null ? null : '',
  };
}

export interface DeliveryRow {
  readonly seq: number;
  readonly type: string;
  readonly state: Delivery['state'];
  readonly attempts: number;
  readonly first_at: Date;
  readonly last_at: Date;
  readonly due_at: Date;
  readonly last_outcome: string;
}

export const DELIVERY_COLUMNS = 'seq, type, state, attempts, first_at, last_at, due_at, last_outcome';

export const toDelivery = (row: DeliveryRow): Delivery => ({
  seq: row.seq,
  type: row.type,
  state: row.state,
  attempts: row.attempts,
  firstAt: row.first_at,
  lastAt: row.last_at,
  dueAt: row.due_at,
  lastOutcome: row.last_outcome,
});

/** The columns that may be changed, by field. */
const CHANGEABLE = {
  state: 'state',
  pauseReason: 'pause_reason',
  secret: 'secret',
  previousSecret: 'previous_secret',
  previousUntil: 'previous_until',
  seq: 'seq',
  failures: 'failures',
  failingSince: 'failing_since',
  dueAt: 'due_at',
  lastAt: 'last_at',
  lastOutcome: 'last_outcome',
} as const satisfies Partial<Record<keyof Webhook, string>>;
type Changeable = { readonly [K in keyof typeof CHANGEABLE]?: Webhook[K] | undefined };

/** `state = $4, seq = $5` and the values, numbered from `first`. */
export function assignments(change: Changeable, first: number): { readonly sql: string; readonly values: unknown[] } {
  const set = (Object.keys(CHANGEABLE) as (keyof typeof CHANGEABLE)[]).filter((field) => change[field] !== undefined);
  return {
    sql: set.map((field, index) => `${CHANGEABLE[field]} = $${first + index}`).join(', '),
    values: set.map((field) => change[field]),
  };
}
