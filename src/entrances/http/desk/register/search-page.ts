/** The search of the register: everything that is asked stands in the address. */

import { readerOf } from '../../../../service/people/rights.ts';
import { MOST_FOUND, type RegisterPage, type RegisterViews } from '../../../../service/queries/register-views.ts';
import { button, linkButton } from '../components/buttons.ts';
import { field, select } from '../components/fields.ts';
import { filterChips, pager } from '../components/lists.ts';
import { emptyState, note, sheet } from '../components/note.ts';
import { registerTools } from '../components/register-tools.ts';
import { romeDay } from '../components/when.ts';
import { flag, type Html, html } from '../template.ts';
import type { View } from '../view.ts';
import type { Visit } from '../visit.ts';
import {
  type AskedRegister,
  askedRegister,
  CARRIER_NAMES,
  chipsOf,
  DIRECTION_FILTERS,
  REGISTER_PATH,
  registerAddress,
  STATE_FILTERS,
  type UnitName,
} from './register-filter.ts';
import { registerLines } from './register-lines.ts';
import { soughtWords } from './register-words.ts';

/** As many as a screen and a half shows. */
const PER_PAGE = 25;

export interface SearchDeps {
  readonly registerViews: RegisterViews;
  /** The units of an office, those that are no more included. */
  readonly units: (aoo: Visit['aoo']) => Promise<readonly UnitName[]>;
  readonly now: () => Date;
}

export async function searchPage(visit: Visit<'register:read'>, deps: SearchDeps): Promise<View> {
  const asked = askedRegister(visit.query);
  const [page, units] = await Promise.all([
    deps.registerViews.search({
      aoo: visit.aoo,
      reader: readerOf(visit.caller),
      filter: asked.filter,
      cursor: asked.cursor,
      limit: PER_PAGE,
    }),
    deps.units(visit.aoo),
  ]);
  const now = deps.now();
  return {
    title: asked.filter.text === undefined ? 'Registro' : `${asked.filter.text} · Registro`,
    at: 'registro',
    keys: ['j', 'k', 'Enter', 'e', 'p'],
    body: html`
    ${registerTools(visit.caller, 'registro')}
    <div class="d-head"><h1 class="d-h1">Registro</h1><p class="d-second">Protocollo generale</p>
      <div class="d-head-end">${[
        linkButton({
          label: 'Stampa il giorno',
          kind: 'secondary',
          small: true,
          key: 'p',
          href: `${REGISTER_PATH}/giorno/${romeDay(now)}`,
        }),
        linkButton({
          label: 'CSV',
          kind: 'secondary',
          small: true,
          key: 'e',
          href: registerAddress(asked.query, `${REGISTER_PATH}/esporta.csv`),
        }),
        linkButton({
          label: 'XLSX',
          kind: 'secondary',
          small: true,
          href: registerAddress(asked.query, `${REGISTER_PATH}/esporta.xlsx`),
        }),
      ]}</div>
    </div>
    ${sheet(filterBar(asked, units), results(page, asked, now))}`,
  };
}

