/** The forms that ask for more than a tap: to whom, and why. Each is a page, so that it works without script. */
import type {
  AssignedRegistration,
  AssignmentView,
  UnitChoice,
} from '../../../../service/assignments/assignment-views.ts';
import { actBar, button, linkButton } from '../components/buttons.ts';
import { errorSummary, type Faults, faultyTitle, textArea } from '../components/fields.ts';
import { facts, part, sheet } from '../components/note.ts';
import { num, registrationPath } from '../components/when.ts';
import { type Html, html } from '../template.ts';
import type { View } from '../view.ts';
import { actFields } from '../visit.ts';
import { holderName } from './holding-panel.ts';
import { informField, targetField } from './targets.ts';

/** What a person has filled in so far. */
export interface Filled {
  readonly to: string;
  readonly information: readonly string[];
  readonly note: string;
  /** The act key of a form that is shown again. */
  readonly act?: string;
  readonly faults: Faults;
}

export interface AssignFormOptions {
  readonly registration: AssignedRegistration;
  readonly units: readonly UnitChoice[];
  /** The assignment for competence that is there; null: none. */
  readonly present: AssignmentView | null;
  readonly token: string;
  readonly filled: Filled;
  readonly back: string;
}

/** The fields of an assignment, for a page or a dialog. */
export const assignForm = ({ registration, units, present, token, filled, back }: AssignFormOptions): Html => {
  const { to, information, note, act, faults } = filled;
  const isOpen = present === null || ['returned', 'withdrawn', 'done'].includes(present.state);
  return html`
    <form method="post" action="${registrationPath(registration)}/assegna" novalidate>
      ${actFields({ token }, { version: isOpen ? (present?.version ?? 0) : null, ...(act !== undefined && { act }) })}
      <input type="hidden" name="torna" value="${back}">
      ${errorSummary(faults)}
      ${isOpen && targetField({ name: 'competenza', label: 'Per competenza a', units, value: to, faults, help: 'Uno solo: da qui parte il suo tempo.' })}
      ${informField(units, information)}
      ${textArea({ name: 'nota', label: 'Nota per chi la riceve', value: note, rows: 2, most: 2_000, optional: true, faults })}
      ${actBar(
        button({ label: 'Assegna', kind: 'primary' }),
        linkButton({ label: 'Lascia stare', kind: 'quiet', href: back }),
      )}
    </form>`;
};

export const assignView = (options: AssignFormOptions): View =>
  formPage('Assegna', options, html`${assignForm(options)}`);

/** What is passed on: by whoever has it, the head of their unit, or the desk. */
export const passOnView = (options: AssignFormOptions, act: 'riassegna' | 'delega'): View => {
  const { units, present, token, filled, back, registration } = options;
  const { to, note, faults } = filled;
  const title = act === 'riassegna' ? 'Riassegna' : 'Delega a un collega';
  const unit = act === 'delega' ? units.filter(({ unitId }) => unitId === present?.unitId) : units;
  return formPage(
    title,
    options,
    html`
    <form method="post" action="${registrationPath(registration)}/${act}" novalidate>
      ${decisionFields(options, token)}
      <input type="hidden" name="torna" value="${back}">
      ${errorSummary(faults)}
      ${targetField({ name: 'a', label: act === 'riassegna' ? 'A chi passa' : 'A quale collega', units: unit, value: to, faults })}
      ${textArea({ name: 'nota', label: 'Motivo', value: note, rows: 2, most: 2_000, optional: true, faults })}
      ${actBar(button({ label: title, kind: 'primary' }), linkButton({ label: 'Lascia stare', kind: 'quiet', href: back }))}
    </form>`,
  );
};

export const returnView = (options: AssignFormOptions): View => {
  const { token, filled, back, registration } = options;
  return formPage(
    'Restituisci',
    options,
    html`
    <p>Torna a chi l’ha assegnata e al protocollo. La registrazione non cambia.</p>
    <form method="post" action="${registrationPath(registration)}/restituisci" novalidate>
      ${decisionFields(options, token)}
      <input type="hidden" name="torna" value="${back}">
      ${errorSummary(filled.faults)}
      ${textArea({ name: 'nota', label: 'Motivo', value: filled.note, rows: 3, most: 2_000, required: true, faults: filled.faults, help: 'Scrivi di chi è, se lo sai: si riassegna prima.' })}
      ${actBar(button({ label: 'Restituisci', kind: 'primary' }), linkButton({ label: 'Lascia stare', kind: 'quiet', href: back }))}
    </form>`,
  );
};

const decisionFields = ({ present, filled }: AssignFormOptions, token: string): Html => html`
  ${actFields({ token }, { version: present?.version ?? null, ...(filled.act !== undefined && { act: filled.act }) })}
  <input type="hidden" name="assegnazione" value="${present?.assignmentId ?? ''}">`;

function formPage(title: string, { registration, present, filled, back }: AssignFormOptions, form: Html): View {
  return {
    title: `${faultyTitle(title, filled.faults)} ${num(registration)}`,
    at: 'registro',
    status: filled.faults.size > 0 ? 422 : 200,
    keys: ['Escape'],
    body: html`
      <p class="d-crumb"><a href="${back}" data-escape>← ${num(registration)}</a></p>
      <div class="d-narrow">
        <h1>${title} ${num(registration)}</h1>
        ${sheet(
          part(
            {},
            html`<p class="d-assigned-subject">${registration.subject}</p>${facts([
              [registration.direction === 'incoming' ? 'Mittente' : 'Corrispondente', registration.correspondent],
              [
                'Ora',
                present === null
                  ? 'di nessuno'
                  : present.state === 'returned'
                    ? `restituita da ${present.lastBy ?? ''}`
                    : holderName(present),
              ],
            ])}`,
          ),
          part({}, form),
        )}
      </div>`,
  };
}
