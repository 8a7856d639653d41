/** The Scrivania: counters, the list, and the item under the hand. */
import type { WorkCounts, WorkItem, WorkKind } from '../../../../service/queries/worklist.ts';
import { WORK_KINDS } from '../../../../service/queries/worklist.ts';
import { badge } from '../components/badge.ts';
import { button, linkButton } from '../components/buttons.ts';
import { emptyState } from '../components/note.ts';
import { howLong, rome, romeDay, romeTime } from '../components/when.ts';
import { attribute, flag, type Html, html } from '../template.ts';
import { actFields, type Visit } from '../visit.ts';
import { seenField } from './seen-items.ts';
import { WORK_WORDS, whyHere, workPath } from './work-words.ts';

export interface ShownWork {
  readonly items: readonly WorkItem[];
  readonly cursor: string | null;
  readonly counts: WorkCounts;
  readonly kind: WorkKind | null;
  readonly text: string;
  /** The one under the hand; null: none. */
  readonly selected: WorkItem | null;
  readonly chosen: ReadonlySet<string>;
  readonly now: Date;
  /** Who else is looking at it, by item. */
  readonly looking: ReadonlyMap<string, string>;
  /** More counters: what waits to be taken in charge, requests to annul. */
  readonly others: readonly { readonly label: string; readonly href: string; readonly count: number }[];
}

/** The address of the list with this filter. */
export function listAddress(
  { kind, text }: Pick<ShownWork, 'kind' | 'text'>,
  more: Record<string, string> = {},
): string {
  const query = new URLSearchParams({
    ...(kind !== null && { tipo: WORK_WORDS[kind].slug }),
    ...(text !== '' && { q: text }),
    ...more,
  }).toString();
  return query === '' ? '/scrivania' : `/scrivania?${query}`;
}

export function worklistBody(visit: Visit, shown: ShownWork, preview: Html): Html {
  const { counts } = shown;
  return html`
  <div class="d-head">
    <h1>Scrivania</h1>
    <p class="d-second" id="quante">${sumOf(counts.total)}</p>
    <form class="d-work-filter d-head-end" action="/scrivania" role="search">
      ${shown.kind !== null && html`<input type="hidden" name="tipo" value="${WORK_WORDS[shown.kind].slug}">`}
      <label class="visually-hidden" for="filtra">Filtra l’elenco</label>
      <input class="d-input" id="filtra" name="q" type="search" value="${shown.text}" placeholder="Filtra l’elenco" autocomplete="off">
      ${button({ label: 'Filtra', kind: 'secondary' })}${
        shown.text !== '' &&
        html`<a class="d-button d-button--quiet" href="${listAddress({ ...shown, text: '' })}" data-escape>Togli il filtro</a>`
      }
    </form>
  </div>
  <div class="d-desk" data-module="worklist">
    ${counters(shown)}
    <section class="d-work-sheet" aria-label="Da fare">${list(visit, shown)}</section>
    <section class="d-work-preview" id="anteprima" aria-label="Anteprima">${preview}</section>
  </div>`;
}

const sumOf = (total: number): string =>
  total === 0 ? 'nulla da fare' : total === 1 ? 'una cosa da fare' : `${total} cose da fare, le più urgenti in alto`;

function counters(shown: ShownWork): Html {
  const { counts, kind, others } = shown;
  const here = (one: WorkKind | null) => attribute('aria-current', one === kind ? 'true' : null);
  const kinds = WORK_KINDS.filter((one) => counts.byKind[one] > 0 || one === kind);
  return html`
  <nav class="d-work-kinds" id="tipi" aria-label="Tipi di cose da fare"><ul>
    <li><a href="/scrivania"${here(null)}${flag('data-escape', kind !== null && shown.text === '')}><span>Tutte</span><span>${counts.total}</span></a></li>
    ${kinds.map(
      (one) =>
        html`<li><a href="/scrivania?tipo=${WORK_WORDS[one].slug}"${here(one)}><span>${WORK_WORDS[one].many}</span><span>${counts.byKind[one]}</span></a></li>`,
    )}
    ${others.map(({ label, href, count }) => html`<li><a href="${href}"><span>${label}</span><span>${count}</span></a></li>`)}
  </ul></nav>`;
}

/** Filled in when something arrives. */
const NEWS = html`<p class="d-work-new" id="nuove" role="status" aria-live="polite"></p>`;

