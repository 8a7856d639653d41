import type pg from 'pg';
import { shortNumber } from '../../domain/register/registration.ts';
import type { Identifier } from '../../formats/segnatura/model.ts';
import { sha256Of } from '../../kernel/digest.ts';
import { protocolNumber } from '../../kernel/ids.ts';
import type {
  Asked,
  ExchangeDetail,
  ExchangeView,
  MessageView,
  Page,
  RegistrationView,
  Views,
} from '../../service/views.ts';
import { snapshot } from './pool.ts';
import { readStatus } from './status.ts';

/**
 * Lists go from the newest to the oldest; the cursor is the sort key of the last item shown, so a page costs the same
 * anywhere.
 */
export function postgresViews(pool: pg.Pool): Views {
  return {
    messages: (asked) =>
      page(asked, { select: MESSAGES, alias: 'm', keys: [['m.mail_id', 'uuid', 'id']] }, (row: MessageRow) => [
        toMessage(row),
        [row.id],
      ]),
    registrations: (asked) =>
      page(asked, { select: REGISTRATIONS, alias: 'r', keys: REGISTRATION_KEYS }, (row: RegistrationRow) => [
        toRegistration(row),
        [row.at, row.aoo, row.register, String(row.number)],
      ]),
    exchanges: (asked) =>
      page(asked, { select: EXCHANGES, alias: 'e', keys: [['e.exchange_id', 'uuid', 'id']] }, (row: ExchangeRow) => [
        toExchange(row),
        [row.id],
      ]),
    async message(id) {
      if (!FORM.uuid.test(id)) return null;
      const found = await one<MessageRow & { sha256: string; size: number; inspection: never }>(
        `${MESSAGES.replace(' from mail m', ', m.sha256, m.size, m.inspection from mail m')} where ${OF_ANY_OFFICE('m')} and m.mail_id = $1`,
        [id],
      );
      return found && { ...toMessage(found), sha256: found.sha256, size: found.size, inspection: found.inspection };
    },
    async registration(id) {
      const [administration, code, register, year, number] = id.split('/');
      const key = [`${administration}/${code}`, register, year, number];
      if (!/^\d{1,4}$/.test(year ?? '') || !/^\d{1,15}$/.test(number ?? '')) return null;
      const where = 'where r.aoo = $1 and r.register = $2 and r.year = $3::int and r.number = $4::bigint';
      const found = await one<RegistrationRow & { mail_id: string | null }>(
        `${REGISTRATIONS.replace(' from registration r', ', r.mail_id from registration r')} ${where}`,
        key,
      );
      if (found === null) return null;
      const documents = await pool.query(
        `select role, name, media_type as "mediaType", size, sha256 from registration_document r ${where} order by position`,
        key,
      );
      return { ...toRegistration(found), message: found.mail_id, documents: documents.rows };
    },
    exchange: async (id) => (FORM.uuid.test(id) ? snapshot(pool, (client) => exchangeDetail(client, id)) : null),
    status: () => readStatus(pool),
    async verifyAudit() {
      const offices = await pool.query<{ aoo: string; audit_seq: number; audit_hash: string }>(
        'select aoo, audit_seq, audit_hash from aoo order by aoo',
      );
      return Promise.all(offices.rows.map(async (office) => ({ aoo: office.aoo, ...(await walkChain(office)) })));
    },
  };

  async function one<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[]): Promise<Row | null> {
    const found = await pool.query<Row>(sql, [...values]);
    return found.rows[0] ?? null;
  }

  async function page<Row extends pg.QueryResultRow, T>(
    asked: Asked,
    list: List,
    read: (row: Row) => [T, readonly string[]],
  ): Promise<Page<T>> {
    const values: unknown[] = [];
    const value = (given: unknown): string => `$${values.push(given)}`;
    const where = [`${list.alias}.aoo = ${asked.aoo === null ? 'office.aoo' : value(asked.aoo)}`];
    if (asked.cursor !== null) {
      const after = fromCursor(asked.cursor, list.keys);
      if (after === null) return { items: [], cursor: null };
      const shown = list.keys.map(([, type], index) => `${value(after[index])}::${type}`);
      where.push(`(${list.keys.map(([column]) => column).join(', ')}) < (${shown.join(', ')})`);
    }
    const limit = value(asked.limit + 1);
    const ofOne = `${list.select} where ${where.join(' and ')}
      order by ${list.keys.map(([column]) => `${column} desc`).join(', ')} limit ${limit}`;
    // Every index begins with the office: of all offices together, each gives its newest, and the newest of those count.
    const merged = list.keys.map(([, type, shown]) => `newest.${shown}::${type} desc`).join(', ');
    const ofAll = `select newest.* from aoo office cross join lateral (${ofOne}) newest order by ${merged} limit ${limit}`;
    const found = await pool.query<Row>(asked.aoo === null ? ofAll : ofOne, values);
    const rows = found.rows.slice(0, asked.limit).map(read);
    const last = found.rows.length > asked.limit ? rows.at(-1) : undefined;
    return { items: rows.map(([item]) => item), cursor: last === undefined ? null : toCursor(last[1]) };
  }

  /** The chain, a thousand records at a time. */
  async function walkChain(office: { aoo: string; audit_seq: number; audit_hash: string }) {
    let hash = '0'.repeat(64);
    let records = 0;
    for (;;) {
      const next = await pool.query<{ seq: number; content: string; hash: string }>(
        'select seq, content, hash from audit where aoo = $1 and seq > $2 and seq <= $3 order by seq limit 1000',
        [office.aoo, records, office.audit_seq],
      );
      if (next.rows.length === 0) break;
      for (const row of next.rows) {
        hash = sha256Of([hash, row.content]);
        records += 1;
        if (row.seq !== records || row.hash !== hash) return { records, brokenAt: row.seq };
      }
    }
    const whole = records === office.audit_seq && hash === office.audit_hash;
    return { records, brokenAt: whole ? null : records + 1 };
  }
}

