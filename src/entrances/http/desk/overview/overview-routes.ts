/** The pictures of a month: figures first, then drawings, with a table behind each. Nothing moves by itself. */
import { type Clock, legalTime } from '../../../../kernel/clock.ts';
import { readerOf } from '../../../../service/people/rights.ts';
import { firstOfMonth, type Overview, type OverviewQueries } from '../../../../service/queries/overview.ts';
import type { MailboxStatus } from '../../../../service/queries/views.ts';
import { badge } from '../components/badge.ts';
import { dataTable } from '../components/lists.ts';
import { part } from '../components/note.ts';
import { howLong, rome } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { spanWord } from '../index/index-words.ts';
import { flag, type Html, html } from '../template.ts';
import {
  countOf,
  deadlinesTable,
  monthName,
  picturesOf,
  plural,
  type ShownPicture,
  sum,
  unaided,
} from './overview-pictures.ts';

export interface OverviewDeps extends OverviewQueries {
  readonly clock: Clock;
  mailboxes(): Promise<readonly MailboxStatus[]>;
}

const MONTHS_BACK = 24;

export function overviewRoutes(desk: Desk, deps: OverviewDeps): void {
  desk.page({ path: '/quadro', right: 'overview:read' }, async ({ caller, aoo, query }) => {
    const now = deps.clock.now();
    const today = legalTime(now).date;
    const month = monthAsked(query.text('mese'), today);
    const asTables = query.text('come') === 'tabelle';
    const [overview, mailboxes] = await Promise.all([
      deps.overview(aoo, month, now, readerOf(caller)),
      deps.mailboxes(),
    ]);
    const own = mailboxes.filter((one) => one.aoo === aoo);
    return {
      title: `Quadro, ${monthName(month)}`,
      at: 'quadro',
      body: html`
        ${head(month, today, asTables)}
        ${figures(overview)}
        <div class="d-quadro">${picturesOf(overview, month).map((picture) => figure(picture, asTables))}</div>
        <div class="d-quadro">
          ${part({ title: 'Scadenze dei prossimi sette giorni' }, deadlines(overview, today))}
          ${part({ title: 'Salute delle caselle' }, health(own, now))}
        </div>`,
    };
  });
}

/** A month that has begun, not too long ago; else the present one. */
function monthAsked(text: string, today: string): string {
  const present = today.slice(0, 7);
  const isKnown = /^\d{4}-(0[1-9]|1[0-2])$/.test(text) && text <= present;
  return isKnown && text >= firstOfMonth(present, -MONTHS_BACK).slice(0, 7) ? text : present;
}

function head(month: string, today: string, asTables: boolean): Html {
  const months = Array.from({ length: MONTHS_BACK + 1 }, (_, back) =>
    firstOfMonth(today.slice(0, 7), -back).slice(0, 7),
  );
  const address = (tables: boolean): string => `/quadro?mese=${month}${tables ? '&come=tabelle' : ''}`;
  const segment = (label: string, tables: boolean): Html =>
    html`<a href="${address(tables)}"${tables === asTables && CURRENT}>${label}</a>`;
  return html`
    <div class="d-head"><h1>Quadro</h1><p class="d-second">${monthName(month)}, senza nomi di persone</p>
      <form class="d-head-end d-quadro-month" action="/quadro"><label class="visually-hidden" for="mese">Mese</label><select class="d-input" id="mese" name="mese">${months.map(
        (one) => html`<option value="${one}"${flag('selected', one === month)}>${monthName(one)}</option>`,
      )}</select>${asTables && html`<input type="hidden" name="come" value="tabelle">`}<button class="d-button d-button--secondary d-button--small">Mostra</button></form>
      <nav class="d-segments" aria-label="Come">${segment('Figure', false)}${segment('Tabelle', true)}</nav>
    </div>`;
}
const CURRENT = html` aria-current="true"`;

function figures({ days, confirmations, months, anomalies }: Overview): Html {
  const last = months.at(-1);
  const share = last === undefined ? null : unaided(last);
  const open = sum(anomalies.map((one) => one.open));
  const internal = countOf(days, 'internal');
  const shown: readonly (readonly [figure: string, words: string])[] = [
    [
      `${sum(days.map(({ count }) => count))}`,
      `registrazioni: ${countOf(days, 'incoming')} in arrivo, ${countOf(days, 'outgoing')} in uscita${
        internal > 0 ? `, ${plural(internal, 'interna', 'interne')}` : ''
      }`,
    ],
    [
      confirmations.medianSeconds === null ? '–' : spanWord(confirmations.medianSeconds),
      'fino alla conferma, in metà dei casi',
    ],
    [share === null ? '–' : `${share} su 100`, 'registrati senza una persona'],
    [`${open}`, 'anomalie del mese ancora da risolvere'],
  ];
  return html`<dl class="d-sheet d-figures">${shown.map(
    ([value, words]) => html`<div><dt>${words}</dt><dd>${value}</dd></div>`,
  )}</dl>`;
}

const figure = ({ id, title, sentence, drawing, table, legend }: ShownPicture, open: boolean): Html => html`
  <section class="d-part" id="${id}"><div class="d-part-head"><h2 class="d-h3">${title}</h2>${
    legend !== undefined &&
    drawing !== null &&
    html`<p class="d-legend" aria-hidden="true">${legend.map((name, nth) => html`<span class="d-legend-mark d-legend-mark--${nth}"></span>${name} `)}</p>`
  }</div>
  <p class="d-second">${sentence}</p>
  ${!open && drawing}
  ${table.rows.length > 0 && html`<details class="d-how d-quadro-table"${flag('open', open)}><summary>Tabella<span class="visually-hidden">: ${title}</span></summary>${dataTable(table)}</details>`}
  </section>`;

const deadlines = ({ deadlines: ahead }: Overview, today: string): Html =>
  ahead.length === 0
    ? html`<p>Nessuna scadenza nei prossimi sette giorni.</p>`
    : dataTable(deadlinesTable(ahead, today));

function health(mailboxes: readonly MailboxStatus[], now: Date): Html {
  const state = ({ failures, lastSuccess }: MailboxStatus): Html =>
    failures > 0
      ? badge('bad', 'non si legge')
      : lastSuccess === null
        ? badge('wait', 'mai letta finora')
        : badge('ok', 'si legge');
  return dataTable({
    caption: 'Salute delle caselle',
    head: ['Casella', 'Stato', 'Ultima lettura'],
    rows: mailboxes.map((one) => [
      html`<span class="d-asis">${one.mailbox}</span>`,
      state(one),
      one.lastSuccess === null ? 'mai' : html`${rome(one.lastSuccess, now)}, ${howLong(one.lastSuccess, now)} fa`,
    ]),
  });
}
