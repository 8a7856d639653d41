/** Fields of forms. A mistake stands beside its field and in the summary, from one list (`Faults`). */
import type { Refusal } from '../../../../kernel/result.ts';
import { attribute, flag, type Html, html } from '../template.ts';

/** By the name of the field, what to do: "Indica il mittente." */
export type Faults = ReadonlyMap<string, string>;
export const NO_FAULTS: Faults = new Map();

/** Everything that a use case found wrong, beside its fields: `names` of them, by what the use case calls each. */
export function refusalFaults(
  { problem, also = [] }: Refusal,
  names: Readonly<Record<string, string>>,
  otherwise: string,
): Faults {
  const faults = new Map<string, string>();
  for (const { at, message } of [problem, ...also]) {
    const name = names[at] ?? otherwise;
    if (!faults.has(name)) faults.set(name, message);
  }
  return faults;
}

interface Labelled {
  readonly name: string;
  readonly label: string;
  readonly help?: string | Html;
  readonly faults?: Faults;
  /** Says "(se c'è)". */
  readonly optional?: boolean;
}

const idOf = (name: string): string => `campo-${name}`;

const describedBy = ({ name, help, faults }: Labelled): Html =>
  attribute(
    'aria-describedby',
    [help !== undefined && `${idOf(name)}-aiuto`, faults?.has(name) === true && `${idOf(name)}-errore`]
      .filter((id) => id !== false)
      .join(' ') || null,
  );

const around = (labelled: Labelled, control: Html, isFieldset = false): Html => {
  const { name, label, help, faults, optional } = labelled;
  const fault = faults?.get(name);
  const words = html`${label}${optional === true && html` <span class="d-optional">(se c’è)</span>`}`;
  const below = html`${help !== undefined && html`<p class="d-help" id="${idOf(name)}-aiuto">${help}</p>`}${
    fault !== undefined && html`<p class="d-fault" id="${idOf(name)}-errore">${fault}</p>`
  }`;
  const wrong = fault === undefined ? '' : ' d-field--wrong';
  return isFieldset
    ? html`<fieldset class="d-field${wrong}" id="${idOf(name)}" tabindex="-1"><legend>${words}</legend>${control}${below}</fieldset>`
    : html`<div class="d-field${wrong}"><label for="${idOf(name)}">${words}</label>${control}${below}</div>`;
};

const wrongness = ({ name, faults }: Labelled): Html => attribute('aria-invalid', faults?.has(name) ? 'true' : null);

export interface FieldOptions extends Labelled {
  readonly value?: string;
  readonly type?: 'text' | 'password' | 'email' | 'date' | 'time' | 'search' | 'number' | 'file';
  readonly autocomplete?: string;
  readonly required?: boolean;
  readonly most?: number;
  readonly inputmode?: 'numeric' | 'email';
  /** The name of a browser module that enhances it. */
  readonly module?: string;
  /** More attributes of the input, escaped by their maker. */
  readonly more?: Html;
  readonly multiple?: boolean;
}

export function field(options: FieldOptions): Html {
  const {
    name,
    value = '',
    type = 'text',
    autocomplete = 'off',
    required,
    most,
    inputmode,
    module,
    more,
    multiple,
  } = options;
  return around(
    options,
    html`<input class="d-input" id="${idOf(name)}" name="${name}" type="${type}"${[
      type !== 'file' && attribute('value', value),
      attribute('autocomplete', autocomplete),
      attribute('maxlength', most),
      attribute('inputmode', inputmode),
      attribute('data-module', module),
      flag('required', required === true),
      flag('multiple', multiple === true),
      describedBy(options),
      wrongness(options),
      more,
    ]}>`,
  );
}

export interface TextAreaOptions extends Labelled {
  readonly value?: string;
  readonly rows?: number;
  readonly most?: number;
  readonly required?: boolean;
}

export const textArea = (options: TextAreaOptions): Html =>
  around(
    options,
    html`<textarea class="d-input" id="${idOf(options.name)}" name="${options.name}" rows="${options.rows ?? 3}"${[
      attribute('maxlength', options.most),
      flag('required', options.required === true),
      describedBy(options),
      wrongness(options),
    ]}>${options.value ?? ''}</textarea>`,
  );

export interface Choice {
  readonly value: string;
  readonly label: string;
  /** At the right: why it is proposed. */
  readonly beside?: string;
  /** Of a select: the group it stands in. */
  readonly group?: string;
}

export interface SelectOptions extends Labelled {
  readonly choices: readonly Choice[];
  readonly value?: string;
  readonly required?: boolean;
  readonly module?: string;
}

export function select(options: SelectOptions): Html {
  const { name, choices, value = '', required, module } = options;
  const groups = [...new Set(choices.map(({ group }) => group))];
  const option = (one: Choice): Html =>
    html`<option value="${one.value}"${flag('selected', one.value === value)}>${one.label}</option>`;
  return around(
    options,
    html`<select class="d-input" id="${idOf(name)}" name="${name}"${[
      flag('required', required === true),
      attribute('data-module', module),
      describedBy(options),
      wrongness(options),
    ]}>${groups.map((group) => {
      const those = choices.filter((one) => one.group === group).map(option);
      return group === undefined ? those : html`<optgroup label="${group}">${those}</optgroup>`;
    })}</select>`,
  );
}

/** Radio rows: proposals with their reason, none chosen silently. */
export const choiceRows = (options: SelectOptions): Html =>
  around(
    options,
    html`<div class="d-choices">${options.choices.map(
      ({ value, label, beside }, place) => html`
      <label class="d-choice"><input type="radio" name="${options.name}" value="${value}" id="${idOf(options.name)}-${place}"${flag('checked', value === options.value)}><span>${label}</span>${
        beside !== undefined && html`<span class="d-choice-beside">${beside}</span>`
      }</label>`,
    )}</div>`,
    true,
  );

export interface CheckboxOptions {
  readonly name: string;
  readonly label: string;
  readonly value?: string;
  readonly checked?: boolean;
  readonly help?: string;
}

export const checkbox = ({ name, label, value = 'si', checked, help }: CheckboxOptions): Html => html`
  <label class="d-check"><input type="checkbox" name="${name}" value="${value}"${flag('checked', checked === true)}><span>${label}${
    help !== undefined && html` <span class="d-second">${help}</span>`
  }</span></label>`;

/** At the top of a form that was not taken; it gets the focus, and its links lead to the fields. */
export const errorSummary = (faults: Faults): Html | false =>
  faults.size > 0 &&
  html`<div class="d-note d-note--bad" role="alert" tabindex="-1" data-module="error-summary" id="riepilogo-errori"><h2 class="d-h3">C’è qualcosa da completare</h2><ul>${[
    ...faults,
  ].map(([name, fault]) => html`<li><a href="#${idOf(name)}">${fault}</a></li>`)}</ul></div>`;

/** The title of a page whose form was not taken, so that it is read out first. */
export const faultyTitle = (title: string, faults: Faults): string => (faults.size > 0 ? `Errore: ${title}` : title);
