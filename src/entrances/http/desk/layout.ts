/** What stands round every page: the top bar, the search, what was just done, the keys, the footer. */
import type { DeskCaller } from '../../../service/people/caller.ts';
import { mayDo, type Right } from '../../../service/people/rights.ts';
import type { Office } from '../../../service/register/office.ts';
import { dialog } from './components/dialog.ts';
import { icon } from './components/icon.ts';
import { KEYS, type KeyName, keysBar } from './components/keys-bar.ts';
import { ROLE_NAMES } from './role-names.ts';
import type { Said } from './said.ts';
import { attribute, type Html, html } from './template.ts';
import type { NavItem, View } from './view.ts';

export interface LayoutParts {
  readonly view: View;
  readonly caller: DeskCaller | null;
  readonly office: Office | null;
  /** What the last act did. */
  readonly said: Said | null;
  readonly token: string;
}
export type PageLayout = (parts: LayoutParts) => Promise<string>;

export interface FooterLinks {
  /** Of the accessibility declaration on form.agid.gov.it. */
  readonly declaration: string | null;
  readonly privacy: string | null;
  /** Where people write what does not work for them. */
  readonly feedback: string | null;
}

export interface LayoutDeps {
  readonly asset: (name: string) => string;
  readonly footer: FooterLinks;
  /** How many things wait for this person, counted up to 100. */
  readonly waiting: (caller: DeskCaller) => Promise<number>;
}

export function openLayout(deps: LayoutDeps): PageLayout {
  return async (parts) => {
    const { caller, view } = parts;
    const waiting = caller === null || view.bare === true ? 0 : await deps.waiting(caller);
    return `<!doctype html>\n${documentOf({ ...parts, waiting }, deps)}`;
  };
}

interface Shown extends LayoutParts {
  readonly waiting: number;
}

const documentOf = (shown: Shown, { asset, footer }: LayoutDeps): Html => {
  const { view, said, caller, office, token } = shown;
  const bare = view.bare === true;
  return html`<html lang="it">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${view.title} · Protocollo${office !== null && html` · ${office.name}`}</title>
  <link rel="preload" href="${asset('fonts/titillium-regular.woff2')}" as="font" type="font/woff2" crossorigin>
  <link rel="stylesheet" href="${asset('desk.css')}">
  <link rel="icon" href="${asset('icon.svg')}" type="image/svg+xml">
  <meta name="htmx-config" content='{"includeIndicatorCSS":false}'>
  <script src="${asset('htmx.js')}" defer></script>
  <script type="module" src="${asset('js/desk.js')}"></script>
</head>
<body class="${bare ? 'd-bare' : 'd-body'}" data-keys="${caller?.singleKeys === true ? 'on' : 'off'}"${[
    attribute('data-token', caller === null ? null : token),
    attribute('data-person', caller?.personId),
    attribute('data-login', caller?.login),
    attribute('data-office', caller?.aoo),
  ]}>
  ${!bare && html`<a class="d-skip" href="#contenuto">Vai al contenuto</a>`}
  ${!bare && (caller === null ? plainBar : topBar(shown, caller))}
  <div class="d-strip" id="rete" role="status" data-module="network" hidden>La rete non risponde: puoi leggere, le azioni sono ferme. Riprova da sola.</div>
  <main id="contenuto" class="${bare ? 'd-bare-main' : 'd-main'}" tabindex="-1">
    <p id="detto" class="${said === null ? 'visually-hidden' : 'd-said'}" role="status" aria-live="polite">${said !== null && saidLine(said)}</p>
    ${view.body}
  </main>
  ${!bare && footerOf(footer)}
  ${!bare && caller !== null && html`${keysBar(view.keys ?? [])}${keysDialog(view.keys ?? [])}`}
</body>
</html>`;
};

function saidLine({ text, link }: Said): Html {
  if (link === null) return html`${text}`;
  const at = text.indexOf(link.label);
  return html`${text.slice(0, at)}<a href="${link.href}">${link.label}</a>${text.slice(at + link.label.length)}`;
}

