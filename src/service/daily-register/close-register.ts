/**
 * Closes the register of one day, or of one year. The office's lock is held for two moments only, to take the time and to write
 * the row: files are made between them from what the audit chain had covered by then, and whatever is written meanwhile
 * belongs to the next closing. Files first, row second: a closing that is given up leaves files that nothing names.
 */

import type { Clock } from '../../kernel/clock.ts';
import type { Documents } from '../documents/documents.ts';
import type { Office } from '../register/office.ts';
import type { RegisterClosing, RegisterHead, RegisterKind } from '../register/register-closing.ts';
import type { Store } from '../register/store.ts';
import { openUnitOfWork } from '../register/unit-of-work.ts';
import { type ClosedRegister, closedRegisterName } from './closed-register.ts';
import { type ClosingDraft, linesOfDay, linesOfYear, type MakeDeps, makeFiles, spanOf } from './make-files.ts';

export interface CloseDeps extends MakeDeps {
  readonly store: Store;
  readonly documents: Pick<Documents, 'put'>;
  readonly clock: Clock;
  /** The program and its version, as it names itself in the files. */
  readonly software: string;
}

export interface Closer {
  readonly office: Office;
  readonly register: string;
  /** `SISTEMA`, or a person. */
  readonly by: string;
}

/** Whoever closes by themselves. */
export const BY_SYSTEM = 'SISTEMA';

/** Null: nothing happened on that day, and the office wants no register of such days. The days before are closed. */
export async function closeDay(closer: Closer, day: string, deps: CloseDeps): Promise<ClosedRegister | null> {
  const { office, register } = closer;
  const { aoo, dailyRegister } = office;
  const { contents } = deps;
  const last = await contents.lastClosing(aoo, 'daily', register);
  const start = await begin(closer, 'daily', day, last, deps);
  const throughSeq = await contents.auditSeq(aoo);
  // What an office had before it began is in no register of ours.
  const afterSeq = last?.throughSeq ?? (dailyRegister.from === null ? 0 : throughSeq);
  const span = spanOf({ ...start, ...NO_ROWS, afterSeq, throughSeq }, last);
  const outline = await contents.outline(aoo, span);
  const { keys, marks, annulled } = outline;
  const isWanted = dailyRegister.emptyDays === 'made' && register === office.register;
  if (keys.length + marks.length === 0 && !isWanted) return null;
  const counts = { registrations: keys.length, annulled, changes: marks.length };
  const [first, end] = [keys.at(0)?.number ?? null, keys.at(-1)?.number ?? null];
  const draft = { ...start, first, last: end, counts, afterSeq, throughSeq };
  return finish(closer, draft, () => linesOfDay(aoo, span, outline, contents), deps);
}

/** Null: no day of that year is closed. All days that will be are. */
export async function closeYear(closer: Closer, year: number, deps: CloseDeps): Promise<ClosedRegister | null> {
  const { aoo } = closer.office;
  const days = await deps.contents.daysOf(aoo, closer.register, year);
  const [oldest, newest] = [days.at(0), days.at(-1)];
  if (oldest === undefined || newest === undefined) return null;
  const sum = (count: keyof RegisterClosing['counts']): number => days.reduce((all, one) => all + one.counts[count], 0);
  const numbers = days.flatMap(({ first, last }) => (first === null || last === null ? [] : [first, last]));
  const draft: ClosingDraft = {
    ...(await begin(closer, 'annual', `${year}-12-31`, null, deps)),
    first: numbers.length === 0 ? null : Math.min(...numbers),
    last: numbers.length === 0 ? null : Math.max(...numbers),
    counts: { registrations: sum('registrations'), annulled: sum('annulled'), changes: sum('changes') },
    afterSeq: oldest.afterSeq,
    throughSeq: newest.throughSeq,
  };
  return finish(closer, draft, () => linesOfYear(days), deps);
}

const NO_ROWS = { first: null, last: null, counts: { registrations: 0, annulled: 0, changes: 0 } };

type Start = Pick<
  ClosingDraft,
  'register' | 'kind' | 'day' | 'year' | 'progressive' | 'closedAt' | 'closedBy' | 'head'
>;

/** The time is taken under the lock: whatever bears an earlier one is committed. A stopped office is refused here. */
async function begin(
  { office, register, by }: Closer,
  kind: RegisterKind,
  day: string,
  last: ClosedRegister | null,
  { store, clock, software }: CloseDeps,
): Promise<Start> {
  const closedAt = await store.inOffice(office.aoo, async () => clock.now());
  const year = Number(day.slice(0, 4));
  const progressive = last?.year === year ? last.progressive + 1 : 1;
  const head: RegisterHead = {
    ...{ administration: office.administration, code: office.code, office: office.name, software },
    layout: 1,
  };
  return { register, kind, day, year, progressive, closedAt, closedBy: by, head };
}

async function finish(
  { office }: Closer,
  draft: ClosingDraft,
  lines: Parameters<typeof makeFiles>[1],
  { store, documents, clock, writePdf }: CloseDeps,
): Promise<ClosedRegister> {
  const closing = { ...draft, ...(await makeFiles(draft, lines, writePdf, (bytes) => documents.put(bytes))) };
  await store.inOffice(office.aoo, async (tx) => {
    const work = openUnitOfWork(office, tx, clock.now());
    work.closeRegister(closing);
    const { register, kind, day, counts, first, last, xml, pdf } = closing;
    work.audit('register-closed', closedRegisterName(closing), {
      ...{ register, kind, day, first, last, counts, by: closing.closedBy, xml: xml.sha256, pdf: pdf.sha256 },
    });
    await tx.save(work.changes());
  });
  return { ...closing, aoo: office.aoo };
}
