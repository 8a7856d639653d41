/** The parts of one transaction's statement that those who register by hand need; see `save.ts`. */
import { folded } from '../../../kernel/folded.ts';
import type { ByHandWrites, CorrespondentWrite, ReserveChange } from '../../../service/register/by-hand-writes.ts';
import { writeEmergencies } from './emergencies.ts';
import type { Write } from './save-assignments.ts';

export function writeByHand(
  write: Write,
  writes: ByHandWrites,
  at: Date,
  covered: { readonly auditSeq: number },
): void {
  const dated = <T extends object>(rows: readonly T[]) => rows.map((row) => ({ ...row, ...covered, at }));
  write(
    writes.arrivals.map((arrival) => ({ ...arrival, ...covered })),
    `insert into registration_arrival (aoo, register, year, number, carrier, received_at, deferral, registered_by,
            registered_by_name, correspondent_id, template_id, audit_seq)
     select $1, register, year, number, carrier, "receivedAt", deferral, "registeredBy", "registeredByName",
            "correspondentId", "templateId", "auditSeq"
       from jsonb_to_recordset($2) as r (${KEY}, carrier text, "receivedAt" timestamptz, deferral jsonb, "registeredBy" uuid,
            "registeredByName" text, "correspondentId" uuid, "templateId" uuid, "auditSeq" bigint)`,
  );
  write(
    dated(writes.reserved),
    `insert into registration_reserved (aoo, register, year, number, registered_by, reserved_at, reserved_by, audit_seq)
     select $1, register, year, number, "registeredBy", at, by, "auditSeq"
       from jsonb_to_recordset($2) as r (${KEY}, "registeredBy" uuid, at timestamptz, by text, "auditSeq" bigint)`,
  );
  writeReserves(write, dated(writes.reserveChanges));
  write(
    writes.links.map(({ to, ...link }) => ({
      ...link,
      toRegister: to.register,
      toYear: to.year,
      toNumber: to.number,
      ...covered,
      at,
    })),
    `insert into registration_link (aoo, register, year, number, to_register, to_year, to_number, kind, at, by, audit_seq)
     select $1, register, year, number, "toRegister", "toYear", "toNumber", kind, at, by, "auditSeq"
       from jsonb_to_recordset($2) as r (${KEY}, "toRegister" text, "toYear" int, "toNumber" bigint, kind text,
            at timestamptz, by text, "auditSeq" bigint)`,
  );
  write(
    dated(writes.deferrals),
    `insert into deferral (aoo, deferral_id, provision, reason, received_from, received_to, register_until, at, by, audit_seq)
     select $1, "deferralId", provision, reason, "receivedFrom", "receivedTo", "registerUntil", at, by, "auditSeq"
       from jsonb_to_recordset($2) as r ("deferralId" uuid, provision text, reason text, "receivedFrom" date,
            "receivedTo" date, "registerUntil" date, at timestamptz, by text, "auditSeq" bigint)`,
  );
  writeEmergencies(write, writes, at, covered);
  writeFiles(write, writes, at, covered);
  writeCorrespondents(write, writes.correspondents, at);
  writeTemplates(write, writes, at);
}

const KEY = 'register text, year int, number bigint';

function writeReserves(write: Write, rows: readonly ReserveChange[]): void {
  write(
    rows,
    `insert into registration_reserve_history (aoo, register, year, number, version, act, at, by, by_person, reason, audit_seq)
     select $1, register, year, number, version, act, at, by, person, reason, "auditSeq"
       from jsonb_to_recordset($2) as r (${KEY}, version int, act text, at timestamptz, by text, person uuid, reason text,
            "auditSeq" bigint)`,
  );
  write(
    rows.filter(({ act }) => act === 'set'),
    `insert into registration_reserved (aoo, register, year, number, registered_by, reserved_at, reserved_by, audit_seq)
     select $1, register, year, number, "registeredBy", at, by, "auditSeq"
       from jsonb_to_recordset($2) as r (${KEY}, "registeredBy" uuid, at timestamptz, by text, "auditSeq" bigint)
     on conflict (aoo, register, year, number) do update set lifted_at = null, lifted_by = null`,
  );
  write(
    rows.filter(({ act }) => act === 'lifted'),
    `update registration_reserved s set lifted_at = r.at, lifted_by = r.by
       from jsonb_to_recordset($2) as r (${KEY}, at timestamptz, by text)
      where s.aoo = $1 and s.register = r.register and s.year = r.year and s.number = r.number`,
  );
}

