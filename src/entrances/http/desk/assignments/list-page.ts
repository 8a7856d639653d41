/** The lists of assignments as a page: what is to be taken in hand, one's own, a unit's, what came back, what is unread. */
import { assignmentActor } from '../../../../service/assignments/actor.ts';
import type { AssignmentListName, UnitBacklog, UnitChoice } from '../../../../service/assignments/assignment-views.ts';
import { MOST_COUNTED } from '../../../../service/assignments/assignment-views.ts';
import { readerOf } from '../../../../service/people/rights.ts';
import { button } from '../components/buttons.ts';
import { select } from '../components/fields.ts';
import { dataTable, pager } from '../components/lists.ts';
import { emptyState, note, part, sheet } from '../components/note.ts';
import { howLong, romeDay } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { attribute, type Html, html } from '../template.ts';
import type { View } from '../view.ts';
import type { Visit } from '../visit.ts';
import { assignedRows } from './assigned-rows.ts';
import type { AssignmentDeps } from './assignment-deps.ts';

const PATH = '/assegnazioni';
const PAGE = 50;

/** As addresses name them, in the order of the tabs. */
const LISTS = {
  'da-prendere': ['to-take', 'Da prendere in carico', 'Nessuna assegnazione aspetta di essere presa in carico.'],
  mie: ['mine', 'In carico', 'Non c’è nulla in carico.'],
  'da-leggere': ['unread', 'Da leggere', 'Hai letto tutto ciò che ti è stato dato per conoscenza.'],
  restituite: ['returned', 'Restituite', 'Nessuna assegnazione è tornata indietro.'],
  ufficio: ['of-unit', 'Di un ufficio', 'Questo ufficio non ha nulla da fare.'],
} as const satisfies Record<string, readonly [AssignmentListName, string, string]>;
type ListAddress = keyof typeof LISTS;
const ADDRESSES = Object.keys(LISTS) as readonly ListAddress[];

export function assignmentLists(desk: Desk, deps: AssignmentDeps): void {
  desk.page({ path: PATH, right: 'assignments:own' }, (visit) => listView(deps, visit));
}

interface Shown {
  readonly address: ListAddress;
  /** Of everybody, not of the person alone. */
  readonly isAll: boolean;
  readonly unitId: string | null;
}

const linkTo = ({ address, isAll, unitId }: Shown): string => {
  const query = new URLSearchParams({ elenco: address, ...(isAll && { di: 'tutti' }) });
  if (address === 'ufficio' && unitId !== null) query.set('ufficio', unitId);
  return `${PATH}?${query.toString()}`;
};

async function listView(
  { assignments: { views, now } }: AssignmentDeps,
  visit: Visit<'assignments:own'>,
): Promise<View> {
  const { caller, aoo, query, token } = visit;
  const reader = readerOf(caller);
  const units = await views.choices(aoo, romeDay(now()));
  const theirs = reader.all ? units : units.filter(({ unitId }) => caller.units.includes(unitId));
  const shown: Shown = {
    address: ADDRESSES.find((one) => one === query.text('elenco')) ?? 'da-prendere',
    isAll: reader.all && query.text('di') !== 'me',
    unitId: (theirs.find(({ unitId }) => unitId === query.text('ufficio')) ?? theirs[0])?.unitId ?? null,
  };
  const scope = shown.isAll ? 'office' : 'own';
  const asked = (list: AssignmentListName) =>
    ({ aoo, list, scope, ...(shown.unitId !== null && { unitId: shown.unitId }) }) as const;
  const [page, counts, standsInFor, backlog] = await Promise.all([
    views.list(reader, { ...asked(LISTS[shown.address][0]), cursor: query.text('da') || null, limit: PAGE }),
    Promise.all(ADDRESSES.map((one) => views.count(reader, asked(LISTS[one][0])))),
    views.standsInFor(aoo, caller.personId, romeDay(now())),
    reader.all ? views.backlog(reader, aoo) : [],
  ]);
  const items = page?.items ?? [];
  const rows = (): Html =>
    assignedRows({ items, actor: assignmentActor(caller), standsInFor, token, now: now(), back: linkTo(shown) });
  return {
    title: LISTS[shown.address][1],
    at: 'scrivania',
    body: html`
      <div class="d-head"><h1>Assegnazioni</h1>${reader.all && whose(shown)}</div>
      <nav class="d-tabs-row" aria-label="Elenchi">${tabs(shown, theirs, counts)}</nav>
      ${shown.address === 'ufficio' && unitForm(shown, theirs)}
      ${page === null && note('warn', html`<strong>L’indirizzo non è completo.</strong> Riparti dall’inizio dell’elenco.`)}
      ${sheet(items.length === 0 ? part({}, emptyState('Niente qui', LISTS[shown.address][2])) : rows())}
      ${pager(PATH, new URLSearchParams(linkTo(shown).split('?')[1]), page?.cursor ?? null)}
      ${backlog.length > 0 && backlogSheet(backlog, now())}`,
  };
}

const whose = (shown: Shown): Html => html`
  <nav class="d-segments d-head-end" aria-label="Di chi">${([true, false] as const).map(
    (isAll) =>
      html`<a href="${linkTo({ ...shown, isAll })}"${attribute('aria-current', shown.isAll === isAll ? 'true' : null)}>${isAll ? 'Di tutti' : 'Mie'}</a>`,
  )}</nav>`;

const tabs = (shown: Shown, units: readonly UnitChoice[], counts: readonly number[]): Html => html`
  <ul>${ADDRESSES.map((address, place) => {
    if (address === 'ufficio' && units.length === 0) return null;
    const count = counts[place] ?? 0;
    const said = count >= MOST_COUNTED ? `${MOST_COUNTED - 1}+` : String(count);
    return html`<li><a href="${linkTo({ ...shown, address })}"${attribute('aria-current', address === shown.address ? 'page' : null)}>${LISTS[address][1]} <span class="d-tab-count">${said}</span></a></li>`;
  })}</ul>`;

const unitForm = ({ unitId, isAll }: Shown, units: readonly UnitChoice[]): Html => html`
  <form method="get" action="${PATH}" class="d-unit-form">
    <input type="hidden" name="elenco" value="ufficio">${isAll && html`<input type="hidden" name="di" value="tutti">`}
    ${select({ name: 'ufficio', label: 'Ufficio', value: unitId ?? '', choices: units.map(({ unitId: value, name }) => ({ value, label: name })) })}
    ${button({ label: 'Mostra', kind: 'secondary' })}
  </form>`;

/** What lies with each unit, the one that waits longest first. */
const backlogSheet = (backlog: readonly UnitBacklog[], now: Date): Html =>
  sheet(
    part(
      { title: 'In attesa, per ufficio' },
      dataTable({
        caption: 'Assegnazioni in attesa per ufficio',
        head: [
          'Ufficio',
          { label: 'Da prendere in carico', isNumber: true },
          { label: 'Da leggere', isNumber: true },
          { label: 'La più vecchia aspetta da', isNumber: true },
        ],
        rows: backlog.map(({ unitId, unit, toTake, unread, oldest }) => [
          html`<a href="${linkTo({ address: 'ufficio', isAll: true, unitId })}">${unit}</a>`,
          toTake,
          unread,
          howLong(oldest, now),
        ]),
      }),
    ),
  );
