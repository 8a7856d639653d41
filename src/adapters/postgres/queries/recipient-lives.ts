import type pg from 'pg';
import type { OutgoingState } from '../../../domain/exchange/outgoing.ts';
import type { AooId } from '../../../kernel/ids.ts';
import type { Identifier } from '../../../model/segnatura.ts';
import type { Reader } from '../../../service/people/rights.ts';
import {
  LIFE_EVENTS,
  type LifeEvent,
  lifeOf,
  type RecipientLife,
  type RecipientLives,
  STANDINGS,
  type Standing,
} from '../../../service/queries/recipient-lives.ts';
import type { RegistrationKey } from '../../../service/register/changes.ts';
import { asking } from '../database/prepared.ts';
import { readable } from './reader.ts';
import { peerNumber } from './view-rows.ts';

/** 0 trouble, 1 waiting, 2 done. What waits for nothing before its end is late: a person has been told. */
const RANK = `case
  when e.state in ('failed', 'excepted', 'annulled') then 0
  when e.state in ('queued', 'sent', 'accepted') or (e.state = 'delivered' and e.answer_wanted)
    then case when e.awaits is null then 0 else 1 end
  else 2 end`;
const OF_REGISTRATION = `e.aoo = $1 and e.register = $2 and e.year = $3 and e.number = $4 and e.direction = 'outgoing'`;
const FACTS = `e.exchange_id, e.version, coalesce(nullif(e.peer ->> 'name', ''), e.peer_address) as name, e.peer_address,
  e.state, ${RANK} as rank, e.plain, e.answer_wanted, e.peer_identifier, e.due_at`;

export const COUNT_LIVES = `select e.state, ${RANK} as rank, count(*)::int as count from exchange e
  where ${OF_REGISTRATION} group by 1, 2`;
export const PAGE_OF_LIVES = `select * from (select ${FACTS} from exchange e where ${OF_REGISTRATION}) e
  where (rank, exchange_id) > ($5, $6::uuid) and rank = any($7) order by rank, exchange_id limit $8`;
const THOSE_LIVES = `select ${FACTS} from exchange e where ${OF_REGISTRATION} and e.exchange_id = any($5)`;
/** The latest of each type; of the first one, whose place it took. */
const EVENTS = `select distinct on (v.exchange_id, v.type) v.exchange_id, v.type, v.at, v.mail_id as mail, v.data,
    (select o.peer_address from exchange o where o.aoo = v.aoo and o.exchange_id = (v.data ->> 'insteadOf')::uuid) as instead
  from exchange_event v where v.aoo = $1 and v.exchange_id = any($2) and v.type = any($3)
  order by v.exchange_id, v.type, v.version desc`;

interface FactsRow {
  readonly exchange_id: string;
  readonly version: number;
  readonly name: string;
  readonly peer_address: string;
  readonly state: OutgoingState;
  readonly rank: number;
  readonly plain: boolean;
  readonly answer_wanted: boolean;
  readonly peer_identifier: Identifier | null;
  readonly due_at: Date | null;
}
interface EventRow extends LifeEvent {
  readonly exchange_id: string;
  readonly instead: string | null;
}

/** Is there such a registration for this reader? */
export const readsRegistration =
  (pool: pg.Pool) =>
  async (aoo: AooId, registration: RegistrationKey, reader: Reader): Promise<boolean> => {
    const values: unknown[] = keyValues(aoo, registration);
    const seen = readable('r', reader, (value) => `$${values.push(value)}`);
    const sql = `select from registration r where r.aoo = $1 and r.register = $2 and r.year = $3 and r.number = $4 and ${seen}`;
    return ((await pool.query(sql, values)).rowCount ?? 0) > 0;
  };

const keyValues = (aoo: AooId, { register, year, number }: RegistrationKey) => [aoo, register, year, number];
const standingOf = (rank: number): Standing => STANDINGS[rank] ?? 'done';
const BEGINNING = { rank: -1, id: '00000000-0000-0000-0000-000000000000' };
const CURSOR = /^([012])-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function recipientLives(pool: pg.Pool): RecipientLives {
  const ask = asking(pool);
  const withEvents = async (aoo: AooId, rows: readonly FactsRow[]): Promise<readonly RecipientLife[]> => {
    const ids = rows.map(({ exchange_id }) => exchange_id);
    const found = ids.length === 0 ? [] : (await ask<EventRow>(EVENTS, [aoo, ids, LIFE_EVENTS])).rows;
    const events = Map.groupBy(found, ({ exchange_id }) => exchange_id);
    return rows.map((row) => {
      const own = events.get(row.exchange_id) ?? [];
      return lifeOf({
        exchangeId: row.exchange_id,
        version: row.version,
        name: row.name,
        address: row.peer_address,
        state: row.state,
        standing: standingOf(row.rank),
        plain: row.plain,
        answerWanted: row.answer_wanted,
        peerNumber: peerNumber(row.peer_identifier),
        dueAt: row.due_at,
        insteadOf: own.find(({ instead }) => instead !== null)?.instead ?? null,
        events: own,
      });
    });
  };
  return {
    async counts(aoo, registration) {
      const found = await ask<{ state: OutgoingState; rank: number; count: number }>(
        COUNT_LIVES,
        keyValues(aoo, registration),
      );
      const counts = { trouble: 0, waiting: 0, done: 0 };
      const states: Partial<Record<OutgoingState, number>> = {};
      for (const { state, rank, count } of found.rows) {
        counts[standingOf(rank)] += count;
        states[state] = (states[state] ?? 0) + count;
      }
      return { ...counts, states };
    },
    async page(aoo, registration, { standing, cursor, limit }) {
      const [, rank, id] = CURSOR.exec(cursor ?? '') ?? [];
      const after = rank === undefined || id === undefined ? BEGINNING : { rank: Number(rank), id };
      const ranks = standing === undefined ? [0, 1, 2] : [STANDINGS.indexOf(standing)];
      const found = await ask<FactsRow>(PAGE_OF_LIVES, [
        ...keyValues(aoo, registration),
        ...[after.rank, after.id, ranks, limit + 1],
      ]);
      const rows = found.rows.slice(0, limit);
      const last = rows.at(-1);
      const next = found.rows.length > limit && last !== undefined ? `${last.rank}-${last.exchange_id}` : null;
      return { lives: await withEvents(aoo, rows), next };
    },
    async those(aoo, registration, exchangeIds) {
      const ids = exchangeIds.filter((id) => UUID.test(id));
      const found = await ask<FactsRow>(THOSE_LIVES, [...keyValues(aoo, registration), ids]);
      const rows = new Map(found.rows.map((row) => [row.exchange_id, row]));
      return withEvents(
        aoo,
        ids.flatMap((id) => rows.get(id) ?? []),
      );
    },
  };
}
