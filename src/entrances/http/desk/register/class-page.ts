/** The class of a registration may be changed, the old one stays visible (DPR 445/2000 art. 54). */
import type { AooId } from '../../../../kernel/ids.ts';
import { problem } from '../../../../kernel/problems.ts';
import type { Commands } from '../../../../service/commands/commands.ts';
import type { RegisterViews, RegistrationSheet } from '../../../../service/queries/register-views.ts';
import { button } from '../components/buttons.ts';
import { errorSummary, type Faults, faultyTitle, field, NO_FAULTS } from '../components/fields.ts';
import { part, sheet } from '../components/note.ts';
import { registrationPath } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { notFoundView } from '../gate-pages.ts';
import { html } from '../template.ts';
import { refused, seeOther, type View } from '../view.ts';
import { type ActVisit, actFields } from '../visit.ts';
import { keyOf, openSheet } from './open-sheet.ts';
import { REGISTER_PATH } from './register-filter.ts';
import { annulmentActBy, classifiedBy } from './who-was-faster.ts';

export interface ClassDeps {
  readonly registerViews: Pick<RegisterViews, 'sheet'>;
  readonly commands: Pick<Commands, 'change'>;
  /** Title of a class in the office's plan as it is now; null: it has none such. */
  readonly classTitle: (aoo: AooId, code: string) => Promise<string | null>;
}

const PATH = `${REGISTER_PATH}/:year/:number/classifica`;
/** With the title that a suggestion leaves behind the code. */
const MOST_TYPED = 500;

export function classRoutes(desk: Desk, deps: ClassDeps): void {
  desk.page({ path: PATH, right: 'register:write' }, async (visit) => {
    const row = await openSheet(visit, deps);
    if (row === null) return notFoundView;
    return row.annulment === null
      ? classPage({ token: visit.token, version: null }, row, row.classification ?? '')
      : refused(problem('registration-annulled'), registrationPath(row));
  });
  desk.act({ path: PATH, right: 'register:write' }, async (visit) => {
    const row = await openSheet(visit, deps);
    if (row === null) return notFoundView;
    const back = registrationPath(row);
    const typed = visit.form.text('classe').slice(0, MOST_TYPED);
    const code = typed.split(/\s/, 1)[0] ?? '';
    if (code !== '' && (await deps.classTitle(visit.aoo, code)) === null) {
      const { message } = problem('hand-class-unknown', 'classification', code);
      return classPage(visit, row, typed, new Map([['classe', message]]));
    }
    const request = {
      ...{ registration: keyOf(row), classification: code === '' ? null : code },
      version: visit.version ?? row.changes.length,
    };
    const changed = await deps.commands.change(visit.office, request, visit.call);
    if (!changed.ok) {
      const now = (await openSheet(visit, deps)) ?? row;
      const isAnnulled = changed.problem.code === 'registration-annulled';
      return refused(changed.problem, back, isAnnulled ? annulmentActBy(now) : classifiedBy(now));
    }
    return seeOther(back, code === '' ? 'Classe tolta.' : `Classificata in ${code}.`);
  });
}

function classPage(
  { token, version }: Pick<ActVisit<'register:write'>, 'token' | 'version'>,
  row: RegistrationSheet,
  typed: string,
  faults: Faults = NO_FAULTS,
): View {
  const back = registrationPath(row);
  const title = `Classifica la ${row.number}/${row.year}`;
  const help =
    'Codice o parole della voce del titolario, per esempio «IV.8» o «edilizia». La precedente resta nella storia.';
  return {
    title: faultyTitle(title, faults),
    at: 'registro',
    status: faults.size > 0 ? 422 : 200,
    body: html`<div class="d-crumb"><a href="${back}" data-escape>← ${row.number}/${row.year}</a></div><div class="d-narrow"><h1 class="d-h1">${title}</h1>
        ${errorSummary(faults)}${sheet(
          part(
            {},
            html`<p class="d-isolate"><strong>${row.subject}</strong></p><form method="post" action="${back}/classifica" novalidate>${actFields({ token }, { version: version ?? row.changes.length })}
          <div class="d-combobox" data-module="combobox" data-from="/suggerimenti/titolario" data-least="1" data-label="Voci del titolario">${field({ name: 'classe', label: 'Classe', value: typed, most: MOST_TYPED, optional: true, help, faults })}</div>
          ${button({ label: 'Classifica', kind: 'primary' })}</form>`,
          ),
        )}</div>`,
  };
}
