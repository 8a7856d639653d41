/**
 * Templates of the desk: typed functions over hono's `html`, which escapes every value. Attributes must be quoted. The one
 * door that lets text through as it is, `raw`, may be opened in the files that a test lists.
 */
import { raw as asItIs, html as escaped } from 'hono/html';

/** Markup that is safe to nest. */
export interface Html {
  readonly isEscaped: true;
  toString(): string;
}

/** What a template takes. Null, undefined and booleans vanish, so that `condition && html…` reads well. */
export type Value = Html | string | number | boolean | null | undefined | readonly Value[];

export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  const markup = escaped(strings, ...values.map(shown));
  if (markup instanceof Promise) throw new TypeError('a template waits for nothing');
  return markup as unknown as Html;
}

// `true` would be written out.
const shown = (value: Value): unknown => (value === true ? '' : Array.isArray(value) ? value.map(shown) : value);

export const raw = (markup: string): Html => asItIs(markup) as unknown as Html;

export const NOTHING: Html = html``;

/** An attribute that is there or not: `<input ${flag('checked', isChosen)}>`. The name is ours, never a value from outside. */
export const flag = (name: string, isSet: boolean): Html => (isSet ? raw(` ${name}`) : NOTHING);

/** An attribute with a value, left out where there is none. */
export const attribute = (name: string, value: string | number | null | undefined): Html =>
  value === null || value === undefined ? NOTHING : html`${raw(` ${name}="`)}${value}${raw('"')}`;