function filterBar(asked: AskedRegister, units: readonly UnitName[]): Html {
  const { query } = asked;
  const value = (name: string): string => query.get(name) ?? '';
  const chips = chipsOf(asked, units);
  const all = { value: '', label: 'Tutti' };
  return html`
  <form class="d-filter" method="get" action="${REGISTER_PATH}" role="search" aria-label="Cerca nel registro">
    <div class="d-filter-main">
      ${field({ name: 'q', label: 'Cerca nel registro', type: 'search', value: value('q'), most: 200, help: 'Numero, oggetto, corrispondente, annotazioni, nome o testo di un documento.' })}
      ${button({ label: 'Cerca', kind: 'primary' })}
    </div>
    ${filterChips(chips)}
    <details class="d-filter-more"><summary>Altri filtri</summary>
      <div class="d-filter-fields">
        ${field({ name: 'corrispondente', label: 'Corrispondente', value: value('corrispondente'), most: 200, help: 'Anche con un errore di battitura; o l’indirizzo intero.' })}
        ${field({ name: 'numero', label: 'Dal numero', value: value('numero'), most: 15 })}
        ${field({ name: 'al-numero', label: 'Al numero', value: value('al-numero'), most: 15 })}
        ${field({ name: 'anno', label: 'Anno', value: value('anno'), most: 4 })}
        ${field({ name: 'dal', label: 'Dal', type: 'date', value: value('dal') })}
        ${field({ name: 'al', label: 'Al', type: 'date', value: value('al') })}
        ${select({ name: 'direzione', label: 'Verso', value: value('direzione'), choices: [all, ...Object.entries(DIRECTION_FILTERS).map(([code, { label }]) => ({ value: code, label }))] })}
        ${select({ name: 'ufficio', label: 'Ce l’ha', value: value('ufficio'), choices: [all, ...units.map(({ unitId, name }) => ({ value: unitId, label: name }))] })}
        ${field({ name: 'classe', label: 'Classe', value: value('classe'), most: 40 })}
        ${select({ name: 'stato', label: 'Stato', value: value('stato'), choices: [all, ...Object.entries(STATE_FILTERS).map(([code, { label }]) => ({ value: code, label }))] })}
        ${select({ name: 'mezzo', label: 'Mezzo', value: value('mezzo'), choices: [all, ...Object.entries(CARRIER_NAMES).map(([code, label]) => ({ value: code, label }))] })}
        ${select({ name: 'segnalate', label: 'Segnalazioni', value: value('segnalate'), choices: [all, { value: 'si', label: 'Solo segnalate' }] })}
      </div>
      <div class="d-acts">${button({ label: 'Applica', kind: 'secondary' })}${query.size > 0 && html`<a class="d-button d-button--quiet" href="${REGISTER_PATH}"${flag('data-escape', chips.length === 0)}>Togli tutti</a>`}</div>
    </details>
  </form>`;
}

function results(page: RegisterPage, asked: AskedRegister, now: Date): Html {
  const { items, cursor, total } = page;
  if (page.tooMany === true)
    return note(
      'warn',
      html`<p>La ricerca è troppo ampia per mettere i risultati in ordine. Aggiungi una data, un ufficio o una parola.</p>`,
    );
  if (page.tooCommon === true)
    return note(
      'warn',
      html`<p>«${asked.filter.text}»: parole così comuni non si cercano da sole. Aggiungi una parola che dica di che cosa si tratta.</p>`,
    );
  if (page.forged === true)
    return note(
      'warn',
      html`<p>Questo indirizzo non è di una pagina del registro. <a href="${registerAddress(asked.query)}">Torna alla prima</a>.</p>`,
    );
  if (items.length === 0)
    return emptyState(
      'Nessuna registrazione',
      asked.query.size === 0 ? 'Il registro è ancora vuoto.' : 'Nessuna corrisponde a ciò che hai chiesto.',
      ...(asked.query.size === 0
        ? []
        : [linkButton({ label: 'Mostra tutto il registro', kind: 'secondary', href: REGISTER_PATH })]),
    );
  return html`<div id="risultati" data-module="register">
    ${page.similar === true && note('warn', html`<p>Niente contiene esattamente «${asked.filter.text}». Queste contengono parole che differiscono per una lettera.</p>`)}
    <p class="d-register-count" id="quante" role="status">${countWords(total, asked.cursor !== null)}</p>
    ${registerLines({ rows: items, caption: 'Registrazioni, la più recente per prima', words: soughtWords(asked.filter.text), now })}
    ${pager(REGISTER_PATH, asked.query, cursor, 'Precedenti nel tempo')}
  </div>`;
}

function countWords(total: number | null, isLater: boolean): string {
  const where = isLater ? ', pagina seguente' : '';
  if (total === null) return `Molte registrazioni${where}`;
  if (total > MOST_FOUND) return `Più di 1.000 registrazioni${where}`;
  return `${total === 1 ? '1 registrazione' : `${total} registrazioni`}${where}`;
}