/** The exchange with its events and mails, as they stood at one moment: the state is the one its last event led to. */
async function exchangeDetail(client: pg.PoolClient, id: string): Promise<ExchangeDetail | null> {
  const { rows } = await client.query<ExchangeRow>(`${EXCHANGES} where ${OF_ANY_OFFICE('e')} and e.exchange_id = $1`, [
    id,
  ]);
  const [found] = rows;
  if (found === undefined) return null;
  const events = await client.query<ExchangeDetail['events'][number]>(
    `select version, type, at, mail_id as message, data from exchange_event where aoo = $1 and exchange_id = $2 order by version`,
    [found.aoo, id],
  );
  const outbox = await client.query<ExchangeDetail['outbox'][number]>(
    `select purpose, message_id as "messageId", recipient, state, attempts, sent_at as "sentAt", last_error as "lastError"
       from outbox where aoo = $1 and exchange_id = $2 order by queued_at, outbox_id`,
    [found.aoo, id],
  );
  return { ...toExchange(found), events: events.rows, outbox: outbox.rows };
}

/** A list in its order: the columns it is sorted by, descending, with their types. Together they are unique. */
interface List {
  readonly select: string;
  readonly alias: string;
  readonly keys: readonly (readonly [column: string, type: keyof typeof FORM, shownAs: string])[];
}

/** Every index begins with the office: naming them all keeps a look-up by id on it. */
const OF_ANY_OFFICE = (alias: string): string => `${alias}.aoo in (select office.aoo from aoo office)`;

/** A cursor comes from outside: what PostgreSQL could not read is told before it is asked. */
const FORM = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  timestamptz: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/,
  text: /^[^\0]*$/,
  bigint: /^\d{1,15}$/,
} as const;

const toCursor = (keys: readonly string[]): string => Buffer.from(JSON.stringify(keys)).toString('base64url');

