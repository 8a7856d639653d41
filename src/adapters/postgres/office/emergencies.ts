/** The emergency register (DPR 445/2000 art. 63), under the office's lock. */
import type { AooId } from '../../../kernel/ids.ts';
import type { ByHandWrites } from '../../../service/register/by-hand-writes.ts';
import type {
  KnownEmergency,
  OfficeByHand,
  PresentEmergency,
  TakenOver,
} from '../../../service/register/office-transaction.ts';
import type { Asking } from '../database/prepared.ts';
import type { Write } from './save-assignments.ts';

/** One emergency register `e`, with its extensions. */
export const EMERGENCY_COLUMNS = `e.emergency_id as "emergencyId", e.cause, e.provision, e.started_at as "startedAt",
  e.opened_by as by, (select coalesce(jsonb_agg(jsonb_build_object('position', x.position, 'provision', x.provision,
      'endsAt', to_char(x.ends_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'by', x.by) order by x.position), '[]')
    from emergency_extension x where x.aoo = e.aoo and x.emergency_id = e.emergency_id) as extensions`;

/** As JSON has them. */
export const withEndings = <T extends PresentEmergency>(row: T): T => ({
  ...row,
  extensions: row.extensions.map((one) => ({ ...one, endsAt: new Date(one.endsAt) })),
});

type OfficeEmergencies = Pick<OfficeByHand, 'openEmergency' | 'emergencyNumbers' | 'takenOver' | 'lastEmergencyEnd'>;

export const officeEmergencies = (ask: Asking, aoo: AooId): OfficeEmergencies => ({
  async openEmergency() {
    const { rows } = await ask<PresentEmergency & Record<string, unknown>>(
      `select ${EMERGENCY_COLUMNS} from emergency_register e where e.aoo = $1 and not exists (
         select from emergency_closing c where c.aoo = e.aoo and c.emergency_id = e.emergency_id)
        order by e.started_at desc limit 1`,
      [aoo],
    );
    const [row] = rows;
    return row === undefined ? null : withEndings(row);
  },
  async emergencyNumbers(year, numbers) {
    const { rows } = await ask<KnownEmergency & Record<string, unknown>>(
      `select register, year, number, emergency_number as "emergencyNumber", emergency_id as "emergencyId",
              row_sha256 as row
         from registration_emergency where aoo = $1 and emergency_year = $2 and emergency_number = any($3::bigint[])`,
      [aoo, year, numbers],
    );
    return rows;
  },
  async takenOver(emergencyId) {
    const { rows } = await ask<TakenOver & Record<string, unknown>>(
      `select count(*)::int as registrations, max(emergency_date::text || ' ' || emergency_time::text) as last
         from registration_emergency where aoo = $1 and emergency_id = $2`,
      [aoo, emergencyId],
    );
    return rows[0] ?? { registrations: 0, last: null };
  },
  async lastEmergencyEnd() {
    const { rows } = await ask<{ ended: Date | null }>(
      'select max(ended_at) as ended from emergency_closing where aoo = $1',
      [aoo],
    );
    return rows[0]?.ended ?? null;
  },
});

export function writeEmergencies(
  write: Write,
  { emergencies, emergencyExtensions, emergencyClosings, emergencyNumbers }: ByHandWrites,
  at: Date,
  covered: { readonly auditSeq: number },
): void {
  const dated = <T extends object>(rows: readonly T[]) => rows.map((row) => ({ ...row, ...covered, at }));
  write(
    dated(emergencies),
    `insert into emergency_register (aoo, emergency_id, cause, provision, started_at, opened_at, opened_by, audit_seq)
     select $1, "emergencyId", cause, provision, "startedAt", at, by, "auditSeq"
       from jsonb_to_recordset($2) as r ("emergencyId" uuid, cause text, provision text, "startedAt" timestamptz,
            at timestamptz, by text, "auditSeq" bigint)`,
  );
  write(
    dated(emergencyExtensions),
    `insert into emergency_extension (aoo, emergency_id, position, ends_at, provision, at, by, audit_seq)
     select $1, "emergencyId", position, "endsAt", provision, at, by, "auditSeq"
       from jsonb_to_recordset($2) as r ("emergencyId" uuid, position int, "endsAt" timestamptz, provision text,
            at timestamptz, by text, "auditSeq" bigint)`,
  );
  write(
    dated(emergencyClosings),
    `insert into emergency_closing (aoo, emergency_id, ended_at, declaration, registrations, at, by, audit_seq)
     select $1, "emergencyId", "endedAt", declaration, registrations, at, by, "auditSeq"
       from jsonb_to_recordset($2) as r ("emergencyId" uuid, "endedAt" timestamptz, declaration text, registrations int,
            at timestamptz, by text, "auditSeq" bigint)`,
  );
  write(
    dated(emergencyNumbers),
    `insert into registration_emergency (aoo, register, year, number, emergency_id, emergency_year, emergency_number,
            emergency_date, emergency_time, operator, row_sha256, audit_seq)
     select $1, register, year, number, "emergencyId", "emergencyYear", "emergencyNumber", "emergencyDate",
            "emergencyTime", operator, "row", "auditSeq"
       from jsonb_to_recordset($2) as r (register text, year int, number bigint, "emergencyId" uuid, "emergencyYear" int,
            "emergencyNumber" bigint, "emergencyDate" date, "emergencyTime" time, operator text, "row" text,
            "auditSeq" bigint)`,
  );
}
