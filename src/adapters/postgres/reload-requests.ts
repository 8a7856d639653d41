/**
 * Asks running services to read their configuration again, over the database that they share: whoever may use the database
 * may ask, and needs neither a token nor to be on the same machine. A notification is small, so answers come in pieces.
 */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { ReloadMode, ReloadReport, ReloadRequests } from '../../service/reload/reload-report.ts';
import { listen } from './database/listen.ts';

const ASKED = 'interpro_reload';
const ANSWERED = 'interpro_reload_answer';
/** How the connections of services that can be asked are called. */
const LISTENER = 'reload';
/** PostgreSQL takes less than 8,000 bytes; a character has at most four, and quotation marks are escaped twice. */
const PIECE = 1_000;
/** Longer answers are cut: whoever wrote so many pieces is no service of ours. */
const MOST_PIECES = 1_000;

const MODES: ReadonlySet<string> = new Set<ReloadMode>(['reload', 'compare']);

interface Question {
  readonly id: string;
  readonly mode: ReloadMode;
}
interface Piece {
  readonly id: string;
  /** Of the answer: one question is answered by several services. */
  readonly answer: string;
  readonly part: number;
  readonly parts: number;
  readonly text: string;
}

/** Answers whoever asks. Resolves with the way to end it. */
export function answerReloads(
  pool: pg.Pool,
  answer: (mode: ReloadMode) => Promise<ReloadReport>,
): Promise<() => Promise<void>> {
  return listen(
    pool,
    ASKED,
    (payload) => {
      const question = parsed<Question>(payload);
      if (question === null || !MODES.has(question.mode)) return;
      // A database that is away now is no reason to end: the log has the answer.
      void answer(question.mode).then((report) => reply(pool, question.id, report), ignore);
    },
    LISTENER,
  );
}

const ignore = (): void => undefined;

async function reply(pool: pg.Pool, id: string, report: ReloadReport): Promise<void> {
  const text = JSON.stringify(report);
  const answer = randomUUID();
  const parts = Math.min(MOST_PIECES, Math.max(1, Math.ceil(text.length / PIECE)));
  const pieces = Array.from({ length: parts }, (_, part): string =>
    JSON.stringify({ id, answer, part, parts, text: text.slice(part * PIECE, (part + 1) * PIECE) } satisfies Piece),
  );
  await pool.query('select pg_notify($1, piece) from unnest($2::text[]) as piece', [ANSWERED, pieces]).catch(ignore);
}

export function reloadRequests(pool: pg.Pool): ReloadRequests {
  return {
    async services() {
      const { rows } = await pool.query<{ count: number }>(
        `select count(*)::int as count from pg_stat_activity
          where datname = current_database() and application_name like '%' || $1`,
        [LISTENER],
      );
      return rows[0]?.count ?? 0;
    },
    async ask(mode, most, milliseconds) {
      const id = randomUUID();
      const answers = new Map<string, string[]>();
      const whole = (): readonly ReloadReport[] =>
        [...answers.values()].flatMap((pieces) =>
          isWhole(pieces) ? (parsed<ReloadReport>(pieces.join('')) ?? []) : [],
        );
      const enough = Promise.withResolvers<void>();
      const end = await listen(pool, ANSWERED, (payload) => {
        const piece = parsed<Piece>(payload);
        if (piece?.id !== id || !(piece.parts <= MOST_PIECES && piece.part < piece.parts)) return;
        const pieces = answers.get(piece.answer) ?? new Array<string>(piece.parts);
        answers.set(piece.answer, pieces);
        pieces[piece.part] = piece.text;
        if (whole().length >= most) enough.resolve();
      });
      const timer = setTimeout(enough.resolve, milliseconds);
      try {
        await pool.query('select pg_notify($1, $2)', [ASKED, JSON.stringify({ id, mode } satisfies Question)]);
        await enough.promise;
        return whole();
      } finally {
        clearTimeout(timer);
        await end();
      }
    },
  };
}

const isWhole = (pieces: readonly (string | undefined)[]): boolean =>
  Array.from(pieces).every((piece) => piece !== undefined);

/** Null: it is not JSON. What it holds is believed: only who may use the database can say anything here. */
function parsed<T>(payload: string): T | null {
  try {
    return JSON.parse(payload) as T;
  } catch {
    return null;
  }
}
