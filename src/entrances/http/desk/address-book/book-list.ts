/** The list of the address book at the left, whatever stands at the right. */

import type { ByHandStore } from '../../../../service/by-hand/ports.ts';
import { mayDo } from '../../../../service/people/rights.ts';
import { linkButton } from '../components/buttons.ts';
import { field } from '../components/fields.ts';
import { pager } from '../components/lists.ts';
import { emptyState, sheet } from '../components/note.ts';
import { registerTools } from '../components/register-tools.ts';
import { attribute, type Html, html } from '../template.ts';
import type { View } from '../view.ts';
import type { Visit } from '../visit.ts';
import { BOOK_KIND_NAMES, BOOK_PATH, bookEntryPath } from './book-words.ts';

export type BookVisit = Visit<'send' | 'register:write'>;

export interface BookDeps {
  readonly book: ByHandStore['book'];
}

const PER_PAGE = 30;
export const typedIn = ({ query }: Pick<BookVisit, 'query'>): string => query.text('q').slice(0, 200);

interface Beside {
  readonly title: string;
  readonly right: Html;
  /** The entry that is open at the right. */
  readonly open?: string;
  readonly status?: number;
}

/** `right`: a card, a form, or null, where the list itself says what there is. */
export async function bookView(visit: BookVisit, { book }: BookDeps, beside: Beside | null): Promise<View> {
  const typed = typedIn(visit);
  const from = visit.query.text('da') || null;
  const isRetired = visit.query.text('tolte') !== '';
  const { items, cursor } = isRetired
    ? await book.retired(visit.aoo, from, PER_PAGE)
    : await book.list(visit.aoo, typed, from, PER_PAGE);
  const mayChange = mayDo(visit.caller, 'register:write');
  const query = new URLSearchParams(isRetired ? { tolte: 'si' } : typed === '' ? {} : { q: typed });
  const suffix = query.size === 0 ? '' : `?${query.toString()}`;
  const rows = items.map(
    (one) =>
      html`<li><a class="d-index-row" id="riga-${one.correspondentId}" data-row href="${bookEntryPath(one.correspondentId)}${suffix}"${attribute(
        'aria-current',
        one.correspondentId === beside?.open ? 'true' : null,
      )}><strong>${one.name}</strong><span class="d-second">${[
        one.kind === 'unknown' ? null : BOOK_KIND_NAMES[one.kind],
        one.office ?? one.administration,
        one.postalAddress ?? one.address,
      ]
        .filter((word) => word !== null)
        .join(' · ')}</span></a></li>`,
  );
  return {
    title: beside?.title ?? (typed === '' ? 'Rubrica' : `${typed} · Rubrica`),
    at: 'registro',
    ...(beside?.status !== undefined && { status: beside.status }),
    body: html`
    ${registerTools(visit.caller, 'rubrica')}
    <div class="d-head"><h1 class="d-h1">Rubrica</h1><p class="d-second">I corrispondenti di questo ufficio</p>
      <div class="d-head-end">${mayChange && linkButton({ label: 'Aggiungi', kind: 'secondary', small: true, href: `${BOOK_PATH}/nuova` })}</div></div>
    <div class="d-index${beside === null ? '' : ' d-index--chosen'}">
      <div class="d-index-list">${sheet(
        html`<section class="d-part"><form action="${BOOK_PATH}" role="search">${field({
          name: 'q',
          label: 'Cerca nella rubrica',
          type: 'search',
          value: typed,
          most: 200,
          help: 'Nome, ufficio, codice fiscale o indirizzo di posta.',
        })}<button class="d-button d-button--secondary d-button--small">Cerca</button><p>${isRetired ? html`Voci tolte. <a href="${BOOK_PATH}">Mostra la rubrica</a>` : html`<a href="${BOOK_PATH}?tolte=si">Voci tolte</a>`}</p></form></section>`,
        rows.length > 0 &&
          html`<ol class="d-index-rows" data-module="register" aria-label="${isRetired ? 'Voci tolte dalla rubrica' : 'Voci della rubrica'}">${rows}</ol>`,
      )}${pager(BOOK_PATH, query, cursor)}</div>
      <div class="d-index-card" id="scheda">${beside?.right ?? (rows.length > 0 ? hint : isRetired ? noneRetired : nothing(typed, mayChange))}</div>
    </div>`,
  };
}

const hint = emptyState(
  'Scegli una voce',
  'La scheda dice come raggiungerla, chi l’ha cambiata e se un’altra voce è la stessa.',
);

const noneRetired = emptyState('Nessuna voce tolta', 'Ciò che si toglie dalla rubrica resta qui, e si può rimettere.');

const nothing = (typed: string, mayChange: boolean): Html => {
  const add = mayChange
    ? [linkButton({ label: 'Aggiungi una voce', kind: 'primary', href: `${BOOK_PATH}/nuova` })]
    : [];
  return typed === ''
    ? emptyState(
        'Rubrica vuota',
        'Si riempie da sola: registrando, il mittente che manca si mette qui. Puoi anche aggiungerlo ora.',
        ...add,
      )
    : emptyState('Nessuna voce', html`Niente comincia così: «${typed}». Cerca meno parole, o aggiungila.`, ...add);
};