function writeFiles(
  write: Write,
  { files, filings }: ByHandWrites,
  at: Date,
  covered: { readonly auditSeq: number },
): void {
  write(
    files.map((file) => ({
      ...file,
      ...covered,
      at,
      search: folded(`${file.year} ${file.classification} ${file.number} ${file.subject}`),
    })),
    `insert into file (aoo, file_id, year, classification, number, subject, kind, search, opened_at, opened_by, version,
            audit_seq)
     select $1, "fileId", year, classification, number, subject, kind, search, at, by, 1, "auditSeq"
       from jsonb_to_recordset($2) as r ("fileId" uuid, year int, classification text, number int, subject text, kind text,
            search text, at timestamptz, by text, "auditSeq" bigint)`,
  );
  write(
    filings.map((filing) => ({ ...filing, at })),
    `insert into registration_file (aoo, register, year, number, file_id, version, since, by)
     select $1, register, year, number, "fileId", version, at, by
       from jsonb_to_recordset($2) as r (${KEY}, "fileId" uuid, version int, at timestamptz, by text)
     on conflict (aoo, register, year, number) do update set
       file_id = excluded.file_id, version = excluded.version, since = excluded.since, by = excluded.by`,
  );
  write(
    filings.map((filing) => ({ ...filing, ...covered, at })),
    `insert into registration_file_history (aoo, register, year, number, version, file_id, at, by, audit_seq)
     select $1, register, year, number, version, "fileId", at, by, "auditSeq"
       from jsonb_to_recordset($2) as r (${KEY}, version int, "fileId" uuid, at timestamptz, by text, "auditSeq" bigint)`,
  );
}

function writeCorrespondents(write: Write, entries: readonly CorrespondentWrite[], at: Date): void {
  write(
    entries.map(({ entry, act, version, mergedInto }) => ({
      ...entry,
      version,
      mergedInto,
      at,
      retired: act === 'retired',
      search: folded([entry.name, entry.office, entry.taxCode, entry.administration, entry.address].join(' ')),
    })),
    `insert into correspondent (aoo, correspondent_id, kind, name, tax_code, administration, office, address,
            postal_address, phone, note, search, version, updated_at, merged_into, retired_at)
     select $1, "correspondentId", kind, name, "taxCode", administration, office, address, "postalAddress", phone, note,
            search, version, at, "mergedInto", case when retired then at end
       from jsonb_to_recordset($2) as r ("correspondentId" uuid, kind text, name text, "taxCode" text, administration text,
            office text, address text, "postalAddress" text, phone text, note text, search text, version int,
            at timestamptz, "mergedInto" uuid, retired boolean)
     on conflict (aoo, correspondent_id) do update set
       kind = excluded.kind, name = excluded.name, tax_code = excluded.tax_code, administration = excluded.administration,
       office = excluded.office, address = excluded.address, postal_address = excluded.postal_address,
       phone = excluded.phone, note = excluded.note, search = excluded.search, version = excluded.version,
       updated_at = excluded.updated_at, merged_into = excluded.merged_into, retired_at = excluded.retired_at`,
  );
  write(
    entries.map(({ entry, act, version, by, mergedInto }) => ({
      correspondentId: entry.correspondentId,
      version,
      at,
      by,
      act,
      entry: { ...entry, mergedInto },
    })),
    `insert into correspondent_history (aoo, correspondent_id, version, at, by, act, entry)
     select $1, "correspondentId", version, at, by, act, entry
       from jsonb_to_recordset($2) as r ("correspondentId" uuid, version int, at timestamptz, by text, act text, entry jsonb)`,
  );
}

function writeTemplates(write: Write, { templates, plan }: ByHandWrites, at: Date): void {
  write(
    templates.map((template) => ({ ...template, at })),
    `insert into subject_template (aoo, template_id, name, subject, direction, classification, unit_id, reserved, retention,
            version, updated_at, retired_at)
     select $1, "templateId", name, subject, direction, classification, "unitId", reserved, retention, version, at,
            case when retired then at end
       from jsonb_to_recordset($2) as r ("templateId" uuid, name text, subject text, direction text, classification text,
            "unitId" uuid, reserved boolean, retention text, version int, at timestamptz, retired boolean)
     on conflict (aoo, template_id) do update set
       name = excluded.name, subject = excluded.subject, direction = excluded.direction,
       classification = excluded.classification, unit_id = excluded.unit_id, reserved = excluded.reserved,
       retention = excluded.retention, version = excluded.version, updated_at = excluded.updated_at,
       retired_at = excluded.retired_at`,
  );
  if (plan === null) return;
  write(
    plan.map((entry, position) => ({ ...entry, position })),
    `insert into classification (aoo, code, title, position, reserved)
     select $1, code, title, position, reserved
       from jsonb_to_recordset($2) as r (code text, title text, position int, reserved boolean)
     on conflict (aoo, code) do update set
       title = excluded.title, position = excluded.position, reserved = excluded.reserved, retired_at = null`,
  );
  write(
    [{ codes: plan.map(({ code }) => code), at }],
    `update classification set retired_at = r.at from jsonb_to_recordset($2) as r (codes jsonb, at timestamptz)
      where aoo = $1 and retired_at is null and not r.codes ? code`,
  );
}
