/** A register as large as a city has after some years, and a clerk with a session; written by SQL, since a million acts take hours. */
import pg from 'pg';
import { migrate } from '../../src/adapters/postgres/database/migrate.ts';
import { openPool } from '../../src/adapters/postgres/database/pool.ts';
import { postgresPeople } from '../../src/adapters/postgres/people/people-store.ts';
import { postgresStore } from '../../src/adapters/postgres/store.ts';
import { sealedWith } from '../../src/adapters/secrets/sealed.ts';
import { sha256 } from '../../src/kernel/digest.ts';
import { uuidv7 } from '../../src/kernel/uuid.ts';
import { openPeople } from '../../src/service/people/people.ts';
import { operator } from '../../src/service/people/person.ts';
import { newToken, STANDARD_SESSIONS } from '../../src/service/people/sessions.ts';
import type { Office } from '../../src/service/register/office.ts';

const BATCH = 100_000;
const id = (n: string): string => `('00000000-0000-7000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;
/** Ten thousand a month, the last one now. */
const WHEN = `(now() - make_interval(mins => (($3 - n) * 4)::int))`;
const WORDS = `(array['Delibera', 'Istanza', 'Richiesta di accesso agli atti', 'Nulla osta', 'Ordinanza', 'Fattura', 'Convocazione',
  'Segnalazione', 'Trasmissione di atti', 'Ricorso'])`;

/** Resolves with the addresses of the sheets of the last ones. */
export async function seedDesk(
  databaseUrl: string,
  office: Office,
  registrations: number,
  open: number,
): Promise<readonly string[]> {
  await migrate(databaseUrl);
  const pool = openPool(databaseUrl, 'interpro bench seed', 1);
  await postgresStore(pool).declareOffices(
    [office],
    office.mailboxes.map(({ address }) => ({ aoo: office.aoo, mailbox: address })),
  );
  await pool.end();
  const owner = new pg.Client({ connectionString: databaseUrl });
  await owner.connect();
  try {
    for (let from = 1; from <= registrations; from += BATCH) {
      const range = [from, Math.min(registrations, from + BATCH - 1), registrations];
      await owner.query(
        `insert into registration (aoo, register, year, number, direction, registered_at, date, time, subject, sender, recipients, flags)
         select $4, 'PROT', extract(year from ${WHEN})::int, n, case when n % 3 = 0 then 'outgoing' else 'incoming' end, ${WHEN},
           (${WHEN} at time zone 'Europe/Rome')::date, (${WHEN} at time zone 'Europe/Rome')::time,
           ${WORDS}[1 + n % 10] || ' n. ' || n || ' di prova', jsonb_build_object('kind', 'administration', 'name',
           'Comune di Prova ' || n % 997), '[]', '[]' from generate_series($1::bigint, $2::bigint) n`,
        [...range, office.aoo],
      );
    }
    await owner.query(
      `insert into exchange (aoo, exchange_id, direction, identity, content, state, version, generation, peer_address, peer, subject,
         created_at, updated_at)
       select $1, ${id('n')}, 'incoming', n::text, '', 'operator', 1, '2013', 'altri@pec.example.it',
         '{"kind": "administration", "name": "Comune di Prova"}', 'Messaggio da decidere ' || n, now(), now()
       from generate_series(1, $2::int) n`,
      [office.aoo, open],
    );
    await owner.query(
      `insert into task (aoo, task_id, seq, code, detail, exchange_id, opened_at)
       select $1, ${id('n')}, n, 'decide', 'Manca l''oggetto.', ${id('n')}, now() from generate_series(1, $2::int) n`,
      [office.aoo, open],
    );
    await owner.query('update aoo set event_seq = $2 where aoo = $1', [office.aoo, open]);
    await owner.query(
      `insert into register_counter (aoo, register, year, last_number) select aoo, register, year, max(number) from registration group by 1, 2, 3
       on conflict (aoo, register, year) do update set last_number = excluded.last_number`,
    );
    await owner.query('vacuum analyze');
    const last = await owner.query<{ path: string }>(
      `select '/registro/' || year || '/' || lpad(number::text, 7, '0') as path from registration order by registered_at desc limit 2000`,
    );
    return last.rows.map(({ path }) => path);
  } finally {
    await owner.end();
  }
}

/** A clerk of the protocol desk, signed in: resolves to the token of the session. */
export async function signInClerk(databaseUrl: string, { aoo }: Office): Promise<string> {
  const pool = openPool(databaseUrl, 'interpro bench people', 1);
  try {
    const quiet = () => undefined;
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const store = postgresPeople(pool);
    const clock = { now: () => new Date() };
    const secrets = sealedWith([new Uint8Array(32).fill(1)]);
    const people = openPeople({ store, secrets, clock, log, rules: STANDARD_SESSIONS });
    const form = {
      login: 'pio.modello',
      name: 'Pio Modello',
      address: '',
      grants: [{ aoo, role: 'protocol' as const }],
    };
    const made = await people.manage.createPerson(form, operator('bench'));
    if (!made.ok) throw new Error(made.problem.message);
    const token = newToken();
    const startedAt = new Date();
    await store.startSession(
      {
        ...{ sessionId: uuidv7(startedAt), token: sha256(token), personId: made.value.person.personId, aoo },
        ...{ method: 'password', accountToken: null, startedAt, address: '127.0.0.1', agent: 'bench' },
        endsAt: new Date(startedAt.getTime() + 12 * 3_600_000),
      },
      10,
      new Date(0),
    );
    return token;
  } finally {
    await pool.end();
  }
}
