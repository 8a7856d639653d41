/** A register of the size of a town's in some years, written by the database itself. */
import pg from 'pg';

export interface LargeRegister {
  readonly aoo: string;
  readonly rows: number;
  /** Units: the first has nearly all, the other few. */
  readonly school: string;
  readonly sport: string;
  /** Who registered what came over the counter. */
  readonly person: string;
}

/** Every ten minutes since the beginning of 2023. */
const moment = "(timestamptz '2023-01-01 00:00:00Z' + n * interval '10 minutes')";

/** Registrations with documents, assignments, classes, exchanges and annulments; some are rare, some common. */
export async function fillRegister(
  url: string,
  { aoo: office, rows: count, school, sport, person }: LargeRegister,
): Promise<void> {
  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  const run = (sql: string) => owner.query(sql);
  const aoo = `'${office}'`;
  // Built at the end: ten times as quick as row by row.
  const { rows: built } = await owner.query<{ name: string; definition: string }>(
    `select indexname as name, indexdef as definition from pg_indexes where indexname in ('registration_words', 'registration_document_words',
       'registration_subject', 'registration_codes', 'exchange_subject', 'registration_by_flag')`,
  );
  for (const { name } of built) await run(`drop index ${name}`);
  const rows = `generate_series(1, ${count}) n`;
  await run(`insert into registration (aoo, register, year, number, direction, registered_at, date, time, subject, sender,
      recipients, flags, audit_seq)
    select ${aoo}, 'PROT', extract(year from ${moment})::int, n,
      case when n % 1000 = 7 then 'internal' when n % 2 = 0 then 'incoming' else 'outgoing' end, ${moment},
      (${moment} at time zone 'Europe/Rome')::date, (${moment} at time zone 'Europe/Rome')::time,
      case when n = 777 then 'Rimborso delle spese alla città di Prova' when n % 40000 = 1 then 'Convenzione rara numero ' || n
        else 'Comunicazione al comune, pratica ' || n end,
      jsonb_build_object('name', case when n = 4000 then 'Unione del Sàggio' else 'Ente ' || n % 500 end),
      case when n = 301 then '[{"name": "Altri"}, {"name": "Provincia di Perù"}]'::jsonb else '[{"name": "Altri"}]' end,
      case when n % 5000 = 0 then '[{"code": "x"}]'::jsonb else '[]' end, 0 from ${rows}`);
  await run(`insert into registration_document (aoo, register, year, number, position, role, name, media_type, sha256, size)
    select aoo, register, year, number, 0, 'primary', case when number = 500 then 'verbale-riunione.pdf'
      when number % 3 = 0 then 'allegato-' || number || '.pdf' else 'testo.pdf' end, 'application/pdf', 'x', 1 from registration where aoo = ${aoo}`);
  await run(`insert into unit (aoo, unit_id, name, code, valid_from) values (${aoo}, '${school}', 'Scuola', 'SC', '2020-01-01'),
      (${aoo}, '${sport}', 'Sport', 'SP', '2020-01-01')`);
  await run(`insert into assignment (aoo, assignment_id, register, year, number, kind, unit_id, state, since, version)
    select aoo, gen_random_uuid(), register, year, number, 'competence',
      case when number % 2000 = 8 then '${sport}'::uuid else '${school}'::uuid end,
      case when number % 10000 = 8 then 'assigned' else 'taken' end, registered_at, 1 from registration where aoo = ${aoo} and number % 4 = 0`);
  await run(`insert into registration_change (aoo, register, year, number, version, at, field, old_value, new_value, by, audit_seq)
    select aoo, register, year, number, 1, registered_at, 'classification', null,
      case when number % 10000 = 5 then 'VII.1' when number % 10000 = 6 then 'VII' else 'VIII.4' end, 'Prova', 0
      from registration where aoo = ${aoo} and (number % 2 = 0 or number % 10000 = 5)`);
  await run(`insert into registration_change (aoo, register, year, number, version, at, field, old_value, new_value, by, audit_seq)
    select aoo, register, year, number, 2, at, 'classification', new_value, 'I.1', 'Prova', 0
      from registration_change where aoo = ${aoo} and new_value = 'VII.1' and number > 30000`);
  await run(`insert into exchange (aoo, exchange_id, direction, identity, content, state, version, generation, peer_address,
      subject, register, year, number, created_at, updated_at, peer_identifier)
    select aoo, (rpad(lpad(to_hex(number), 12, '0'), 32, '0'))::uuid, direction, number::text, 'x',
      case when number % 9999 = 0 then 'failed' when number % 9999 = 1 then 'accepted' else 'confirmed' end, 1, '2013', 'a@pec.example.it',
      subject, register, year, number, registered_at, registered_at,
      case when number = 1200 then '{"number": "0004516", "date": "2023-01-02"}'::jsonb end from registration where aoo = ${aoo} and direction <> 'internal'`);
  await run(`insert into registration_annulment (aoo, register, year, number, at, reason, provision, by, audit_seq)
    select aoo, register, year, number, registered_at, 'errore', 'atto', 'Prova', 0 from registration where aoo = ${aoo} and number % 50000 = 3`);
  await run(`insert into registration_arrival (aoo, register, year, number, carrier, registered_by, registered_by_name, audit_seq)
    select aoo, register, year, number, 'counter', '${person}', 'Prova', 0 from registration where aoo = ${aoo} and number % 20000 = 4`);
  await run(`insert into registration_reserved (aoo, register, year, number, reserved_at, reserved_by)
    select aoo, register, year, number, registered_at, 'Prova' from registration where aoo = ${aoo} and number in (777, 40001, 4004)`);
  for (const { definition } of built) await run(definition);
  await run(
    'vacuum analyze registration, registration_document, assignment, registration_change, exchange, registration_annulment, registration_arrival, registration_reserved',
  );
  await owner.end();
}
