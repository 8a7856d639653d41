/** What the imports of the index changed, and what the region says above it. */
import type { EntryChange, ImportReport, ImportSummary } from '../../../../service/index/ports.ts';
import { badge } from '../components/badge.ts';
import { dataTable } from '../components/lists.ts';
import { emptyState, part, sheet } from '../components/note.ts';
import { romeFull, shortDay } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { type Html, html } from '../template.ts';
import type { IndexDeps } from './index-deps.ts';
import { fieldWord, valueWord } from './index-words.ts';

/** Of each sort: added, changed, gone. */
const SHOWN = 100;
const IMPORTS = 20;
const MESSAGES = 100;

export function changesRoutes(desk: Desk, { imports, index }: IndexDeps): void {
  desk.page({ path: '/indice/modifiche', right: 'index:read' }, async ({ query }) => {
    const known = (await imports.imports(IMPORTS)).filter(({ outcome }) => outcome !== 'unchanged');
    const asked = Number(query.text('import'));
    const chosen =
      known.find(({ importId }) => importId === asked) ?? known.find(({ outcome }) => outcome === 'applied');
    const report = chosen === undefined ? null : await imports.report(chosen.importId, SHOWN);
    return {
      title: 'Che cosa è cambiato nell’indice',
      at: 'indice',
      body: html`
        <p class="d-crumb"><a href="/indice">Indice</a></p>
        <div class="d-head"><h1>Che cosa è cambiato nell’indice</h1></div>
        ${report === null ? emptyState('Nessuna importazione', 'L’indice non è stato ancora importato.') : reportSheet(report)}
        ${known.length > 1 && sheet(part({ title: 'Importazioni' }, importsTable(known)))}`,
    };
  });
  desk.page({ path: '/indice/regione', right: 'index:read' }, async () => {
    const messages = await index.layer.messages(null, MESSAGES);
    return {
      title: 'Livello regionale',
      at: 'indice',
      body: html`
        <p class="d-crumb"><a href="/indice">Indice</a></p>
        <div class="d-head"><h1>Livello regionale</h1><p class="d-second">Ciò che gli enti della regione aggiungono all’indice nazionale.</p></div>
        ${
          messages.length === 0
            ? emptyState('Niente di aggiunto', 'Tutto ciò che si vede viene dall’indice nazionale.')
            : sheet(
                part(
                  {},
                  dataTable({
                    caption: 'Modifiche proposte e accolte',
                    head: ['Arrivata', 'Ente', 'Che cosa', 'Da', 'Stato'],
                    rows: messages.map(({ receivedAt, body, aoo, changes, author, state }) => [
                      romeFull(receivedAt),
                      html`<a href="/indice/${body}/${aoo === '' ? '-' : aoo}">${aoo === '' ? body : `${body}/${aoo}`}</a>`,
                      changes.map(({ field, value }) => `${fieldWord(field)}: ${valueWord(value)}`).join('; '),
                      author,
                      STATES[state],
                    ]),
                  }),
                ),
              )
        }`,
    };
  });
}

const STATES = {
  received: badge('wait', 'da decidere'),
  accepted: badge('ok', 'accolta'),
  refused: badge('bad', 'respinta'),
} as const;

const importsTable = (known: readonly ImportSummary[]): Html => {
  const number = (label: string) => ({ label, isNumber: true }) as const;
  return dataTable({
    caption: 'Le ultime importazioni',
    head: ['Finita', 'Fonte', 'Del', number('Nuovi'), number('Cambiati'), number('Tolti'), 'Esito'],
    rows: known.map(({ importId, endedAt, source, asOf, added, changed, gone, outcome }) => [
      html`<a href="/indice/modifiche?import=${importId}">${romeFull(endedAt)}</a>`,
      source,
      shortDay(asOf),
      added,
      changed,
      gone,
      outcome === 'applied' ? 'applicata' : 'respinta',
    ]),
  });
};

const KINDS = {
  body: 'ente',
  aoo: 'AOO',
  office: 'ufficio',
  pec: 'casella',
  category: 'categoria',
  municipality: 'comune',
} as const;
const SORTS = [
  ['added', 'Nuovi'],
  ['changed', 'Cambiati'],
  ['gone', 'Tolti'],
] as const;

const counted = (count: number, one: string, many: string): Html =>
  html`<strong>${count}</strong> ${count === 1 ? one : many}`;

const reportSheet = (report: ImportReport): Html =>
  sheet(
    html`<section class="d-part"><p>Importazione del ${romeFull(report.endedAt)}, dati del ${shortDay(report.asOf)}: ${counted(report.added, 'nuovo', 'nuovi')}, ${counted(report.changed, 'cambiato', 'cambiati')}, ${counted(report.gone, 'tolto', 'tolti')}.</p></section>`,
    ...SORTS.map(([sort, title]) => {
      const those = report.changes.filter(({ change }) => change === sort);
      return those.length > 0 && part({ title }, changesList(those, report[sort]));
    }),
  );

const changesList = (changes: readonly EntryChange[], all: number): Html => html`
  <ul class="d-list">${changes.map(
    ({ kind, key, name, fields, successor }) =>
      html`<li>${kind === 'body' || kind === 'aoo' || kind === 'office' ? html`<a href="/indice?q=${encodeURIComponent(key)}">${name}</a>` : name} <span class="d-second">${KINDS[kind]} · ${key}${
        fields.length > 0 &&
        html` · ${fields.map(({ field, before, after }) => `${fieldWord(field)}: da ${valueWord(before)} a ${valueWord(after)}`).join('; ')}`
      }${successor !== null && html` · al suo posto ${successor}`}</span></li>`,
  )}</ul>${all > changes.length && html`<p class="d-second">E altri ${all - changes.length}.</p>`}`;
