/** The register: searched, opened, exported, printed; notes, classes and annulments. */
import { problem } from '../../../../kernel/problems.ts';
import type { Result } from '../../../../kernel/result.ts';
import type { Registering } from '../../../../service/by-hand/check-filing.ts';
import type { Commands } from '../../../../service/commands/commands.ts';
import type { LinkRequest } from '../../../../service/commands/link.ts';
import { readerOf } from '../../../../service/people/rights.ts';
import type { Call } from '../../../../service/register/idempotent-command.ts';
import type { Office } from '../../../../service/register/office.ts';
import { precedentsOf } from '../by-hand/typed-form.ts';
import { button } from '../components/buttons.ts';
import { field } from '../components/fields.ts';
import { part, sheet } from '../components/note.ts';
import { registrationPath } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { notFoundView } from '../gate-pages.ts';
import { html } from '../template.ts';
import { refused, seeOther } from '../view.ts';
import { actFields } from '../visit.ts';
import { type AnnulmentDeps, annulmentRoutes } from './annulment-pages.ts';
import { type CourtesyCopyDeps, courtesyCopyRoutes } from './courtesy-copy.ts';
import { type DayDeps, dayRoutes } from './day-page.ts';
import { type ExportRouteDeps, exportRoutes } from './export-routes.ts';
import { keyOf, openSheet } from './open-sheet.ts';
import { REGISTER_PATH } from './register-filter.ts';
import { type ReserveDeps, reserveRoutes } from './reserve-pages.ts';
import { type SearchBoxDeps, searchBoxRoutes } from './search-box.ts';
import { type SearchDeps, searchPage } from './search-page.ts';
import { type SheetDeps, sheetPage } from './sheet-page.ts';

export interface RegisterScreenDeps
  extends SearchDeps,
    SheetDeps,
    DayDeps,
    ExportRouteDeps,
    SearchBoxDeps,
    AnnulmentDeps,
    CourtesyCopyDeps,
    ReserveDeps {
  readonly registerViews: SearchDeps['registerViews'];
  readonly papers: SheetDeps['papers'];
  readonly commands: Pick<Commands, 'askAnnulment' | 'decideAnnulment' | 'annul' | 'note' | 'change' | 'reserve'>;
  readonly link: (
    office: Office,
    request: LinkRequest,
    person: Registering,
    call: Call,
  ) => Promise<Result<{ readonly links: number }>>;
}

const PATH = `${REGISTER_PATH}/:year/:number`;
const MOST_NOTE = 2_000;
const CLASS = /^[\p{L}\p{N}][\p{L}\p{N}./-]{0,39}$/u;

export function registerScreens(desk: Desk, deps: RegisterScreenDeps): void {
  desk.page({ path: REGISTER_PATH, right: 'register:read' }, (visit) => searchPage(visit, deps));
  dayRoutes(desk, deps);
  exportRoutes(desk, deps);
  searchBoxRoutes(desk, deps);
  annulmentRoutes(desk, deps);
  reserveRoutes(desk, deps);
  courtesyCopyRoutes(desk, deps);
  linkRoutes(desk, deps);
  desk.page({ path: PATH, right: 'register:read' }, async (visit) => {
    const row = await openSheet(visit, deps);
    return row === null ? notFoundView : sheetPage(visit, row, deps);
  });
  desk.act({ path: `${PATH}/nota`, right: 'assignments:own' }, async (visit) => {
    const row = await openSheet(visit, deps);
    if (row === null) return notFoundView;
    const back = registrationPath(row);
    const text = visit.form.text('nota').slice(0, MOST_NOTE);
    if (text === '') return seeOther(back);
    const noted = await deps.commands.note(visit.office, { registration: keyOf(row), text }, visit.call);
    return noted.ok ? seeOther(`${back}#storia`, 'Nota aggiunta.') : refused(noted.problem, back);
  });
  classRoutes(desk, deps);
}

/** What it answers or follows; it is added, and nothing is taken away. */
function linkRoutes(desk: Desk, { registerViews, link }: RegisterScreenDeps): void {
  desk.act({ path: `${PATH}/collega`, right: 'register:write' }, async (visit) => {
    const row = await openSheet(visit, { registerViews });
    if (row === null) return notFoundView;
    const { caller, office, form, call } = visit;
    const back = registrationPath(row);
    const request = { registration: keyOf(row), precedents: precedentsOf(form.text('precedenti'), row.register) };
    const person = { personId: caller.personId, name: caller.name, reader: readerOf(caller) };
    const linked = await link(office, request, person, call);
    return linked.ok ? seeOther(back, 'Collegata.') : refused(linked.problem, back);
  });
}

/** The class may be changed, the old one stays visible (DPR 445/2000 art. 54). */
function classRoutes(desk: Desk, deps: RegisterScreenDeps): void {
  desk.page({ path: `${PATH}/classifica`, right: 'register:write' }, async (visit) => {
    const row = await openSheet(visit, deps);
    if (row === null) return notFoundView;
    const back = registrationPath(row);
    if (row.annulment !== null) return refused(problem('registration-annulled'), back);
    return {
      title: `Classifica la ${row.number}/${row.year}`,
      at: 'registro',
      body: html`<div class="d-crumb"><a href="${back}" data-escape>← ${row.number}/${row.year}</a></div><div class="d-narrow"><h1 class="d-h1">Classifica la ${row.number}/${row.year}</h1>
        ${sheet(
          part(
            {},
            html`<p class="d-isolate"><strong>${row.subject}</strong></p><form method="post" action="${back}/classifica">${actFields(visit)}
          ${field({ name: 'classe', label: 'Classe', value: row.classification ?? '', most: 40, optional: true, help: 'Titolo e classe, per esempio «IV.8». La precedente resta nella storia.' })}
          ${button({ label: 'Classifica', kind: 'primary' })}</form>`,
          ),
        )}</div>`,
    };
  });
  desk.act({ path: `${PATH}/classifica`, right: 'register:write' }, async (visit) => {
    const row = await openSheet(visit, deps);
    if (row === null) return notFoundView;
    const back = registrationPath(row);
    const code = visit.form.text('classe');
    if (code !== '' && !CLASS.test(code)) return seeOther(`${back}/classifica`, 'La classe ha lettere, cifre e punti.');
    const request = { registration: keyOf(row), classification: code === '' ? null : code };
    const changed = await deps.commands.change(visit.office, request, visit.call);
    if (!changed.ok) return refused(changed.problem, back);
    return seeOther(back, code === '' ? 'Classe tolta.' : `Classificata in ${code}.`);
  });
}
