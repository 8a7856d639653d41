import type pg from 'pg';
import type { Views } from '../../../service/queries/views.ts';
import { snapshot } from '../database/pool.ts';
import { EXCHANGE_FILTERS, MESSAGE_FILTERS, REGISTRATION_FILTERS, TASK_FILTERS } from './list-filters.ts';
import { FORM, readPage } from './list-page.ts';
import { readStatus, type Served } from './status.ts';
import { verifyAudit } from './verify-audit.ts';
import { exchangeDetail, OF_ANY_OFFICE, registrationDetail } from './view-details.ts';
import {
  type ExchangeViewRow,
  LIST_EXCHANGES,
  LIST_MESSAGES,
  LIST_REGISTRATIONS,
  LIST_TASKS,
  type MessageViewRow,
  REGISTRATION_KEYS,
  type RegistrationViewRow,
  SELECT_MESSAGES,
  SELECT_TASKS,
  type TaskViewRow,
  toExchangeView,
  toMessageView,
  toRegistrationView,
  toTaskView,
} from './view-rows.ts';

export const postgresViews = (pool: pg.Pool, served: readonly Served[] | null = null): Views => ({
  ...listViews(pool),
  ...singleViews(pool),
  status: () => readStatus(pool, served),
  verifyAudit: (onProgress = () => undefined) => verifyAudit(pool, onProgress),
});

function listViews(pool: pg.Pool): Pick<Views, 'messages' | 'registrations' | 'exchanges' | 'tasks'> {
  return {
    messages: (query) =>
      readPage(
        pool,
        query,
        { select: LIST_MESSAGES, alias: 'm', keys: [['m.mail_id', 'uuid', 'id']], filters: MESSAGE_FILTERS },
        (row: MessageViewRow) => [toMessageView(row), [row.id]],
      ),
    registrations: (query) =>
      readPage(
        pool,
        query,
        { select: LIST_REGISTRATIONS, alias: 'r', keys: REGISTRATION_KEYS, filters: REGISTRATION_FILTERS },
        (row: RegistrationViewRow) => [toRegistrationView(row), [row.at, row.aoo, row.register, String(row.number)]],
      ),
    exchanges: (query) =>
      readPage(
        pool,
        query,
        { select: LIST_EXCHANGES, alias: 'e', keys: [['e.exchange_id', 'uuid', 'id']], filters: EXCHANGE_FILTERS },
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
        },
        (row: TaskViewRow) => [toTaskView(row), [row.id]],
      ),
  };
}

function singleViews(pool: pg.Pool): Pick<Views, 'message' | 'registration' | 'exchange' | 'task'> {
  const one = async <Row extends pg.QueryResultRow>(sql: string, id: string): Promise<Row | null> => {
    if (!FORM.uuid.test(id)) return null;
    const { rows } = await pool.query<Row>(sql, [id]);
    return rows[0] ?? null;
  };
  return {
    async task(id) {
      const found = await one<TaskViewRow>(`${SELECT_TASKS} where ${OF_ANY_OFFICE('t')} and t.task_id = $1`, id);
      return found && toTaskView(found);
    },
    async message(id) {
      const found = await one<MessageViewRow & { sha256: string; size: number; inspection: never }>(
        `${SELECT_MESSAGES.replace(' from mail m', ', m.sha256, m.size, m.inspection from mail m')} where ${OF_ANY_OFFICE('m')} and m.mail_id = $1`,
        id,
      );
      return found && { ...toMessageView(found), sha256: found.sha256, size: found.size, inspection: found.inspection };
    },
    registration: (id) => snapshot(pool, (client) => registrationDetail(client, id)),
    exchange: async (id) => (FORM.uuid.test(id) ? snapshot(pool, (client) => exchangeDetail(client, id)) : null),
  };
}
