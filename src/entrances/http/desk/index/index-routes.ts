/** The index of offices: search, one office's card, what the last import changed, what the region adds. */
import type { EntryDetail, FoundPage } from '../../../../service/index/look-up.ts';
import { mayDo, readerOf } from '../../../../service/people/rights.ts';
import { field } from '../components/fields.ts';
import { pager } from '../components/lists.ts';
import { emptyState, part, sheet } from '../components/note.ts';
import { shortDay } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { attribute, type Html, html } from '../template.ts';
import type { View } from '../view.ts';
import type { Visit } from '../visit.ts';
import { entryCard } from './index-card.ts';
import { changesRoutes } from './index-changes.ts';
import type { IndexDeps } from './index-deps.ts';
import { ceasedOn, entryKindWord, entryName, entryPath, isCeased, marked } from './index-words.ts';

const PAGE = 25;
const YEAR_MS = 365 * 86_400_000;
const NO_PAGE: FoundPage = { items: [], cursor: null };

export function indexRoutes(desk: Desk, deps: IndexDeps): void {
  changesRoutes(desk, deps);
  desk.page({ path: '/indice', right: 'index:read' }, async (visit) => {
    const typed = typedOf(visit);
    const found = await search(deps, typed, visit.query.text('da'));
    return page(await state(deps), typed, found, null, typed === '' ? hint : chooseOne(found));
  });
  desk.page({ path: '/indice/:ipa/:aoo', right: 'index:read' }, async (visit) => {
    const { ipa = '', aoo = '' } = visit.params;
    const detail = await show(deps, ipa, aoo);
    const typed = typedOf(visit);
    if (detail === null) return notThere(await state(deps), typed);
    const [found, card, head] = await Promise.all([
      search(deps, typed === '' ? detail.entry.name : typed, ''),
      cardOf(deps, visit, detail),
      state(deps),
    ]);
    return page(head, typed, found, detail.entry.version, card);
  });
}

const typedOf = ({ query }: Pick<Visit<'index:read'>, 'query'>): string => query.text('q').trim().slice(0, 200);

const search = async ({ index }: IndexDeps, text: string, cursor: string): Promise<FoundPage> => {
  if (text === '') return NO_PAGE;
  const kinds = ['body', 'aoo', 'office'] as const;
  const asked = { text, kinds, day: null, ceased: true, cursor: cursor === '' ? null : cursor, limit: PAGE };
  return index.lookUp.find(asked);
};

/** By the code of the body and that of the AOO or office; `-` is the body itself. */
async function show({ index: { lookUp } }: IndexDeps, ipa: string, code: string): Promise<EntryDetail | null> {
  if (code === '-') return lookUp.show('body', ipa, null);
  const isOfBody = (one: EntryDetail | null) => one?.entry.body.toLowerCase() === ipa.toLowerCase();
  for (const [kind, key] of [
    ['aoo', code],
    ['aoo', `${ipa}/${code}`],
    ['office', code],
  ] as const) {
    const found = await lookUp.show(kind, key, null);
    if (isOfBody(found)) return found;
  }
  return null;
}

async function cardOf(deps: IndexDeps, { caller, aoo }: Visit<'index:read'>, found: EntryDetail): Promise<Html> {
  const { entry } = found;
  const { value: named } = found.facts.mailbox ?? {};
  const mailbox =
    typeof named === 'string' ? named : (entry.mails.find(({ kind }) => kind !== 'other')?.address ?? null);
  // Exchanges are contents: whoever may not read the register does not learn with whom the office writes.
  const mayRead = aoo !== null && mailbox !== null && mayDo(caller, 'register:read');
  const since = new Date(deps.clock.now().getTime() - YEAR_MS);
  const [versions, behaviour] = await Promise.all([
    deps.index.entries.history(entry.key),
    mayRead ? deps.behaviour(aoo, mailbox, since, readerOf(caller)) : null,
  ]);
  const own = versions.filter(({ kind }) => kind === entry.kind);
  return entryCard({ found, versions: own, behaviour, maySend: aoo !== null && mayDo(caller, 'send') });
}

interface IndexState {
  readonly changes: number;
  readonly asOf: string | null;
}

async function state({ imports }: IndexDeps): Promise<IndexState> {
  const [last] = (await imports.imports(5)).filter(({ outcome }) => outcome === 'applied');
  return { changes: last === undefined ? 0 : last.added + last.changed + last.gone, asOf: last?.asOf ?? null };
}

function page(head: IndexState, typed: string, found: FoundPage, chosen: number | null, right: Html): View {
  return {
    title: typed === '' ? 'Indice' : `${typed}: indice`,
    at: 'indice',
    keys: ['Enter'],
    body: html`
      <div class="d-head"><h1>Indice</h1><p class="d-second">${
        head.asOf === null ? 'Non è stato importato nulla finora.' : `Aggiornato al ${shortDay(head.asOf)}.`
      }</p><div class="d-head-end"><a class="d-button d-button--secondary d-button--small" href="/indice/modifiche">Che cosa è cambiato: ${head.changes}</a><a class="d-button d-button--quiet d-button--small" href="/indice/regione">Livello regionale</a></div></div>
      <div class="d-index${chosen === null ? '' : ' d-index--chosen'}">
        <div class="d-index-list">${sheet(
          html`<section class="d-part"><form action="/indice" role="search">${field({
            name: 'q',
            label: 'Cerca un ente, una AOO o un ufficio',
            type: 'search',
            value: typed,
            most: 200,
          })}<button class="d-button d-button--secondary d-button--small">Cerca</button></form></section>`,
          typed !== '' && list(typed, found, chosen),
        )}${pager('/indice', new URLSearchParams({ q: typed }), found.cursor)}</div>
        <div class="d-index-card" id="scheda">${right}</div>
      </div>`,
  };
}

const list = (typed: string, { items }: FoundPage, chosen: number | null): Html =>
  items.length === 0
    ? html`<section class="d-part"><p>Nessun risultato. Prova con il nome del comune, il codice IPA o un indirizzo.</p></section>`
    : html`<ol class="d-index-rows" aria-label="Risultati per ${typed}">${items.map((item) => {
        const { entry } = item;
        const day = ceasedOn(item);
        const name = isCeased(item) ? html`<s>${marked(entryName(entry), typed)}</s>` : marked(entryName(entry), typed);
        return html`<li><a class="d-index-row" href="${entryPath(entry)}?q=${encodeURIComponent(typed)}"${attribute(
          'aria-current',
          entry.version === chosen ? 'true' : null,
        )}><strong>${name}</strong><span class="d-second">${
          isCeased(item) ? `○ cessato${day === null ? '' : ` il ${shortDay(day)}`}` : entryKindWord(entry)
        }</span></a></li>`;
      })}</ol>`;

const hint = emptyState(
  'Cerca un ufficio',
  'Scrivi un nome, un codice IPA, un codice AOO, un codice fiscale o una casella.',
);

const chooseOne = ({ items }: FoundPage): Html =>
  items.length === 0
    ? emptyState('Niente con questo nome', 'Controlla come è scritto, oppure cerca la casella o il codice IPA.')
    : sheet(part({}, html`<p>Scegli un risultato per vederne la scheda.</p>`));

const notThere = (head: IndexState, typed: string): View => ({
  ...page(
    head,
    typed,
    NO_PAGE,
    null,
    emptyState('Non è nell’indice', 'Nessun ente o ufficio ha questi codici. Cercalo per nome.'),
  ),
  title: 'Non è nell’indice',
  status: 404,
});
