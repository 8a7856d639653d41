import type pg from 'pg';
import type { AooId } from '../../../kernel/ids.ts';
import type { CommandAnswer, NewTask } from '../../../service/register/changes.ts';
import type { OfficeTransaction } from '../../../service/register/office-transaction.ts';
import { OfficeStoppedError } from '../../../service/register/witness.ts';
import { type Asking, asking } from '../database/prepared.ts';
import { officeAssignments } from './assignments.ts';
import { officeByHand } from './by-hand.ts';
import { officeExchanges } from './exchanges.ts';
import { officeMails } from './mails.ts';
import { officeOutbox } from './outbox.ts';
import { officeRegistrations } from './registrations.ts';
import { type OfficeHead, save } from './save.ts';

export interface LockedOffice {
  readonly tx: OfficeTransaction;
  /** Where the office's chains stand, including what has been saved in this transaction. */
  head(): OfficeHead;
  /** What was saved after `head` has been rolled back. */
  rewind(head: OfficeHead): void;
}

/** Takes the office's lock; whatever numbers, registers or audits for the office waits here. */
export async function lockOffice(client: pg.PoolClient, aoo: AooId): Promise<LockedOffice> {
  const ask = asking(client);
  const locked = await ask<OfficeHead & { stopped_because: string | null }>(
    // Not `for update`: that would also hold up every row that refers to the office, such as each new mail.
    'select audit_seq, audit_hash, event_seq, stopped_because from aoo where aoo = $1 for no key update',
    [aoo],
  );
  const [found] = locked.rows;
  if (found === undefined) throw new Error(`office ${aoo} is not declared in the database`);
  if (found.stopped_because !== null) throw new OfficeStoppedError(aoo, found.stopped_because);

  let head: OfficeHead = found;
  const registrations = officeRegistrations(ask, aoo);
  const tx: OfficeTransaction = {
    mails: officeMails(ask, aoo),
    exchanges: officeExchanges(ask, aoo),
    outbox: officeOutbox(ask, aoo),
    registrations,
    assignments: officeAssignments(ask, aoo),
    byHand: officeByHand(ask, aoo),
    openTask: (taskId) => openTask(ask, aoo, taskId),
    commandAnswer: (client, key) => commandAnswer(ask, aoo, client, key),
    async save(changes) {
      head = await save(ask, aoo, head, changes);
      registrations.remember(changes);
    },
  };
  return {
    tx,
    head: () => head,
    rewind(to) {
      head = to;
      registrations.forget();
    },
  };
}

async function openTask(ask: Asking, aoo: AooId, taskId: string): Promise<NewTask | null> {
  const found = await ask<NewTask & pg.QueryResultRow>(
    `select task_id as "taskId", code, detail, exchange_id as "exchangeId", mail_id as "mailId" from task
      where aoo = $1 and task_id = $2 and closed_at is null`,
    [aoo, taskId],
  );
  return found.rows[0] ?? null;
}

async function commandAnswer(ask: Asking, aoo: AooId, client: string, key: string): Promise<CommandAnswer | null> {
  const found = await ask<CommandAnswer & pg.QueryResultRow>(
    'select client, key, digest, answer from command_answer where aoo = $1 and client = $2 and key = $3',
    [aoo, client, key],
  );
  return found.rows[0] ?? null;
}
