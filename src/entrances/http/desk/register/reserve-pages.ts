/** The reserve of a registration is set and lifted by the head, who says why. */
import type { Commands } from '../../../../service/commands/commands.ts';
import type { RegistrationSheet } from '../../../../service/queries/register-views.ts';
import { button } from '../components/buttons.ts';
import { errorSummary, type Faults, faultyTitle, NO_FAULTS, textArea } from '../components/fields.ts';
import { part, sheet } from '../components/note.ts';
import { registrationPath } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { notFoundView } from '../gate-pages.ts';
import { html } from '../template.ts';
import { refused, seeOther, type View } from '../view.ts';
import { type ActVisit, actFields, type Visit } from '../visit.ts';
import { keyOf, openSheet } from './open-sheet.ts';
import type { SheetDeps } from './sheet-page.ts';
import { reservedBy } from './who-was-faster.ts';

export interface ReserveDeps extends Pick<SheetDeps, 'registerViews'> {
  readonly commands: Pick<Commands, 'reserve'>;
}

const PATH = '/registro/:year/:number/riserva';
const MOST_REASON = 500;

export function reserveRoutes(desk: Desk, deps: ReserveDeps): void {
  desk.page({ path: PATH, right: 'register:reserve' }, async (visit) => {
    const row = await openSheet(visit, deps);
    return row === null ? notFoundView : reserveView(visit, row);
  });
  desk.act({ path: PATH, right: 'register:reserve' }, async (visit) => {
    const row = await openSheet(visit, deps);
    if (row === null) return notFoundView;
    const reason = visit.form.text('motivo').slice(0, MOST_REASON);
    if (reason === '') return reserveView(visit, row, new Map([['motivo', 'Scrivi perché.']]));
    // The form says what is wanted: who was faster is not undone by it.
    const act = visit.form.text('riserva') === 'togli' ? 'lifted' : 'set';
    const request = { registration: keyOf(row), act, reason, version: visit.version ?? row.reserveVersion } as const;
    const changed = await deps.commands.reserve(visit.office, request, visit.call);
    const back = registrationPath(row);
    return changed.ok
      ? seeOther(back, act === 'set' ? 'Ora è riservata.' : 'Riserva tolta: ora la vede chi vede il registro.')
      : refused(changed.problem, back, reservedBy((await openSheet(visit, deps)) ?? row));
  });
}

function reserveView(
  visit: Visit<'register:reserve'> | ActVisit<'register:reserve'>,
  row: RegistrationSheet,
  faults: Faults = NO_FAULTS,
): View {
  const back = registrationPath(row);
  const name = `${row.number}/${row.year}`;
  const title = row.reserved ? `Togli la riserva alla ${name}` : `Rendi riservata la ${name}`;
  return {
    title: faultyTitle(title, faults),
    at: 'registro',
    ...(faults.size > 0 && { status: 422 }),
    body: html`<div class="d-crumb"><a href="${back}" data-escape>← ${name}</a></div><div class="d-narrow"><h1 class="d-h1">${title}</h1>
      ${errorSummary(faults)}${sheet(
        part(
          {},
          html`<p class="d-isolate"><strong>${row.subject}</strong></p>
      <p class="d-second">${
        row.reserved
          ? 'Da ora la vedono tutti quelli che vedono il registro, anche nelle ricerche e nelle esportazioni.'
          : 'Da ora la vedono solo il responsabile, chi l’ha registrata e chi ce l’ha. Nel registro del giorno resta il numero.'
      }</p>
      <form method="post" action="${back}/riserva" novalidate>${actFields(visit, { version: row.reserveVersion })}<input type="hidden" name="riserva" value="${row.reserved ? 'togli' : 'metti'}">
        ${textArea({ name: 'motivo', label: 'Perché', most: MOST_REASON, rows: 3, required: true, faults, help: 'Resta nella storia con il tuo nome.' })}
        ${button({ label: row.reserved ? 'Togli la riserva' : 'Rendi riservata', kind: 'primary' })}</form>`,
        ),
      )}</div>`,
  };
}