function list(visit: Visit, shown: ShownWork): Html {
  const { items, cursor } = shown;
  if (items.length === 0) return html`${NEWS}${nothing(shown)}`;
  return html`
  <form id="scelte" class="d-work-form" method="post" action="/scrivania/insieme">
    ${actFields(visit)}
    <input type="hidden" name="elenco" value="${listAddress(shown)}">
    <div class="d-work-tools">
      <label class="d-check"><input type="checkbox" id="scegli-tutte"><span>Scegli queste ${items.length}</span></label>
      ${
        cursor !== null &&
        html`<label class="d-check"><input type="checkbox" name="tutte" value="si"><span>${allWords(shown)}</span></label>`
      }
      ${NEWS}
    </div>
    <ol class="d-work" id="lista">${items.map((item) => row(item, shown))}</ol>
    ${cursor !== null && html`<p class="d-pager">${linkButton({ label: 'Mostra le successive', href: listAddress(shown, { da: cursor }), kind: 'secondary' })}</p>`}
    <div class="d-work-bulk">
      <p><span id="quante-scelte">Scelte</span></p>
      ${button({ label: 'Metti da parte', kind: 'secondary', small: true, name: 'atto', value: 'metti-da-parte' })}
      ${button({ label: 'Chiudi le segnalazioni', kind: 'secondary', small: true, name: 'atto', value: 'chiudi' })}
      ${linkButton({ label: 'Togli la scelta', kind: 'secondary', small: true, href: listAddress(shown) })}
    </div>
  </form>`;
}

/** How many they are, where that is known without reading them all. */
function allWords({ counts, kind, text }: ShownWork): string {
  if (text !== '') return 'Tutte quelle di questo elenco';
  return `Tutte le ${kind === null ? counts.total : counts.byKind[kind]} di questo elenco`;
}

function row(item: WorkItem, shown: ShownWork): Html {
  const { selected, chosen, now } = shown;
  const words = WORK_WORDS[item.kind];
  const title = item.subject ?? item.mailbox ?? 'senza oggetto';
  const isSelected = item.id === selected?.id;
  const here = listAddress(shown, { voce: item.id });
  const isLate = new Date(item.actBy) < now;
  return html`
  <li class="d-work-row" id="voce-${item.id}" data-id="${item.id}"${attribute('aria-current', isSelected ? 'true' : null)}>
    <label class="d-work-pick"><input type="checkbox" name="voce" value="${item.id}"${flag('checked', chosen.has(item.id))}><span class="visually-hidden">Scegli: ${title}</span></label><input type="hidden" name="visto" value="${seenField(item)}">
    <div class="d-work-text">
      <p class="d-work-who">${badge(words.badge, words.one)} <bdi class="d-one-line">${item.peer}</bdi><span class="d-work-looking" id="guarda-${item.id}">${shown.looking.get(item.id)}</span></p>
      <p class="d-work-title"><a class="d-work-link d-one-line" href="${workPath(item, here) ?? here}"><bdi>${title}</bdi></a></p>
      <p class="d-work-why d-one-line">${whyHere(item)}</p>
    </div>
    <div class="d-work-when"><p>${rome(item.since, now)}</p><p class="${isLate ? 'd-late' : ''}">${term(item, now)}</p></div>
  </li>`;
}

/** By when, or for how long it should have been seen to. */
function term({ actBy }: WorkItem, now: Date): string {
  const by = new Date(actBy);
  if (by < now) return `da ${howLong(by, now)}`;
  if (romeDay(by) === romeDay(now)) return `entro le ${romeTime(by)}`;
  const tomorrow = romeDay(new Date(now.getTime() + 86_400_000));
  return romeDay(by) === tomorrow ? 'entro domani' : `entro il ${romeDay(by).slice(8)}/${romeDay(by).slice(5, 7)}`;
}

function nothing({ kind, text, others }: ShownWork): Html {
  if (kind !== null || text !== '')
    return emptyState(
      'Nessuna voce',
      'Con questo filtro non c’è nulla da fare.',
      linkButton({ label: 'Mostra tutte', href: '/scrivania', kind: 'secondary' }),
    );
  const waiting = others.filter(({ count }) => count > 0);
  if (waiting.length > 0)
    return emptyState(
      'Nessun messaggio da gestire',
      'Altro però aspetta:',
      ...waiting.map(({ label, href, count }) => linkButton({ label: `${label}: ${count}`, href, kind: 'secondary' })),
    );
  return emptyState(
    'Nulla da fare',
    'Quello che arriva con una segnatura valida si registra da solo: qui compare solo ciò che ha bisogno di te.',
    linkButton({ label: 'Registra una lettera', href: '/registra', kind: 'secondary' }),
    linkButton({ label: 'Guarda il registro di oggi', href: '/registro', kind: 'quiet' }),
  );
}
