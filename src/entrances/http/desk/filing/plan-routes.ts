/** The plan of classification: looked at by who files, brought as CSV by who heads or administers. */
import { COUNCIL_PLAN } from '../../../../domain/register/council-plan.ts';
import { folded } from '../../../../kernel/folded.ts';
import { checkPlan, importPlan, planDifferences, planOf, planVersion } from '../../../../service/by-hand/plan.ts';
import { mayDo } from '../../../../service/people/rights.ts';
import type { PlanEntry } from '../../../../service/register/by-hand-writes.ts';
import { attachment } from '../../reply/content-disposition.ts';
import type { Desk } from '../desk.ts';
import { formFilesOf } from '../form-files.ts';
import { notFoundView } from '../gate-pages.ts';
import { BYTE_ORDER_MARK, csvLine } from '../register/spreadsheet-text.ts';
import { refused, seeOther, type View } from '../view.ts';
import type { ActVisit } from '../visit.ts';
import type { FilingDeps } from './filing-deps.ts';
import { type FilingVisit, filingPath, filingPlace, filingView, type Place } from './filing-frame.ts';
import { checkedPage, entriesWord, planPage } from './plan-pages.ts';

const PATH = filingPath('titolario');
/** A whole plan in a form of its own, each letter as three at most. */
const MOST_BYTES = 4 * 1024 * 1024;

export function planRoutes(desk: Desk, deps: FilingDeps): void {
  desk.page({ path: PATH, right: 'filing:read' }, async (visit) => {
    const place = filingPlace(visit, deps.offices);
    return place === null ? notFoundView : show(visit, place, deps);
  });
  desk.page({ path: `${PATH}/titolario.csv`, right: 'filing:read' }, async (visit) => {
    const place = filingPlace(visit, deps.offices);
    if (place === null) return notFoundView;
    const text = BYTE_ORDER_MARK + csvOf(await planOf(place.office.aoo, deps.filing));
    return visit.reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', attachment('titolario.csv'))
      .send(text);
  });
  desk.act({ path: `${PATH}/controlla`, right: 'filing', mostBytes: MOST_BYTES }, async (visit) => {
    const place = filingPlace(visit, deps.offices);
    if (place === null) return notFoundView;
    const csv = broughtBy(visit);
    return csv === null
      ? seeOther(`${PATH}${place.query}`, 'Scegli prima un file CSV.')
      : check(visit, place, csv, deps);
  });
  desk.act({ path: PATH, right: 'filing', mostBytes: MOST_BYTES }, async (visit) => {
    const place = filingPlace(visit, deps.offices);
    if (place === null) return notFoundView;
    const request = { csv: visit.form.typed('csv'), version: visit.form.text('visto') };
    const taken = await importPlan(place.office, request, visit.call, deps);
    const back = `${PATH}${place.query}`;
    return taken.ok
      ? seeOther(back, `Titolario preso: ${entriesWord(taken.value.entries)}.`)
      : refused(taken.problem, back);
  });
}

async function show(visit: FilingVisit, place: Place, { filing }: FilingDeps): Promise<View> {
  const own = await filing.plan(place.office.aoo);
  const plan = own ?? COUNCIL_PLAN;
  const typed = visit.query.text('q').slice(0, 200);
  const mayChange = mayDo(visit.caller, 'filing');
  return filingView(visit, {
    ...{ at: 'titolario', place, title: 'Titolario', head: 'Titolario' },
    content: planPage({
      ...{ place, plan, typed, mayChange, token: visit.token },
      isOwn: own !== null,
      found: typed === '' ? [] : found(plan, typed),
    }),
  });
}

/** By the code, or by words that begin so. */
function found(plan: readonly PlanEntry[], typed: string): readonly PlanEntry[] {
  const words = folded(typed).split(' ').filter(Boolean);
  return plan.filter(({ code, title }) => {
    const known = folded(`${code} ${title}`).split(' ');
    const isCode = code.toLowerCase().startsWith(typed.toLowerCase());
    return isCode || (words.length > 0 && words.every((word) => known.some((one) => one.startsWith(word))));
  });
}

/** The file that was brought, or the councils' model; null: neither. */
function broughtBy(visit: ActVisit<'filing'>): string | null {
  if (visit.form.text('modello') === 'comuni') return csvOf(COUNCIL_PLAN);
  const [file] = formFilesOf(visit.request);
  return file === undefined ? null : textOf(file.bytes);
}

/** Spreadsheets of Italian offices still write Windows-1252. */
function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

const csvOf = (plan: readonly PlanEntry[]): string =>
  [
    csvLine(['codice', 'descrizione', 'riservata']),
    ...plan.map(({ code, title, reserved }) => csvLine([code, title, reserved ? 'sì' : ''])),
  ].join('');

async function check(visit: ActVisit<'filing'>, place: Place, csv: string, { filing }: FilingDeps): Promise<View> {
  const present = await planOf(place.office.aoo, filing);
  const checked = checkPlan(csv);
  return filingView(visit, {
    ...{ at: 'titolario', place, head: 'Controllo del titolario' },
    title: checked.problems.length > 0 ? 'Errore: controllo del titolario' : 'Controllo del titolario',
    ...(checked.problems.length > 0 && { status: 422 }),
    content: checkedPage({
      ...{ place, checked, csv, token: visit.token },
      differences: planDifferences(present, checked.entries),
      version: planVersion(present),
    }),
  });
}
