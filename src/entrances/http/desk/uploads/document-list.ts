/** The documents of a form: what is there already, and how more are added. `uploads.js` makes it live. */
import type { Upload } from '../../../../service/uploads/upload-store.ts';
import { tag } from '../components/badge.ts';
import { icon } from '../components/icon.ts';
import { attribute, type Html, html } from '../template.ts';

export type ListedUpload = Pick<Upload, 'uploadId' | 'name' | 'size' | 'received' | 'state' | 'sha256'>;

export interface DocumentListOptions {
  readonly uploads: readonly ListedUpload[];
  readonly fault?: string;
  /** The value of `azione` that takes the chosen files without script. */
  readonly attach: string;
}

/** `togli` is the name of the button that takes one out, with its id. */
export const documentList = ({ uploads, fault, attach }: DocumentListOptions): Html => html`
  <div class="d-documents" data-module="uploads" id="campo-documento" tabindex="-1">
    <div class="d-part-head"><h2 class="d-h3" id="titolo-documenti">Documenti <span class="d-second" data-count>(${uploads.length})</span></h2></div>
    <ul class="d-uploads" aria-labelledby="titolo-documenti">${uploads.map(listed)}</ul>
    <div class="d-drop">
      ${icon('it-upload')}<span class="d-drop-word">Trascina qui, oppure</span>
      <span class="d-field"><label class="visually-hidden" for="campo-file">Scegli i file da allegare</label><input class="d-file" type="file" id="campo-file" name="file" multiple${[
        attribute('aria-describedby', fault === undefined ? null : 'campo-documento-errore'),
      ]}></span>
      <button class="d-button d-button--secondary d-button--small" name="azione" value="${attach}" data-without-script>Allega i file scelti</button>
    </div>
    ${fault !== undefined && html`<p class="d-fault" id="campo-documento-errore">${fault}</p>`}
    <p class="visually-hidden" role="status" aria-live="polite" data-upload-said></p>
  </div>`;

const listed = ({ uploadId, name, size, received, state, sha256 }: ListedUpload, place: number): Html => html`
  <li class="d-upload" data-upload="${uploadId}" data-state="${state}">
    ${icon('it-file')}
    <div class="d-upload-about">
      <p class="d-upload-name"><span>${name}</span> ${place === 0 && tag('principale')}</p>
      <p class="d-second">${state === 'complete' ? html`${sizeWords(size)} · impronta <code>${(sha256 ?? '').slice(0, 8)}…</code>` : html`${sizeWords(received)} di ${sizeWords(size)}`}</p>
      <input type="hidden" name="documento" value="${uploadId}">
    </div>
    <button class="d-button d-button--quiet d-button--small" name="togli" value="${uploadId}" aria-label="Togli ${name}">Togli</button>
  </li>`;

/** `0,8 MB`. */
export function sizeWords(bytes: number): string {
  const [value, unit] =
    bytes < 1_000 ? [bytes, 'byte'] : bytes < 1_000_000 ? [bytes / 1_000, 'kB'] : [bytes / 1_000_000, 'MB'];
  const digits = unit === 'MB' && value < 100 ? 1 : 0;
  return `${value.toLocaleString('it-IT', { maximumFractionDigits: digits, minimumFractionDigits: digits })} ${unit}`;
}
