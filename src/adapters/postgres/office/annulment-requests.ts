/** Requests for annulment and notes: rows beside a registration. */
import type { AooId } from '../../../kernel/ids.ts';
import type { Changes, RegistrationKey } from '../../../service/register/changes.ts';
import type { KeptAnnulmentRequest } from '../../../service/register/office-transaction.ts';
import type { Asking } from '../database/prepared.ts';

type Write = (rows: readonly object[], sql: string) => void;

export function writeAnnulmentRequests(write: Write, changes: Changes, covered: { readonly auditSeq: number }): void {
  const { at } = changes;
  write(
    changes.annulmentRequests.map((request) => ({ ...request, ...covered, at })),
    `insert into annulment_request (aoo, request_id, register, year, number, asked_at, asked_by, asked_by_person, reason, audit_seq)
     select $1, "requestId", register, year, number, at, by, person, reason, "auditSeq"
       from jsonb_to_recordset($2) as r ("requestId" uuid, register text, year int, number bigint, at timestamptz, by text,
            person uuid, reason text, "auditSeq" bigint)`,
  );
  write(
    changes.annulmentDecisions.map((decision) => ({ ...decision, ...covered, at })),
    `update annulment_request set decided_at = r.at, decided_by = r.by, decided_by_person = r.person, outcome = r.outcome,
            answer = r.answer, decided_audit_seq = r."auditSeq"
       from jsonb_to_recordset($2) as r ("requestId" uuid, at timestamptz, by text, person uuid, outcome text, answer text,
            "auditSeq" bigint)
      where aoo = $1 and request_id = r."requestId"`,
  );
  write(
    changes.notes.map((note) => ({ ...note, ...covered, at })),
    `insert into registration_note (aoo, register, year, number, note_id, at, by, by_person, text, audit_seq)
     select $1, register, year, number, "noteId", at, by, person, text, "auditSeq"
       from jsonb_to_recordset($2) as r (register text, year int, number bigint, "noteId" uuid, at timestamptz, by text,
            person uuid, text text, "auditSeq" bigint)`,
  );
}

export async function openAnnulmentRequest(
  ask: Asking,
  aoo: AooId,
  { register, year, number }: RegistrationKey,
): Promise<KeptAnnulmentRequest | null> {
  const found = await ask<AnnulmentRequestRow>(
    `${SELECT_ANNULMENT_REQUESTS} where a.aoo = $1 and a.register = $2 and a.year = $3 and a.number = $4 and a.outcome is null`,
    [aoo, register, year, number],
  );
  return found.rows[0] === undefined ? null : toAnnulmentRequest(found.rows[0]);
}

export async function annulmentRequest(
  ask: Asking,
  aoo: AooId,
  requestId: string,
): Promise<KeptAnnulmentRequest | null> {
  const found = await ask<AnnulmentRequestRow>(`${SELECT_ANNULMENT_REQUESTS} where a.aoo = $1 and a.request_id = $2`, [
    aoo,
    requestId,
  ]);
  return found.rows[0] === undefined ? null : toAnnulmentRequest(found.rows[0]);
}

interface AnnulmentRequestRow {
  request_id: string;
  register: string;
  year: number;
  number: number;
  asked_at: Date;
  asked_by: string;
  asked_by_person: string | null;
  reason: string;
  decided_at: Date | null;
  decided_by: string | null;
  decided_by_person: string | null;
  outcome: 'accepted' | 'refused' | null;
  answer: string | null;
}

const SELECT_ANNULMENT_REQUESTS = `select a.request_id, a.register, a.year, a.number, a.asked_at, a.asked_by,
  a.asked_by_person, a.reason, a.decided_at, a.decided_by, a.decided_by_person, a.outcome, a.answer from annulment_request a`;

const toAnnulmentRequest = (row: AnnulmentRequestRow): KeptAnnulmentRequest => ({
  requestId: row.request_id,
  register: row.register,
  year: row.year,
  number: row.number,
  at: row.asked_at,
  by: row.asked_by,
  person: row.asked_by_person,
  reason: row.reason,
  decision:
    row.outcome === null || row.decided_at === null
      ? null
      : {
          requestId: row.request_id,
          at: row.decided_at,
          by: row.decided_by ?? '',
          person: row.decided_by_person,
          outcome: row.outcome,
          answer: row.answer ?? '',
        },
});