const plainBar = html`
  <header class="d-bar"><p class="d-brand">Protocollo<span>accesso</span></p></header>`;

const TABS: readonly (readonly [item: NavItem, label: string, href: string, right: Right])[] = [
  ['scrivania', 'Scrivania', '/scrivania', 'desk:read'],
  ['registro', 'Registro', '/registro', 'register:read'],
  ['indice', 'Indice', '/indice', 'index:read'],
  ['quadro', 'Quadro', '/quadro', 'overview:read'],
  ['amministrazione', 'Amministrazione', '/amministrazione', 'administration'],
];

function topBar({ view, office, waiting }: Shown, caller: DeskCaller): Html {
  const roles = [...caller.roles].map((role) => ROLE_NAMES[role]);
  return html`
  <header class="d-bar">
    <p class="d-brand">Protocollo<span>${office?.name ?? 'amministrazione del nodo'}</span></p>
    <nav class="d-tabs" aria-label="Principale"><ul>${TABS.map(
      ([item, label, href, right]) =>
        mayDo(caller, right) &&
        html`<li><a href="${href}"${attribute('aria-current', view.at === item ? 'page' : null)}>${label}${
          item === 'scrivania' &&
          html` <span class="d-count" id="quante-cose" aria-label="${waiting} da fare">${waiting > 99 ? '99+' : waiting}</span>`
        }</a></li>`,
    )}</ul></nav>
    ${
      mayDo(caller, 'register:read') &&
      html`
    <form class="d-search" action="/cerca" role="search" data-module="palette">
      ${icon('it-search')}<label class="visually-hidden" for="cerca">Cerca numero, oggetto, nome o codice</label>
      <input id="cerca" name="q" type="search" placeholder="Numero, oggetto, nome, codice" autocomplete="off" data-key="/" aria-keyshortcuts="/ Control+K"><kbd class="d-key" aria-hidden="true">/</kbd>
    </form>`
    }
    ${mayDo(caller, 'register:write') && html`<a class="d-button d-button--bar" href="/registra"${attribute('aria-current', view.at === 'registra' ? 'page' : null)}>Registra</a>`}
    ${mayDo(caller, 'send') && html`<a class="d-button d-button--bar" href="/invia"${attribute('aria-current', view.at === 'invia' ? 'page' : null)}>Invia</a>`}
    <a class="d-me" href="/io">${icon('it-user')}<span><strong>${caller.name}</strong><span>${roles.join(', ')}</span></span></a>
  </header>`;
}

const footerOf = ({ declaration, privacy, feedback }: FooterLinks): Html => html`
  <footer class="d-footer"><ul>
    ${declaration !== null && html`<li><a href="${declaration}" rel="noopener">Dichiarazione di accessibilità</a></li>`}
    ${privacy !== null && html`<li><a href="${privacy}" rel="noopener">Privacy</a></li>`}
    ${feedback !== null && html`<li><a href="${feedback}" rel="noopener">Segnala un problema</a></li>`}
  </ul></footer>`;

const keysDialog = (names: readonly KeyName[]): Html =>
  dialog({
    id: 'tasti',
    title: 'Tasti di questa pagina',
    content: html`
      <dl class="d-facts">${[...new Set<KeyName>([...names, '/', 'Escape', '?'])].map(
        (name) =>
          html`<dt><kbd class="d-key">${name === 'Enter' ? 'Invio' : name === 'Escape' ? 'Esc' : name}</kbd></dt><dd>${KEYS[name]}</dd>`,
      )}<dt><kbd class="d-key">Ctrl+K</kbd></dt><dd>cerca un numero, un ufficio, un’azione</dd></dl>
      <p class="d-second">I tasti singoli non valgono mentre scrivi. <a href="/io#tasti">Si possono spegnere</a>.</p>
      <form method="dialog"><button class="d-button d-button--secondary">Chiudi</button></form>`,
  });
