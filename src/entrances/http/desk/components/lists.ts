import { attribute, flag, type Html, html } from '../template.ts';

export interface TableOptions {
  readonly caption: string;
  readonly head: readonly (string | { readonly label: string; readonly isNumber: true })[];
  readonly rows: readonly (readonly (Html | string | number | null)[])[];
}

/** A list of its own under 700 px: each cell bears the name of its column. */
export function dataTable({ caption, head, rows }: TableOptions): Html {
  const columns = head.map((one) => (typeof one === 'string' ? { label: one, isNumber: false } : one));
  return html`
  <table class="d-table"><caption class="visually-hidden">${caption}</caption>
    <thead><tr>${columns.map(({ label, isNumber }) => html`<th scope="col"${attribute('class', isNumber ? 'd-num' : null)}>${label}</th>`)}</tr></thead>
    <tbody>${rows.map(
      (row) =>
        html`<tr>${row.map((cell, place) => html`<td data-label="${columns[place]?.label ?? ''}"${attribute('class', columns[place]?.isNumber === true ? 'd-num' : null)}>${cell}</td>`)}</tr>`,
    )}</tbody>
  </table>`;
}

/** The next page, where there is one: its address is the present one with another cursor. */
export const pager = (
  path: string,
  query: URLSearchParams,
  cursor: string | null,
  label = 'Mostra i successivi',
): Html | false => {
  if (cursor === null) return false;
  const next = new URLSearchParams(query);
  next.set('da', cursor);
  return html`<nav class="d-pager" aria-label="Altre pagine"><a class="d-button d-button--secondary" href="${path}?${next.toString()}" rel="next">${label}</a></nav>`;
};

export interface FilterChip {
  /** "Dal 01/11/2026" */
  readonly label: string;
  /** The same address without this filter. */
  readonly without: string;
}

/** What is filtered, each with a link that takes it away. */
export const filterChips = (chips: readonly FilterChip[]): Html | false =>
  chips.length > 0 &&
  html`<ul class="d-chips" aria-label="Filtri attivi">${chips.map(
    // Escape takes the last one away.
    ({ label, without }, place) =>
      html`<li class="d-chip">${label}<a class="d-chip-off" href="${without}" aria-label="Togli il filtro: ${label}"${flag('data-escape', place === chips.length - 1)}>×</a></li>`,
  )}</ul>`;
