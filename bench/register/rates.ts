/** Registrations per second, beside bare inserts by an equal loop, and the audit of what was registered. */
import pg from 'pg';
import { postgresViews } from '../../src/adapters/postgres/queries/views.ts';
import { type Measurement, measurement } from '../report.ts';
import { officeAt, type Register, ratePerSecond, registerOne } from './offices.ts';

/** What a register would do without rules: the same rows, and a commit for each registration. */
async function bareRate({ databaseUrl }: Register, count: number): Promise<number> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 8 });
  await pool.query(`create schema bench
    create table registration (aoo text, number bigint, subject text, sender jsonb, at timestamptz, primary key (aoo, number))
    create table document (aoo text, number bigint, position int, name text, sha256 text, primary key (aoo, number, position))`);
  const rate = await ratePerSecond(count, async (n, caller) => {
    const client = await pool.connect();
    try {
      await client.query('begin');
      await client.query({
        name: 'bare registration',
        text: `insert into bench.registration (aoo, number, subject, sender, at) values ($1, $2, $3, $4, now())`,
        values: [officeAt(caller).aoo, n, `Richiesta di prova, pratica ${n}`, { name: `Comune di Esempio ${n % 500}` }],
      });
      for (const position of [0, 1])
        await client.query({
          name: 'bare document',
          text: 'insert into bench.document (aoo, number, position, name, sha256) values ($1, $2, $3, $4, $5)',
          values: [officeAt(caller).aoo, n, position, `${position}-${n}.pdf`, `${n} ${position}`],
        });
      await client.query('commit');
    } finally {
      client.release();
    }
  });
  await pool.end();
  return rate;
}

export const registrationRate = ({ store }: Register, count: number): Promise<number> =>
  ratePerSecond(count, (n, caller) => registerOne(store, officeAt(caller), n, new Date()));

export async function ratesAndAudit(register: Register, count: number): Promise<readonly Measurement[]> {
  const bare = await bareRate(register, count);
  const rate = await registrationRate(register, count);
  const started = performance.now();
  const verdicts = await postgresViews(register.pool).verifyAudit();
  const seconds = (performance.now() - started) / 1000;
  if (verdicts.some(({ brokenAt, found }) => brokenAt !== null || found !== 0))
    throw new Error('the audit found faults');
  return [
    measurement('registered, two documents, each durable', rate, '1/s', { baseline: bare, atLeast: 400 }),
    measurement('share of bare inserts', rate / bare, '', { atLeast: 0.5 }),
    measurement('audit without documents', count / seconds, 'registrations/s', { atLeast: 20_000 }),
  ];
}
