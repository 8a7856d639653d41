/**
 * Asks running services to read their configuration again, over the database that they share: whoever may work as the
 * service may ask, and needs neither a token nor to be on the same machine. Any login of the database can send and hear
 * notifications: they are a bell and say nothing. Questions and answers are rows.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { sharedRuns } from '../../kernel/shared-runs.ts';
import type { ReloadMode, ReloadReport, ReloadRequests } from '../../service/reload/reload-report.ts';
import { listen } from './database/listen.ts';

const BELL = 'interpro_reload';
/** How the connections of services that can be asked are called. */
const LISTENER = 'reload';
/** What is older was asked by a process that is gone. */
const LIFE = "interval '5 minutes'";
/** Between two looks at the questions, however often the bell rings; and at the answers. */
const PAUSE_MS = 100;
/** The column takes so many characters. */
const MOST_CHARACTERS = 1_000_000;

const QUESTIONS = `select question_id as id, mode from reload_question
  where asked_at >= greatest($1::timestamptz, now() - ${LIFE}) order by asked_at limit 1000`;

interface Question {
  readonly id: string;
  readonly mode: ReloadMode;
}

/** Answers whoever asks from now on, each question once. Resolves with the way to end it. */
export async function answerReloads(
  pool: pg.Pool,
  answer: (mode: ReloadMode) => Promise<ReloadReport>,
): Promise<() => Promise<void>> {
  const listener = randomUUID();
  const { rows } = await pool.query<{ now: string }>('select now()::text as now');
  const since = rows[0]?.now;
  let known: ReadonlySet<string> = new Set();
  let stopped = false;
  const look = sharedRuns(async (): Promise<void> => {
    if (stopped) return;
    // A database that is away now is no reason to end: the log has the answer.
    const found = await pool.query<Question>(QUESTIONS, [since]).catch(() => null);
    if (found === null) return;
    const fresh = found.rows.filter(({ id }) => !known.has(id));
    known = new Set(found.rows.map(({ id }) => id));
    for (const { id, mode } of fresh)
      void answer(mode)
        .then((report) => reply(pool, id, listener, report))
        .catch(ignore);
    await sleep(PAUSE_MS, undefined, { ref: false });
  });
  const end = await listen(pool, BELL, () => void look(BELL), LISTENER);
  // Who asked before the bell could be heard.
  void look(BELL);
  return async () => {
    stopped = true;
    await end();
  };
}

const ignore = (): void => undefined;

/** Whoever asked may be gone, and the question with it. */
const reply = (pool: pg.Pool, id: string, listener: string, report: ReloadReport) =>
  pool.query(
    `insert into reload_answer (question_id, listener, report)
     select question_id, $2, $3 from reload_question where question_id = $1 on conflict do nothing`,
    [id, listener, asText(report)],
  );

/** The log has what does not fit. */
function asText(report: ReloadReport): string {
  const text = JSON.stringify(report);
  if (text.length <= MOST_CHARACTERS) return text;
  const cut = (lines: readonly string[]) => [
    ...lines.slice(0, 100).map((line) => line.slice(0, 500).toWellFormed()),
    ...(lines.length > 100 ? [`and ${lines.length - 100} more: see the log of the service`] : []),
  ];
  const { faults, changes, needsRestart } = report;
  return JSON.stringify({
    ...report,
    faults: cut(faults),
    changes: cut(changes),
    needsRestart: cut(needsRestart),
    settings: {},
  } satisfies ReloadReport);
}

export function reloadRequests(pool: pg.Pool): ReloadRequests {
  return {
    async services() {
      // Any login may call its sessions so: those count that may work as the service.
      const { rows } = await pool.query<{ count: number }>(
        `select count(*)::int as count from pg_stat_activity
          where datname = current_database() and application_name like '%' || $1
            and pg_has_role(usesysid, 'interpro_service', 'set')`,
        [LISTENER],
      );
      return rows[0]?.count ?? 0;
    },
    async ask(mode, most, milliseconds) {
      const id = randomUUID();
      const deadline = performance.now() + milliseconds;
      await pool.query(`delete from reload_question where asked_at < now() - ${LIFE}`);
      await pool.query('insert into reload_question (question_id, mode) values ($1, $2)', [id, mode]);
      try {
        await pool.query("select pg_notify($1, '')", [BELL]);
        while ((await countAnswers(pool, id)) < most && performance.now() < deadline) await sleep(PAUSE_MS);
        const { rows } = await pool.query<{ report: string }>(
          'select report from reload_answer where question_id = $1 limit $2',
          [id, most],
        );
        return rows.map(({ report }) => JSON.parse(report) as ReloadReport);
      } finally {
        await pool.query('delete from reload_question where question_id = $1', [id]).catch(ignore);
      }
    },
  };
}

async function countAnswers(pool: pg.Pool, id: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'select count(*)::int as count from reload_answer where question_id = $1',
    [id],
  );
  return rows[0]?.count ?? 0;
}
