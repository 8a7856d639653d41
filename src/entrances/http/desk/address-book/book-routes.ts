/** The office's own address book: looked through, added to, changed, and two entries made one. */
import type { Problem } from '../../../../kernel/problems.ts';
import {
  checkCorrespondent,
  mergeCorrespondents,
  offerCorrespondent,
  saveCorrespondent,
} from '../../../../service/by-hand/correspondents.ts';
import type { BookEntry, FoundBookEntry } from '../../../../service/by-hand/ports.ts';
import { mayDo } from '../../../../service/people/rights.ts';
import type { CommandDeps } from '../../../../service/register/idempotent-command.ts';
import { type Faults, faultyTitle, NO_FAULTS } from '../components/fields.ts';
import { onDayAt } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { notFoundView } from '../gate-pages.ts';
import { type Refused, refused, seeOther, type View } from '../view.ts';
import type { ActVisit } from '../visit.ts';
import { bookCard } from './book-card.ts';
import { type BookDeps, type BookVisit, bookView } from './book-list.ts';
import { BOOK_PATH, bookEntryPath, changeWords } from './book-words.ts';
import { entryForm, entryOf, fieldNamed } from './entry-form.ts';
import { cannotMerge, chooseOther, mergePreview } from './merge-page.ts';

export interface BookScreenDeps extends BookDeps, CommandDeps {}

type ChangeVisit = ActVisit<'register:write'>;
const ENTRY = `${BOOK_PATH}/:entry`;
const OFFERED = 10;

export function bookRoutes(desk: Desk, deps: BookScreenDeps): void {
  desk.page({ path: BOOK_PATH, right: 'send' }, (visit) => bookView(visit, deps, null));
  desk.page({ path: `${BOOK_PATH}/nuova`, right: 'register:write' }, (visit) => form(visit, deps, null));
  desk.act({ path: `${BOOK_PATH}/nuova`, right: 'register:write' }, (visit) => save(visit, deps, null));
  desk.page({ path: ENTRY, right: 'send' }, async (visit) => {
    const entry = await entryNamed(visit, deps);
    if (entry === null) return notFoundView;
    const { correspondentId: open, name: title } = entry;
    const [history, alike] = await Promise.all([
      deps.book.history(visit.aoo, open),
      isOffered(entry) ? deps.book.alike(visit.aoo, entry) : [],
    ]);
    const mayChange = mayDo(visit.caller, 'register:write');
    const right = bookCard({ entry, history, alike, mayChange, token: visit.token, now: deps.clock.now() });
    return bookView(visit, deps, { title: `${title} · Rubrica`, right, open });
  });
  desk.page({ path: `${ENTRY}/modifica`, right: 'register:write' }, async (visit) => {
    const entry = await entryNamed(visit, deps);
    return entry === null || !isOffered(entry) ? notFoundView : form(visit, deps, entry);
  });
  desk.act({ path: ENTRY, right: 'register:write' }, async (visit) => {
    const entry = await entryNamed(visit, deps);
    return entry === null ? notFoundView : save(visit, deps, entry);
  });
  for (const [act, isOffered, said] of [
    ['togli', false, 'Tolta dalla rubrica: non si propone più.'],
    ['rimetti', true, 'Rimessa in rubrica.'],
  ] as const)
    desk.act({ path: `${ENTRY}/${act}`, right: 'register:write' }, async (visit) => {
      const entry = await entryNamed(visit, deps);
      if (entry === null) return notFoundView;
      const { correspondentId } = entry;
      const request = { correspondentId, version: visit.version, isOffered };
      const done = await offerCorrespondent(visit.office, request, visit.call, deps);
      return done.ok
        ? seeOther(bookEntryPath(correspondentId), said)
        : refusedBy(visit, deps, done.problem, correspondentId);
    });
  mergeRoutes(desk, deps);
}

const isOffered = ({ mergedInto, isRetired }: FoundBookEntry): boolean => mergedInto === null && !isRetired;

const entryNamed = ({ aoo, params }: BookVisit, { book }: BookDeps): Promise<FoundBookEntry | null> =>
  book.find(aoo, params['entry'] ?? '');

