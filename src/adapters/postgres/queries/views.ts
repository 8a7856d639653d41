import type pg from 'pg';
import type { Reader } from '../../../service/people/rights.ts';
import type { Views } from '../../../service/queries/views.ts';
import { snapshot } from '../database/pool.ts';
import { EXCHANGE_FILTERS, MESSAGE_FILTERS, TASK_FILTERS } from './list-filters.ts';
import { FORM, readPage } from './list-page.ts';
import { readable, readableByExchange } from './reader.ts';
import { listRegistrations } from './registration-list.ts';
import { readStatus, type Served } from './status.ts';
import { verifyAudit } from './verify-audit.ts';
import { exchangeDetail, OF_ANY_OFFICE, registrationDetail } from './view-details.ts';
import {
  type ExchangeViewRow,
  LIST_EXCHANGES,
  LIST_MESSAGES,
  LIST_TASKS,
  type MessageViewRow,
  SELECT_MESSAGES,
  SELECT_TASKS,
  type TaskViewRow,
  toExchangeView,
  toMessageView,
  toTaskView,
} from './view-rows.ts';

export const postgresViews = (pool: pg.Pool, served: readonly Served[] | null = null): Views => ({
  ...listViews(pool),
  ...singleViews(pool),
  status: () => readStatus(pool, served),
  verifyAudit: (onProgress = () => undefined, memory = null) => verifyAudit(pool, onProgress, memory),
});

function listViews(pool: pg.Pool): Pick<Views, 'messages' | 'registrations' | 'exchanges' | 'tasks'> {
  return {
    messages: (query) =>
      readPage(
        pool,
        query,
        {
          select: LIST_MESSAGES,
          alias: 'm',
          keys: [['m.mail_id', 'uuid', 'id']],
          filters: MESSAGE_FILTERS,
          readable: readableByExchange,
        },
        (row: MessageViewRow) => [toMessageView(row), [row.id]],
      ),
    registrations: (query) => listRegistrations(pool, query),
    exchanges: (query) =>
      readPage(
        pool,
        query,
        {
          select: LIST_EXCHANGES,
          alias: 'e',
          keys: [['e.exchange_id', 'uuid', 'id']],
          filters: EXCHANGE_FILTERS,
          readable,
        },
        (row: ExchangeViewRow) => [toExchangeView(row), [row.id]],
      ),
    tasks: (query) =>
      readPage(
        pool,
        query,
        {
          select: LIST_TASKS,
          alias: 't',
          keys: [['t.task_id', 'uuid', 'id']],
          where: 't.closed_at is null',
          filters: TASK_FILTERS,
          readable: readableByExchange,
        },
        (row: TaskViewRow) => [toTaskView(row), [row.id]],
      ),
  };
}

function singleViews(pool: pg.Pool): Pick<Views, 'message' | 'registration' | 'exchange' | 'task'> {
  const one = async <Row extends pg.QueryResultRow>(
    select: string,
    [alias, key]: readonly [alias: string, key: string],
    id: string,
    reader: Reader | undefined,
  ): Promise<Row | null> => {
    if (!FORM.uuid.test(id)) return null;
    const values: unknown[] = [id];
    const may = reader === undefined ? 'true' : readableByExchange(alias, reader, (given) => `$${values.push(given)}`);
    const { rows } = await pool.query<Row>(
      `${select} where ${OF_ANY_OFFICE(alias)} and ${alias}.${key} = $1 and ${may}`,
      values,
    );
    return rows[0] ?? null;
  };
  return {
    async task(id, reader) {
      const found = await one<TaskViewRow>(SELECT_TASKS, ['t', 'task_id'], id, reader);
      return found && toTaskView(found);
    },
    async message(id, reader) {
      const select = SELECT_MESSAGES.replace(' from mail m', ', m.sha256, m.size, m.inspection from mail m');
      const found = await one<MessageViewRow & { sha256: string; size: number; inspection: never }>(
        select,
        ['m', 'mail_id'],
        id,
        reader,
      );
      return found && { ...toMessageView(found), sha256: found.sha256, size: found.size, inspection: found.inspection };
    },
    registration: (id, reader) => snapshot(pool, (client) => registrationDetail(client, id, reader)),
    exchange: async (id, reader) =>
      FORM.uuid.test(id) ? snapshot(pool, (client) => exchangeDetail(client, id, reader)) : null,
  };
}
