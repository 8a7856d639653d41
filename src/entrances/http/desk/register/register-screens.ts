/** The register: searched, opened, exported, printed; notes, classes and annulments. */
import type { Result } from '../../../../kernel/result.ts';
import type { Registering } from '../../../../service/by-hand/check-filing.ts';
import type { Commands } from '../../../../service/commands/commands.ts';
import type { LinkRequest } from '../../../../service/commands/link.ts';
import { readerOf } from '../../../../service/people/rights.ts';
import type { Call } from '../../../../service/register/idempotent-command.ts';
import type { Office } from '../../../../service/register/office.ts';
import { precedentsOf } from '../by-hand/typed-form.ts';
import { registrationPath } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { notFoundView } from '../gate-pages.ts';
import { refused, seeOther } from '../view.ts';
import { type AnnulmentDeps, annulmentRoutes } from './annulment-pages.ts';
import { type ClassDeps, classRoutes } from './class-page.ts';
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
    ClassDeps,
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
