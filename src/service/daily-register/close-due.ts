/** Which days and years are to be closed, in which order, and who is told when they cannot be. */
import { italianDay, legalTime } from '../../kernel/clock.ts';
import type { AooId } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import { errorMessage } from '../../kernel/thrown.ts';
import { DocumentsError } from '../documents/documents.ts';
import type { Office } from '../register/office.ts';
import { openUnitOfWork } from '../register/unit-of-work.ts';
import { OfficeStoppedError } from '../register/witness.ts';
import { BY_SYSTEM, type CloseDeps, type Closer, closeDay, closeYear } from './close-register.ts';
import type { ClosedRegister } from './closed-register.ts';

export interface CloseDueOptions {
  readonly by: string;
  /** Only this register; left out: all of the office. */
  readonly register?: string;
  /** The last day that is closed, if it is over; left out: yesterday. */
  readonly until?: string;
  /** So long after its end a day is closed at the earliest: clocks of several processes differ a little. */
  readonly graceMs: number;
  /** How far each register was looked through: days that have no register are not asked for again and again. */
  readonly seen: Map<string, string>;
  /** Stop after the day in hand: years of them may be due, and a service that stops does not wait for all. */
  readonly signal?: AbortSignal;
}

/** Null: another process is closing registers of this office. Rejects with what stopped it; the days before are closed. */
export const closeDue = (
  office: Office,
  options: CloseDueOptions,
  deps: CloseDeps,
): Promise<readonly ClosedRegister[] | null> =>
  deps.contents.alone(office.aoo, async () => {
    const closed: ClosedRegister[] = [];
    for (const register of await registersOf(office, options, deps)) {
      const closer: Closer = { office, register, by: options.by };
      closed.push(...(await closeDays(closer, options, deps)), ...(await closeYears(closer, options, deps)));
    }
    return closed;
  });

async function registersOf(office: Office, { register }: CloseDueOptions, { contents }: CloseDeps) {
  const all = [...new Set([office.register, ...(await contents.registers(office.aoo))])];
  return register === undefined ? all : all.filter((one) => one === register);
}

/** The last day that is over. */
const lastOver = (now: Date, { graceMs, until }: Pick<CloseDueOptions, 'graceMs' | 'until'>): string => {
  const over = dayBeside(legalTime(new Date(now.getTime() - graceMs)).date, -1);
  return until === undefined || until > over ? over : until;
};

/** The day so many days later, `yyyy-mm-dd`. */
const dayBeside = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

async function closeDays(closer: Closer, options: CloseDueOptions, deps: CloseDeps): Promise<ClosedRegister[]> {
  const { office, register } = closer;
  const last = lastOver(deps.clock.now(), options);
  const key = `${office.aoo} ${register}`;
  const closed: ClosedRegister[] = [];
  let day = await nextDay(closer, deps);
  const seen = options.seen.get(key);
  if (day !== null && seen !== undefined && seen >= day) day = dayBeside(seen, 1);
  for (; day !== null && day <= last && !options.signal?.aborted; day = dayBeside(day, 1)) {
    const one = await closeDay(closer, day, deps);
    if (one !== null) closed.push(one);
    options.seen.set(key, day);
  }
  return closed;
}

async function nextDay({ office, register }: Closer, { contents }: CloseDeps): Promise<string | null> {
  const last = await contents.lastClosing(office.aoo, 'daily', register);
  if (last !== null) return dayBeside(last.day, 1);
  const first = await contents.firstDay(office.aoo, register);
  const { from } = office.dailyRegister;
  if (from === null) return first;
  return register === office.register || first !== null ? from : null;
}

/** Years that are over and whose days are closed, oldest first. */
async function closeYears(closer: Closer, options: CloseDueOptions, deps: CloseDeps): Promise<ClosedRegister[]> {
  const { contents } = deps;
  const { aoo } = closer.office;
  const over = dayBeside(lastOver(deps.clock.now(), options), 1);
  const last = Number(over.slice(0, 4)) - 1;
  const before = await contents.lastClosing(aoo, 'annual', closer.register);
  if ((before?.year ?? 0) >= last) return [];
  const from = before?.year ?? Number((await contents.oldestClosing(aoo, closer.register))?.year ?? last + 1) - 1;
  const closed: ClosedRegister[] = [];
  // Stopped before all days of a year are closed, the year is not.
  for (let year = from + 1; year <= last && !options.signal?.aborted; year += 1) {
    const one = await closeYear(closer, year, deps);
    if (one !== null) closed.push(one);
  }
  return closed;
}

/** In the morning, a register that should have been closed at night is a matter for a person. */
const TOLD_FROM = '06:00:00';
const GRACE_MS = 2 * 60_000;

export interface CloseAllDeps extends CloseDeps {
  readonly log: Log;
  readonly offices: ReadonlyMap<AooId, Office>;
}

/** One round over all offices. What fails in one is tried again in the next round, and in the morning a person is told. */
export async function closeAllDue(deps: CloseAllDeps, seen: Map<string, string>, signal: AbortSignal): Promise<void> {
  for (const office of deps.offices.values()) {
    if (signal.aborted) return;
    try {
      const closed = await closeDue(office, { by: BY_SYSTEM, graceMs: GRACE_MS, seen, signal }, deps);
      if (closed === null) continue;
      for (const { register, kind, day, counts } of closed)
        deps.log.info({ aoo: office.aoo, register, kind, day, ...counts }, 'register closed');
      await tell(office, null, deps);
    } catch (error) {
      deps.log.warn({ aoo: office.aoo, reason: errorMessage(error) }, 'the register of the day could not be closed');
      // A stopped office has its task already.
      if (!(error instanceof OfficeStoppedError)) await tell(office, { error }, deps).catch(() => undefined);
    }
  }
}

async function tell(office: Office, failed: { readonly error: unknown } | null, deps: CloseAllDeps): Promise<void> {
  const { store, clock, contents } = deps;
  const open = await contents.lateTasks(office.aoo);
  const { date, time } = legalTime(clock.now());
  if (failed === null ? open.length === 0 : open.length > 0 || time < TOLD_FROM) return;
  await store.inOffice(office.aoo, async (tx) => {
    const work = openUnitOfWork(office, tx, clock.now());
    for (const taskId of open) work.closeTask(taskId, 'interpro', 'mended');
    if (failed !== null) {
      const why = failed.error instanceof DocumentsError ? ` ${failed.error.problem.message}` : '';
      const detail = `Doveva essere chiuso prima del ${italianDay(date)}.${why}`;
      work.show({ code: 'register-not-closed', detail, exchangeId: null, mailId: null });
    }
    await tx.save(work.changes());
  });
}
