/** Where a registration goes: its class, its file, who is to act. Proposals come first, each with its reason; none is set. */
import type { UnitChoice } from '../../../../service/assignments/assignment-views.ts';
import type { Proposals } from '../../../../service/by-hand/proposals.ts';
import { fileIdentifier } from '../../../../service/register/file-registration.ts';
import { targetField } from '../assignments/targets.ts';
import type { Faults } from '../components/fields.ts';
import { flag, type Html, html } from '../template.ts';
import type { Typed } from './typed-form.ts';

export interface FilingFields {
  readonly proposals: Proposals;
  readonly typed: Typed;
  readonly faults: Faults;
}

/** Who had what this correspondent sent before is said below. */
export function competenceField({
  proposals,
  typed,
  faults,
  units,
}: FilingFields & { readonly units: readonly UnitChoice[] }): Html {
  const before = proposals.units.flatMap(({ value, times, of }) => {
    const unit = units.find(({ unitId }) => unitId === value);
    return unit === undefined ? [] : [`${unit.name}, ${times === 1 ? '1 volta' : `${times} volte`} su ${of}`];
  });
  return targetField({
    ...{ name: 'competenza', label: 'Assegna per competenza a', units, value: typed.text('competenza'), faults },
    ...(before.length > 0 && { help: `Finora, per questo corrispondente: ${before.join('; ')}.` }),
  });
}

const BECAUSE = { template: 'con questo modello', correspondent: 'con questo corrispondente', rule: '' } as const;

/** Proposals first, each with its reason; the rest of the plan is looked for. */
export function classFields({ proposals, typed, faults }: FilingFields): Html {
  const chosen = typed.text('classe');
  const fault = faults.get('classe');
  const isListed = proposals.classes.some(({ entry }) => entry.code === chosen);
  const other = chosen === 'altra' || (chosen !== '' && !isListed);
  const otherText = chosen === 'altra' || isListed || chosen === '' ? typed.text('classe_altra') : chosen;
  return html`
    <fieldset class="d-field${fault === undefined ? '' : ' d-field--wrong'}" id="campo-classe" tabindex="-1"><legend>Classificazione</legend>
      <div class="d-choices">${proposals.classes.map(
        ({ entry, because, times, of }, place) => html`
        <label class="d-choice"><input type="radio" name="classe" value="${entry.code}"${flag('checked', entry.code === chosen)}><span><strong>${entry.code}</strong> ${entry.title}</span><span class="d-choice-beside">${place === 0 && 'proposta: '}${because === 'rule' ? 'la dice il modello' : `${times === 1 ? '1 volta' : `${times} volte`} su ${of} ${BECAUSE[because]}`}</span></label>`,
      )}
        <div class="d-choice"><label class="d-choice-other"><input type="radio" name="classe" value="altra"${flag('checked', other)}><span>${proposals.classes.length === 0 ? 'Una voce' : 'Altra voce'} del titolario</span></label>
          <div class="d-combobox" data-module="combobox" data-from="/suggerimenti/titolario" data-least="1" data-label="Voci del titolario" data-chooses="classe"><input class="d-input" id="campo-classe_altra" name="classe_altra" value="${otherText}" placeholder="codice o parole" aria-label="Altra voce del titolario: codice o parole"></div></div>
        <label class="d-choice"><input type="radio" name="classe" value=""${flag('checked', chosen === '')}><span>Senza classificazione, per ora</span></label>
      </div>
      ${fault !== undefined && html`<p class="d-fault">${fault}</p>`}
    </fieldset>`;
}

export function fileFields({ proposals, typed, faults }: FilingFields): Html {
  const chosen = typed.text('fascicolo');
  const fault = faults.get('fascicolo');
  const listed = proposals.files.some(({ fileId }) => fileId === chosen);
  const row = (value: string, content: Html, isChosen: boolean, beside?: string): Html =>
    html`<label class="d-choice"><input type="radio" name="fascicolo" value="${value}"${flag('checked', isChosen)}><span>${content}</span>${beside !== undefined && html`<span class="d-choice-beside">${beside}</span>`}</label>`;
  return html`
    <fieldset class="d-field${fault === undefined ? '' : ' d-field--wrong'}" id="campo-fascicolo" tabindex="-1"><legend>Fascicolo</legend>
      <div class="d-choices">
        ${row('', html`Nessuno, per ora`, chosen === '')}
        ${proposals.files.map((file) => row(file.fileId, html`<strong>${fileIdentifier(file)}</strong> ${file.subject}`, chosen === file.fileId, 'proposto: stesso corrispondente'))}
        <div class="d-choice"><label class="d-choice-other"><input type="radio" name="fascicolo" value="altro"${flag('checked', chosen === 'altro' || (chosen !== '' && chosen !== 'nuovo' && !listed))}><span>${proposals.files.length === 0 ? 'Uno già aperto' : 'Un altro'}</span></label>
          <div class="d-combobox" data-module="combobox" data-from="/suggerimenti/fascicoli" data-least="1" data-label="Fascicoli" data-chooses="fascicolo"><input class="d-input" name="fascicolo_altro" value="${typed.text('fascicolo_altro')}" placeholder="numero o parole" aria-label="Un altro fascicolo: numero o parole"><input type="hidden" name="fascicolo_altro_id" value="${typed.text('fascicolo_altro_id')}"></div></div>
        <div class="d-choice"><label class="d-choice-other"><input type="radio" name="fascicolo" value="nuovo"${flag('checked', chosen === 'nuovo')}><span>Un nuovo fascicolo</span></label>
          <input class="d-input" name="fascicolo_nuovo" value="${typed.text('fascicolo_nuovo')}" maxlength="500" placeholder="di che cosa tratta" aria-label="Di che cosa tratta il nuovo fascicolo" data-chooses="fascicolo"></div>
      </div>
      ${fault !== undefined && html`<p class="d-fault">${fault}</p>`}
    </fieldset>`;
}
