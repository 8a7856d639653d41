import { type Html, html } from '../template.ts';

/** Says when the thing of this page is no more as it was shown; `as` is different whenever a person would see it so. */
export const changedLine = (as: string): Html =>
  html`<p class="d-changed" id="cambiato" role="status" data-module="changed" data-as="${as}"></p>`;