function fromCursor(cursor: string, keys: List['keys']): readonly string[] | null {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Array.isArray(values) || values.length !== keys.length) return null;
    const fits = keys.every(([, type], index) => typeof values[index] === 'string' && FORM[type].test(values[index]));
    return fits ? values : null;
  } catch {
    return null;
  }
}

interface MessageRow {
  id: string;
  aoo: string;
  mailbox: string;
  arrived_at: Date;
  state: MessageView['state'];
  kind: string | null;
  action: string | null;
  sender: string | null;
  subject: string | null;
  exchange_id: string | null;
  note: string | null;
}
const MESSAGES =
  'select m.mail_id as id, m.aoo, m.mailbox, m.arrived_at, m.state, m.kind, m.action, m.sender, m.subject, m.exchange_id, m.note from mail m';

const toMessage = (row: MessageRow): MessageView => ({
  id: row.id,
  aoo: row.aoo,
  mailbox: row.mailbox,
  arrivedAt: row.arrived_at.toISOString(),
  state: row.state,
  kind: row.kind,
  action: row.action,
  sender: row.sender,
  subject: row.subject,
  exchange: row.exchange_id,
  note: row.note,
});

interface RegistrationRow {
  at: string;
  aoo: string;
  register: string;
  year: number;
  number: number;
  date: string;
  time: string;
  direction: RegistrationView['direction'];
  subject: string;
  correspondent: string | null;
  peer_identifier: Identifier | null;
  flags: readonly { readonly code: string }[];
}
const REGISTRATION_KEYS: List['keys'] = [
  ['r.registered_at', 'timestamptz', 'at'],
  ['r.aoo', 'text', 'aoo'],
  ['r.register', 'text', 'register'],
  ['r.number', 'bigint', 'number'],
];
/** For an outgoing registration the other office's number is known through its exchanges. */
const REGISTRATIONS = `select r.registered_at::text as at, r.aoo, r.register, r.year, r.number, r.date, r.time, r.direction, r.subject,
  case r.direction when 'incoming' then r.sender ->> 'name' else r.recipients -> 0 ->> 'name' end as correspondent,
  coalesce(r.peer_identifier, (select x.peer_identifier from exchange x where x.aoo = r.aoo and x.register = r.register
    and x.year = r.year and x.number = r.number and x.direction = 'outgoing' and x.peer_identifier is not null limit 1)) as peer_identifier,
  r.flags from registration r`;

const toRegistration = (row: RegistrationRow): RegistrationView => ({
  id: `${row.aoo}/${row.register}/${row.year}/${row.number}`,
  aoo: row.aoo,
  register: row.register,
  year: row.year,
  number: protocolNumber(row.number),
  date: row.date,
  time: row.time,
  direction: row.direction,
  subject: row.subject,
  correspondent: row.correspondent ?? '',
  peerNumber: peerNumber(row.peer_identifier),
  flags: row.flags.map(({ code }) => code),
});

interface ExchangeRow {
  id: string;
  aoo: string;
  direction: ExchangeView['direction'];
  state: string;
  peer: { name?: string } | null;
  peer_address: string;
  subject: string;
  year: number | null;
  number: number | null;
  peer_identifier: Identifier | null;
  created_at: Date;
  updated_at: Date;
}
const EXCHANGES = `select e.exchange_id as id, e.aoo, e.direction, e.state, e.peer, e.peer_address, e.subject, e.year, e.number,
  e.peer_identifier, e.created_at, e.updated_at from exchange e`;

const toExchange = (row: ExchangeRow): ExchangeView => ({
  id: row.id,
  aoo: row.aoo,
  direction: row.direction,
  state: row.state,
  peer: row.peer?.name ? `${row.peer.name} <${row.peer_address}>` : row.peer_address,
  subject: row.subject,
  ourNumber: row.number === null || row.year === null ? null : shortNumber(row.number, row.year),
  peerNumber: peerNumber(row.peer_identifier),
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});

const peerNumber = (identifier: Identifier | null): string | null =>
  identifier && `${identifier.number}/${identifier.date.slice(0, 4)}`;
