import { attribute, flag, type Html, html } from '../template.ts';

export type ButtonKind = 'primary' | 'secondary' | 'quiet' | 'danger';

interface Shown {
  readonly label: string;
  readonly kind: ButtonKind;
  /** The single key that presses it. */
  readonly key?: string;
  readonly small?: boolean;
  /** What a screen reader says instead of the label. */
  readonly says?: string;
}

export interface ButtonOptions extends Shown {
  readonly name?: string;
  readonly value?: string;
  /** Another address than the form's. */
  readonly formAction?: string;
  /** `button`: does nothing without script. */
  readonly type?: 'submit' | 'button';
  /** Why it cannot be pressed now. */
  readonly disabledBecause?: string;
  /** The id of the dialog it opens. */
  readonly opens?: string;
  /** The id of a form that it stands outside of. */
  readonly form?: string;
}

export const button = (options: ButtonOptions): Html => {
  const {
    label,
    kind,
    key,
    small,
    says,
    name,
    value,
    formAction,
    type = 'submit',
    disabledBecause,
    opens,
    form,
  } = options;
  return html`<button type="${type}" class="d-button d-button--${kind}${small === true ? ' d-button--small' : ''}"${[
    attribute('name', name),
    attribute('value', value),
    attribute('formaction', formAction),
    attribute('form', form),
    attribute('data-opens', opens),
    attribute('title', disabledBecause),
    flag('disabled', disabledBecause !== undefined),
    keyOf(key, says),
  ]}>${label}${keyCap(key)}</button>`;
};

export interface LinkButtonOptions extends Shown {
  readonly href: string;
  readonly newTab?: boolean;
}

export const linkButton = ({ label, kind, key, small, says, href, newTab }: LinkButtonOptions): Html =>
  html`<a class="d-button d-button--${kind}${small === true ? ' d-button--small' : ''}" href="${href}"${[
    newTab === true && html` target="_blank" rel="noopener"`,
    keyOf(key, says),
  ]}>${label}${keyCap(key)}</a>`;

const keyOf = (key: string | undefined, says: string | undefined): Html =>
  html`${attribute('data-key', key)}${attribute('aria-keyshortcuts', key)}${attribute('aria-label', says)}`;

const keyCap = (key: string | undefined): Html | false =>
  key !== undefined && html`<kbd class="d-key" aria-hidden="true">${key.length === 1 ? key.toUpperCase() : key}</kbd>`;

/** Primary, secondary, quiet, in this order. */
export const actBar = (...acts: readonly (Html | false | null)[]): Html => html`<div class="d-acts">${acts}</div>`;
