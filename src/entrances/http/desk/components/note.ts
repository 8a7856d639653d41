import { type Html, html } from '../template.ts';

/** What happened, then what to do. One on a screen, except in a form. */
export const note = (kind: 'warn' | 'bad' | 'ok' | 'info', content: Html): Html =>
  html`<div class="d-note d-note--${kind}">${content}</div>`;

/** A tick, two words, a sentence with figures of today, and what one can do. */
export const emptyState = (title: string, sentence: Html | string, ...acts: readonly Html[]): Html => html`
  <div class="d-empty"><p class="d-empty-tick" aria-hidden="true">✓</p><h2>${title}</h2><p>${sentence}</p><div class="d-acts">${acts}</div></div>`;

export interface SheetOptions {
  readonly title?: string;
  readonly id?: string;
  /** Beside the title: a link, a filter. */
  readonly beside?: Html;
}

/** One subject, divided by lines. Never a sheet inside a sheet. */
export const sheet = (...parts: readonly (Html | false | null)[]): Html => html`<div class="d-sheet">${parts}</div>`;

export const part = ({ title, id, beside }: SheetOptions, content: Html): Html =>
  html`<section class="d-part"${id !== undefined && html` id="${id}"`}>${
    title !== undefined && html`<div class="d-part-head"><h2 class="d-h3">${title}</h2>${beside}</div>`
  }${content}</section>`;

/** Names and values. A value that is null is left out. */
export const facts = (
  rows: readonly (readonly [name: string, value: Html | string | number | null | undefined])[],
): Html =>
  html`<dl class="d-facts">${rows.map(([name, value]) => value !== null && value !== undefined && value !== '' && html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
