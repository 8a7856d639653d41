/** A register of ten offices and five years, written by the database itself in less time than as many acts take. */
import pg from 'pg';
import { OFFICES, type Register } from './offices.ts';

export const YEARS = 5;
/** Of registration `n` of `$2` of an office: evenly over the years until now. */
const WHEN = `(date_trunc('minute', now()) - ($2::bigint - n) * (interval '1 minute' * floor(${YEARS} * 525600.0 / $2::bigint)))`;
const SUBJECT = `(array['Delibera', 'Istanza', 'Richiesta di accesso agli atti', 'Nulla osta', 'Ordinanza', 'Fattura', 'Convocazione',
  'Segnalazione', 'Trasmissione di atti', 'Ricorso'])[1 + n % 10] || ' n. ' || n || ' di prova'`;
const TEXT = `'Si trasmette la relazione ' || number || ' del comune sulla pratica in oggetto, per quanto di competenza. '
  || case when number % 5000 = 600 then 'La badia quattrocentesca è aperta.' else 'Distinti saluti.' end`;
/** Built at the end, which is quicker than row by row. */
const BUILT_LAST = `select indexname as name, indexdef as definition from pg_indexes where schemaname = 'public'
  and tablename in ('registration', 'registration_document', 'document_text_part') and indexdef like '%USING gin%'`;

/** `count` in all. Each has a document, and each document a text. */
export async function seedRegister(
  { databaseUrl }: Register,
  count: number,
  say: (line: string) => void,
): Promise<void> {
  const owner = new pg.Client({ connectionString: databaseUrl });
  await owner.connect();
  try {
    const { rows: built } = await owner.query<{ name: string; definition: string }>(BUILT_LAST);
    for (const { name } of built) await owner.query(`drop index ${name}`);
    for (const { aoo } of OFFICES) {
      await owner.query(
        `insert into registration (aoo, register, year, number, direction, registered_at, date, time, subject, sender, recipients, flags)
         select $1, 'PROT', extract(year from ${WHEN})::int, n, case when n % 3 = 0 then 'outgoing' else 'incoming' end, ${WHEN},
           (${WHEN} at time zone 'Europe/Rome')::date, (${WHEN} at time zone 'Europe/Rome')::time, ${SUBJECT},
           jsonb_build_object('kind', 'administration', 'name', 'Comune di Prova ' || n % 997), '[]', '[]'
           from generate_series(1, $2::bigint) n`,
        [aoo, Math.floor(count / OFFICES.length)],
      );
      await owner.query(
        `insert into registration_document (aoo, register, year, number, position, role, name, media_type, sha256, size)
         select aoo, register, year, number, 0, 'primary', 'relazione-' || number || '.pdf', 'application/pdf', md5(number::text), 1
           from registration where aoo = $1`,
        [aoo],
      );
      await owner.query(
        `insert into document_text (aoo, register, year, number, position, state, registered_at)
         select aoo, register, year, number, 0, 'complete', registered_at from registration where aoo = $1`,
        [aoo],
      );
      await owner.query(
        `insert into document_text_part (aoo, register, year, number, position, part, text)
         select aoo, register, year, number, 0, 0, ${TEXT} from registration where aoo = $1`,
        [aoo],
      );
      say(`${aoo} has its registrations`);
    }
    for (const { definition } of built) await owner.query(definition);
    await owner.query(
      `insert into register_counter (aoo, register, year, last_number)
       select aoo, register, year, max(number) from registration group by 1, 2, 3
       on conflict (aoo, register, year) do update set last_number = excluded.last_number`,
    );
    await owner.query('vacuum analyze');
    const size = await owner.query<{ gb: number }>('select pg_database_size(current_database()) / 1e9 as gb');
    say(`${count} lie in ${Number(size.rows[0]?.gb).toFixed(2)} GB`);
  } finally {
    await owner.end();
  }
}