async function form(
  visit: BookVisit | ChangeVisit,
  deps: BookScreenDeps,
  entry: FoundBookEntry | null,
  faults: Faults = NO_FAULTS,
): Promise<View> {
  const typed = 'form' in visit ? visit.form : null;
  const act = 'call' in visit ? visit.call.idempotency?.key : undefined;
  const title = faultyTitle(entry === null ? 'Aggiungi una voce' : `Modifica ${entry.name}`, faults);
  return bookView(visit, deps, {
    title: `${title} · Rubrica`,
    right: entryForm({ token: visit.token, entry, typed, faults, ...(act !== undefined && { act }) }),
    ...(entry !== null && { open: entry.correspondentId }),
    ...(faults.size > 0 && { status: 422 }),
  });
}

async function save(visit: ChangeVisit, deps: BookScreenDeps, entry: FoundBookEntry | null) {
  const request = entryOf(visit.form, entry?.correspondentId ?? null, visit.version);
  const wrong = checkCorrespondent(request);
  if (wrong.length > 0) return form(visit, deps, entry, faultsOf(wrong));
  const saved = await saveCorrespondent(visit.office, request, visit.call, deps);
  if (saved.ok)
    return seeOther(bookEntryPath(saved.value.correspondentId), entry === null ? 'Voce aggiunta.' : 'Voce salvata.');
  return refusedBy(visit, deps, saved.problem, entry?.correspondentId ?? null);
}

const faultsOf = (problems: readonly Problem[]): Faults =>
  new Map(problems.map(({ at, message }) => [fieldNamed(at), message]));

/** Whoever was faster is named, with the moment. */
async function refusedBy(
  { aoo }: BookVisit,
  { book }: BookDeps,
  problem: Problem,
  correspondentId: string | null,
): Promise<Refused> {
  const back = correspondentId === null ? BOOK_PATH : bookEntryPath(correspondentId);
  const [last, before] =
    problem.code === 'version-conflict' && correspondentId !== null ? await book.history(aoo, correspondentId) : [];
  return last === undefined
    ? refused(problem, back)
    : refused(
        problem,
        back,
        [`L’ha cambiata ${last.by}, ${onDayAt(last.at)}.`, changeWords(before?.entry, last.entry)]
          .filter(Boolean)
          .join(' '),
      );
}

function mergeRoutes(desk: Desk, deps: BookScreenDeps): void {
  const { book } = deps;
  desk.page({ path: `${ENTRY}/unisci`, right: 'register:write' }, async (visit) => {
    const entry = await entryNamed(visit, deps);
    if (entry === null || !isOffered(entry)) return notFoundView;
    const id = visit.query.text('con');
    const beside = { title: `Unisci ${entry.name} · Rubrica`, open: entry.correspondentId };
    if (id !== '') {
      const other = await book.find(visit.aoo, id);
      const fits = other !== null && isOffered(other) && other.correspondentId !== entry.correspondentId;
      return bookView(visit, deps, { ...beside, right: fits ? mergePreview(visit, entry, other) : cannotMerge(entry) });
    }
    const typed = visit.query.text('cerca').slice(0, 200);
    const offered: readonly BookEntry[] =
      typed === '' ? await book.alike(visit.aoo, entry) : (await book.list(visit.aoo, typed, null, OFFERED + 1)).items;
    const others = offered.filter(({ correspondentId }) => correspondentId !== entry.correspondentId).slice(0, OFFERED);
    return bookView(visit, deps, { ...beside, right: chooseOther(entry, typed, others) });
  });
  desk.act({ path: `${ENTRY}/unisci`, right: 'register:write' }, async (visit) => {
    const keep = visit.params['entry'] ?? '';
    const theirs = visit.form.text('versione_altra');
    const request = {
      ...{ keep, into: visit.version ?? 0, merge: visit.form.text('con') },
      version: /^\d{1,9}$/.test(theirs) ? Number(theirs) : 0,
    };
    const merged = await mergeCorrespondents(visit.office, request, visit.call, deps);
    if (merged.ok) return seeOther(bookEntryPath(merged.value.correspondentId), 'Voci unite.');
    const isThere = (await book.find(visit.aoo, keep)) !== null;
    return isThere ? refusedBy(visit, deps, merged.problem, keep) : notFoundView;
  });
}
