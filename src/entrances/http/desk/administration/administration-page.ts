/** What all pages of the administration share: their list at the left, and the head. */
import { attribute, type Html, html } from '../template.ts';
import type { View } from '../view.ts';

export const ADMINISTRATION = '/amministrazione';

const PAGES = {
  caselle: 'Caselle',
  aoo: 'AOO e configurazione',
  uffici: 'Uffici',
  persone: 'Persone e ruoli',
  regole: 'Regole',
  applicazioni: 'Applicazioni',
  webhook: 'Webhook',
  fiducia: 'Fiducia e scadenze',
  lavori: 'Lavori in corso',
  verifiche: 'Verifiche',
  accessi: 'Accessi',
} as const;
export type AdministrationPage = keyof typeof PAGES;

export const administrationPath = (page: AdministrationPage): string => `${ADMINISTRATION}/${page}`;

export interface AdministrationView {
  readonly at: AdministrationPage;
  readonly body: Html;
  /** Of the window; left out: the name of the page. */
  readonly title?: string;
  readonly status?: number;
}

export const administrationView = ({ at, body, title = PAGES[at], status }: AdministrationView): View => ({
  title: `${title} · Amministrazione`,
  at: 'amministrazione',
  ...(status !== undefined && { status }),
  body: html`
    <div class="d-head"><h1>Amministrazione</h1><p class="d-second">Sistema, senza i contenuti dei messaggi</p></div>
    <div class="d-admin">
      <nav class="d-admin-pages" aria-label="Amministrazione"><ul>${Object.entries(PAGES).map(
        ([page, label]) =>
          html`<li><a href="${ADMINISTRATION}/${page}"${attribute('aria-current', page === at ? 'page' : null)}>${label}</a></li>`,
      )}</ul></nav>
      <div class="d-admin-body">${body}</div>
    </div>`,
});
