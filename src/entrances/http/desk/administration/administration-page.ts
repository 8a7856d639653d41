/** What all pages of the administration share: their list at the left, and the head. */
import type { AooId } from '../../../../kernel/ids.ts';
import type { DeskCaller } from '../../../../service/people/caller.ts';
import type { Office } from '../../../../service/register/office.ts';
import { attribute, type Html, html } from '../template.ts';
import type { View } from '../view.ts';
import type { Visit } from '../visit.ts';

export const ADMINISTRATION = '/amministrazione';

const PAGES = {
  caselle: 'Caselle',
  aoo: 'AOO e configurazione',
  'uffici-interni': 'Uffici interni',
  persone: 'Persone e ruoli',
  titolario: 'Titolario',
  modelli: 'Modelli di oggetto',
  regole: 'Regole',
  applicazioni: 'Applicazioni',
  webhook: 'Webhook',
  fiducia: 'Fiducia e scadenze',
  lavori: 'Lavori in corso',
  verifiche: 'Verifiche',
  accessi: 'Accessi',
} as const;
export type AdministrationPage = keyof typeof PAGES;

/** Of the machine and of all offices together: for the administrators of the node. */
const OF_NODE: ReadonlySet<string> = new Set<AdministrationPage>(['fiducia', 'lavori', 'verifiche']);

export const administrationPath = (page: AdministrationPage): string => `${ADMINISTRATION}/${page}`;

export interface AdministrationView {
  readonly at: AdministrationPage;
  readonly body: Html;
  /** Of the window; left out: the name of the page. */
  readonly title?: string;
  readonly status?: number;
  readonly caller: Pick<DeskCaller, 'ofNode'>;
}

/** The pages this administrator reaches, at the left of each. */
export const administrationPages = (at: AdministrationPage, { ofNode }: Pick<DeskCaller, 'ofNode'>): Html => html`
  <nav class="d-admin-pages" aria-label="Amministrazione"><ul>${Object.entries(PAGES).map(
    ([page, label]) =>
      (ofNode || !OF_NODE.has(page)) &&
      html`<li><a href="${ADMINISTRATION}/${page}"${attribute('aria-current', page === at ? 'page' : null)}>${label}</a></li>`,
  )}</ul></nav>`;

/** Only their own office, unless they administer the node. */
export const officesReached = (
  { caller, aoo }: Pick<Visit<'administration'>, 'caller' | 'aoo'>,
  offices: ReadonlyMap<AooId, Office>,
): readonly Office[] => [...offices.values()].filter((office) => caller.ofNode || office.aoo === aoo);

export const administrationView = ({ at, body, title = PAGES[at], status, caller }: AdministrationView): View => ({
  title: `${title} · Amministrazione`,
  at: 'amministrazione',
  ...(status !== undefined && { status }),
  body: html`
    <div class="d-head"><h1>Amministrazione</h1><p class="d-second">Sistema, senza i contenuti dei messaggi</p></div>
    <div class="d-admin">
      ${administrationPages(at, caller)}
      <div class="d-admin-body">${body}</div>
    </div>`,
});
