import { type Html, html } from '../template.ts';

export interface DialogOptions {
  readonly id: string;
  readonly title: string;
  readonly content: Html;
}

/** Opened by a button with `opens`; Escape closes it, and the focus goes back. Without script its content has a page of its own. */
export const dialog = ({ id, title, content }: DialogOptions): Html => html`
  <dialog class="d-dialog" id="${id}" aria-labelledby="${id}-titolo">
    <h2 class="d-h2" id="${id}-titolo">${title}</h2>
    ${content}
  </dialog>`;
