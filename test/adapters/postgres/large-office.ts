/** What an office gathers in some years around its register: exchanges, mails, tasks, the address book, the log of accesses. */
import pg from 'pg';
import { fillRegister, type LargeRegister } from './large-register.ts';

export interface LargeOffice extends LargeRegister {
  /** A template and a deferral under which some were registered. */
  readonly template: string;
  readonly deferral: string;
}

/** With whom half of the exchanges are, and the correspondent of one in 500 of the register. */
export const BUSY = 'a@pec.example.it';
export const CORRESPONDENT = 'Ente 8';

/** Half of the register is assigned to the first unit. */
export async function fillOffice(url: string, large: LargeOffice): Promise<void> {
  await fillRegister(url, large);
  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  const { school, person, template, deferral } = large;
  const aoo = `'${large.aoo}'`;
  const run = (sql: string) => owner.query(sql);
  await run(`insert into assignment (aoo, assignment_id, register, year, number, kind, unit_id, state, since, version)
    select aoo, gen_random_uuid(), register, year, number, 'competence', '${school}', 'taken', registered_at, 1
      from registration where aoo = ${aoo} and number % 4 = 2`);
  await run(`insert into exchange_event (aoo, exchange_id, version, type, once, at, data, seq)
    select aoo, exchange_id, v, case when v = 1 then 'received' when direction = 'outgoing' then 'confirmation'
        when number % 10 = 0 then 'registered-by-hand' else 'confirmation-sent' end, v::text, created_at + v * interval '1 minute', '{}',
      number * 2 + v from exchange, generate_series(1, 2) v where aoo = ${aoo}`);
  await run(`insert into mail (aoo, mail_id, mailbox, uidvalidity, uid, sha256, size, arrived_at, kept_at, state, settled_at, kind,
      action, subject, sender, exchange_id)
    select aoo, exchange_id, 'm@pec.example.it', 1, number, md5(number::text), 1, created_at, created_at, 'settled', created_at,
      'plain-pec', 'register', subject, peer_address, exchange_id from exchange where aoo = ${aoo}`);
  await run(`insert into outbox (aoo, outbox_id, exchange_id, purpose, message_id, recipient, recipe, state, queued_at, due_at)
    select aoo, exchange_id, exchange_id, 'confirmation', exchange_id::text, peer_address, '{}', 'sent', created_at, created_at
      from exchange where aoo = ${aoo} and direction = 'incoming'`);
  await run(`insert into task (aoo, task_id, seq, code, detail, exchange_id, opened_at, closed_at)
    select aoo, exchange_id, number, 'decide', 'Perché', exchange_id, created_at, case when number % 400 <> 0 then now() end
      from exchange where aoo = ${aoo}`);
  await run(
    `update exchange set awaits = 'confirmation', due_at = '2030-01-01' where aoo = ${aoo} and number % 9999 = 1`,
  );
  await run(`insert into registration_arrival (aoo, register, year, number, carrier, registered_by, registered_by_name, template_id,
      deferral)
    select aoo, register, year, number, 'post', gen_random_uuid(), 'Prova', case when number % 200 = 11 then '${template}'::uuid end,
      case when number % 400 = 11 then '{"deferralId": "${deferral}"}'::jsonb end
      from registration where aoo = ${aoo} and number % 20 = 11`);
  await run(`insert into deferral (aoo, deferral_id, provision, reason, received_from, received_to, register_until, at, by)
    select ${aoo}, case when n = 1 then '${deferral}'::uuid else gen_random_uuid() end, 'Atto ' || n, 'Sciopero',
      date '2023-01-01' + n, date '2023-01-02' + n, date '2023-01-09' + n, now(), 'Prova' from generate_series(1, 300) n`);
  await run(`insert into registration_link (aoo, register, year, number, to_register, to_year, to_number, kind, at, by)
    select aoo, register, year, number, register, year, number - 1, 'precedent', now(), 'Prova'
      from registration where aoo = ${aoo} and number % 10 = 2 and year = 2023`);
  await run(`insert into file (aoo, file_id, year, classification, number, subject, kind, search, opened_at, opened_by, version)
    select ${aoo}, gen_random_uuid(), 2023, 'VIII.4', n, 'Fascicolo ' || n, 'matter',
      'fascicolo ' || n, now() - n * interval '1 hour', 'Prova', 1 from generate_series(1, 20000) n`);
  await run('analyze file, registration');
  await run(`insert into registration_file (aoo, register, year, number, file_id, version, since, by)
    select r.aoo, r.register, r.year, r.number, f.file_id, 1, r.registered_at, 'Prova' from registration r
      join file f on f.aoo = r.aoo and f.number = 1 + (r.number / 10) % 2000 where r.aoo = ${aoo} and r.number % 2 = 0`);
  await run(`insert into correspondent (aoo, correspondent_id, kind, name, tax_code, address, search, version, updated_at)
    select ${aoo}, gen_random_uuid(), 'legal-person', 'Ditta Fantasia ' || n, 'PROVA' || n, 'd' || n || '@pec.example.it',
      'ditta fantasia ' || n || ' prova' || n || ' d' || n || ' pec example it', 1, now() from generate_series(1, 20000) n`);
  await run(`insert into correspondent_history (aoo, correspondent_id, version, at, by, act, entry)
    select aoo, correspondent_id, 1, now(), 'Prova', 'added', '{}' from correspondent where aoo = ${aoo}`);
  await run(`insert into draft (aoo, draft_id, person_id, kind, content, version, saved_at)
    select ${aoo}, gen_random_uuid(), case when n % 1000 = 0 then '${person}'::uuid else gen_random_uuid() end, 'register', '{}', 1, now()
      from generate_series(1, 10000) n`);
  await run(`insert into person (person_id, login, name, created_at, created_by) values ('${person}', 'p${person.slice(0, 8)}',
    'Mario Prova', now(), 'Prova')`);
  await run(`insert into person (person_id, login, name, created_at, created_by)
    select gen_random_uuid(), 'n' || n || '.${large.aoo.toLowerCase().replaceAll(/[^a-z0-9]/g, '')}', 'Persona ' || n, now(), 'Prova'
      from generate_series(1, 5000) n`);
  await run(`insert into person_role (aoo, person_id, role, source, given_at, given_by)
    select ${aoo}, person_id, 'unit-member', 'person', now(), 'Prova' from person where person_id = '${person}'`);
  await run(`insert into access_log (aoo, entry_id, at, what, person_id, person)
    select ${aoo}, gen_random_uuid(), timestamptz '2026-01-01' + n * interval '1 minute',
      case when n = 5 then 'role-given' else 'signed-in' end, case when n % 5000 = 1 then '${person}'::uuid end, 'Mario Prova'
      from generate_series(1, 30000) n`);
  await owner.query('vacuum analyze');
  await owner.end();
}
