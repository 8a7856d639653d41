import { type Html, html } from '../template.ts';

/** The one table of keys: what each does, wherever it lives. Single keys can be switched off (WCAG 2.1.4). */
export const KEYS = {
  j: 'giù',
  k: 'su',
  Enter: 'apri',
  x: 'scegli',
  r: 'registra',
  f: 'rifiuta',
  m: 'metti da parte',
  a: 'assegna',
  c: 'collega',
  d: 'documento seguente',
  e: 'esporta',
  g: 'prendi in carico',
  i: 'invia di nuovo',
  l: 'etichetta',
  n: 'nota',
  p: 'prove o stampa',
  s: 'mostra le nuove',
  z: 'disfa',
  Escape: 'indietro',
  '/': 'cerca',
  '?': 'tutti i tasti',
} as const;
export type KeyName = keyof typeof KEYS;

const CAPS: Partial<Record<KeyName, string>> = { Enter: 'Invio', Escape: 'Esc' };

/** At the foot of a page with keys; `?` shows it whole. */
export const keysBar = (names: readonly KeyName[]): Html => html`
  <div class="d-keys" data-module="keys-help">
    <ul class="d-keys-list" aria-label="Tasti di questa pagina">${[...names, '/' as const].map(
      (name) => html`<li><kbd class="d-key">${CAPS[name] ?? name}</kbd> ${KEYS[name]}</li>`,
    )}</ul>
    <button type="button" class="d-keys-all" data-key="?" data-opens="tasti"><kbd class="d-key">?</kbd> ${KEYS['?']}</button>
  </div>`;
