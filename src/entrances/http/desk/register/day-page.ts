/** The register of a day, and its print: every number stands, whatever the reader may see of it. */
import { italianMinute } from '../../../../kernel/clock.ts';
import type { ClosedRegister, ClosedRegisters } from '../../../../service/daily-register/closed-register.ts';
import type { ReservedOpenings } from '../../../../service/people/reserved-openings.ts';
import { readerOf } from '../../../../service/people/rights.ts';
import type { DayRow, RegisterDay, RegisterViews } from '../../../../service/queries/register-views.ts';
import { badge } from '../components/badge.ts';
import { button, linkButton } from '../components/buttons.ts';
import { field } from '../components/fields.ts';
import { icon } from '../components/icon.ts';
import { note, sheet } from '../components/note.ts';
import { longDay, registrationPath, romeDay, romeTime, shortDay } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { notFoundView } from '../gate-pages.ts';
import { openingOf } from '../openings.ts';
import type { DeskAnswer } from '../replies.ts';
import { type Html, html } from '../template.ts';
import { seeOther, type View } from '../view.ts';
import type { Visit } from '../visit.ts';
import { reservedAmong } from './export-routes.ts';
import { isRegisterDay, REGISTER_PATH } from './register-filter.ts';
import { registerLine, registerTable, whenOf } from './register-lines.ts';
import { directionTag, directionWord, heldByWords, stateOf } from './register-words.ts';

export interface DayDeps {
  readonly registerViews: RegisterViews;
  readonly openings: ReservedOpenings;
  readonly closedRegisters: Pick<ClosedRegisters, 'ofDay'>;
  readonly now: () => Date;
}

const DAY_PATH = `${REGISTER_PATH}/giorno`;
/** Longer periods are exported, not printed. */
const MOST_DAYS = 31;
const DAY_MS = 86_400_000;

export function dayRoutes(desk: Desk, deps: DayDeps): void {
  desk.page({ path: DAY_PATH, right: 'register:read' }, async ({ query }) => {
    const wanted = query.text('giorno');
    return seeOther(`${DAY_PATH}/${isRegisterDay(wanted) ? wanted : romeDay(deps.now())}`);
  });
  desk.page({ path: `${DAY_PATH}/:day`, right: 'register:read' }, (visit) => dayPage(visit, deps));
  desk.page({ path: `${DAY_PATH}/:day/stampa`, right: 'register:read' }, async (visit) => {
    const { day = '' } = visit.params;
    return isRegisterDay(day) ? printed(visit, deps, day, day) : notFoundView;
  });
  desk.page({ path: `${REGISTER_PATH}/stampa`, right: 'register:read' }, async (visit) => {
    const [from, to] = [visit.query.text('dal'), visit.query.text('al')];
    return isRegisterDay(from) && isRegisterDay(to) && from <= to && daysBetween(from, to) < MOST_DAYS
      ? printed(visit, deps, from, to)
      : periodView(from, to);
  });
}

const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / DAY_MS;

async function dayPage(visit: Visit<'register:read'>, deps: DayDeps): Promise<DeskAnswer> {
  const { day = '' } = visit.params;
  if (!isRegisterDay(day)) return notFoundView;
  const { aoo } = visit;
  const now = deps.now();
  const [register, beside, closed] = await Promise.all([
    deps.registerViews.days(aoo, readerOf(visit.caller), day, day),
    deps.registerViews.neighbours(aoo, day),
    deps.closedRegisters.ofDay(aoo, 'daily', day),
  ]);
  const newestFirst = register.rows.toReversed();
  return {
    title: `Registro del ${shortDay(day)}`,
    at: 'registro',
    keys: ['j', 'k', 'Enter', 'p'],
    body: html`
    <div class="d-head"><h1 class="d-h1">Registro del giorno</h1><p class="d-second">${weekday(day)} ${longDay(day)}${rangeWords(register)}</p>
      <div class="d-head-end">${[
        linkButton({ label: 'Stampa', kind: 'primary', key: 'p', href: `${DAY_PATH}/${day}/stampa`, newTab: true }),
        linkButton({
          label: 'CSV',
          kind: 'secondary',
          href: `${REGISTER_PATH}/esporta.csv?dal=${day}&al=${day}`,
        }),
      ]}</div></div>
    ${sheet(
      html`<div class="d-day-bar">
        ${beside.before !== null && html`<a class="d-button d-button--secondary" href="${DAY_PATH}/${beside.before}" rel="prev">← ${shortDay(beside.before)}</a>`}
        <form method="get" action="${DAY_PATH}" class="d-day-choice">${field({ name: 'giorno', label: 'Giorno', type: 'date', value: day })}${button({ label: 'Vai', kind: 'secondary' })}</form>
        ${beside.after !== null && html`<a class="d-button d-button--secondary" href="${DAY_PATH}/${beside.after}" rel="next">${shortDay(beside.after)} →</a>`}
        <p class="d-second d-day-sums">${sums(register)}</p></div>`,
      register.isCut &&
        note('warn', html`<p>Le registrazioni sono troppe per una pagina: qui stanno le prime 5.000.</p>`),
      newestFirst.length === 0
        ? html`<p class="d-part d-second">Nessuna registrazione in questo giorno.</p>`
        : html`<div data-module="register">${registerTable(
            'Registrazioni del giorno, la più recente per prima',
            newestFirst.map((row) => dayLine(row, now)),
          )}</div>`,
      annulledOfDay(register, day),
      html`<p class="d-part d-part--lined d-second">${closedWords(closed, day < romeDay(now))} <a href="${REGISTER_PATH}/stampa">Stampa un periodo</a></p>`,
    )}`,
  };
}

function dayLine(row: DayRow, now: Date): Html {
  if (row.masked === null) return registerLine(row, [], now);
  const why =
    row.masked === 'reserved'
      ? html`${icon('it-lock')} <strong>Riservato</strong> <span class="d-second">Puoi vedere solo numero, data e verso. L’accesso si chiede al responsabile della gestione documentale.</span>`
      : html`<span class="d-second">Di un altro ufficio: puoi vedere solo numero, data e verso.</span>`;
  return html`<tr class="d-register-row d-register-masked">
    <td data-label="">${row.isAnnulled ? html`<s>${row.number}</s>` : row.number}</td><td data-label="" class="d-second">${whenOf(row, now)}</td><td data-label="">${directionTag(row.direction)}</td>
    <td data-label="" colspan="4">${why}</td><td data-label="">${row.isAnnulled && badge('wait', 'annullata')}</td></tr>`;
}

/** Whether the register of the day is fixed, and under which progressive of the year. */
function closedWords(closed: readonly ClosedRegister[], isOver: boolean): string {
  if (closed.length > 0)
    return closed
      .map(
        ({ register, progressive, year, closedAt, closedBy }) =>
          `Registro giornaliero ${register} n. ${progressive}/${year}, chiuso il ${italianMinute(closedAt)} da ${closedBy}.`,
      )
      .join(' ');
  return isOver
    ? 'Il registro giornaliero di questo giorno non è stato chiuso.'
    : 'Il registro del giorno si chiude dopo la mezzanotte.';
}

const weekday = (day: string): string =>
  new Intl.DateTimeFormat('it-IT', { weekday: 'long', timeZone: 'UTC' }).format(new Date(`${day}T12:00:00Z`));

function rangeWords({ rows }: RegisterDay): string {
  const [first, last] = [rows.at(0), rows.at(-1)];
  return first === undefined || last === undefined ? '' : `, dal n. ${first.number} al n. ${last.number}`;
}

function sums({ rows }: RegisterDay): string {
  const count = (direction: DayRow['direction']): number => rows.filter((row) => row.direction === direction).length;
  const annulled = rows.filter((row) => (row.masked === null ? row.annulment !== null : row.isAnnulled)).length;
  const inner = count('internal');
  return [
    `${count('incoming')} in entrata`,
    `${count('outgoing')} in uscita`,
    `${inner} ${inner === 1 ? 'interna' : 'interne'}`,
    ...(annulled > 0 ? [`di cui ${annulled} ${annulled === 1 ? 'annullata' : 'annullate'}`] : []),
  ].join(' · ');
}

/** Annulments of the day of registrations of other days; the others stand in their lines. */
function annulledOfDay({ annulled }: RegisterDay, day: string): Html | false {
  const elsewhere = annulled.filter(({ date }) => date !== day);
  return (
    elsewhere.length > 0 &&
    html`<section class="d-part d-part--lined"><h2 class="d-h3">Annullate in questo giorno, registrate prima</h2><ul class="d-day-annulled">${elsewhere.map(
      (one) => html`<li>${annulledLine(one)}</li>`,
    )}</ul></section>`
  );
}

const annulledLine = ({
  number,
  year,
  date,
  at,
  by,
  reason,
  provision,
  masked,
}: RegisterDay['annulled'][number]): Html =>
  html`${masked ? html`n. ${number}/${year}` : html`<a href="${registrationPath({ number, year })}">n. ${number}/${year}</a>`} del ${shortDay(date)}, annullata alle ${romeTime(new Date(at))} da ${by}${reason !== '' && html`: ${reason}`} (${provision})`;

/** For paper: in the order of the numbers, the head on every page. */
async function printed(visit: Visit<'register:read'>, deps: DayDeps, from: string, to: string): Promise<View> {
  const { office } = visit;
  const register = await deps.registerViews.days(visit.aoo, readerOf(visit.caller), from, to);
  const shown = register.rows.filter((row) => row.masked === null);
  await deps.openings.opened(openingOf(visit), reservedAmong(shown));
  const period = from === to ? `del ${longDay(from)}` : `dal ${longDay(from)} al ${longDay(to)}`;
  const now = deps.now();
  return {
    title: `Registro di protocollo ${period}`,
    bare: true,
    body: html`
    <div class="d-print-acts" data-module="print">${linkButton({ label: '← Registro', kind: 'quiet', href: from === to ? `${DAY_PATH}/${from}` : REGISTER_PATH })}<button type="button" class="d-button d-button--primary" data-print hidden>Stampa</button></div>
    <table class="d-print">
      <caption class="visually-hidden">Registro di protocollo ${period}</caption>
      <thead>
        <tr><th colspan="7" scope="colgroup" class="d-print-head"><span>${office.name} · AOO ${office.code}</span><span>Registro di protocollo ${period}</span></th></tr>
        <tr><th scope="col">Numero</th><th scope="col">Data e ora</th><th scope="col">Verso</th><th scope="col">Corrispondente</th><th scope="col">Oggetto</th><th scope="col">Classe</th><th scope="col">Ufficio e stato</th></tr>
      </thead>
      <tbody>${register.rows.map(printedLine)}</tbody>
    </table>
    ${register.rows.length === 0 && html`<p>Nessuna registrazione.</p>`}
    ${register.isCut && html`<p><strong>Le registrazioni sono più di 5.000: stampare periodi più brevi.</strong></p>`}
    ${
      register.annulled.length > 0 &&
      html`<section class="d-print-annulled"><h2>Annullamenti ${period}</h2><ul>${register.annulled.map((one) => html`<li>${annulledLine(one)}</li>`)}</ul></section>`
    }
    <p class="d-print-foot">${sums(register)}. Stampato il ${shortDay(romeDay(now))} alle ${romeTime(now)} da ${visit.caller.name}.</p>`,
  };
}

function printedLine(row: DayRow): Html {
  const when = html`${shortDay(row.date)} ${row.time.slice(0, 5)}`;
  if (row.masked !== null) {
    const word = row.masked === 'reserved' ? 'riservato' : 'di altro ufficio';
    return html`<tr><td>${row.isAnnulled ? html`<s>${row.number}</s>` : row.number}</td><td>${when}</td><td>${directionWord(row.direction)}</td><td colspan="4">n. ${row.number} – ${word}${row.isAnnulled && ', annullata'}</td></tr>`;
  }
  const { annulment } = row;
  const struck = (text: string): Html => (annulment === null ? html`${text}` : html`<s>${text}</s>`);
  const others = row.others > 0 ? ` e altri ${row.others}` : '';
  return html`<tr><td>${struck(row.number)}</td><td>${when}</td><td>${directionWord(row.direction)}</td><td class="d-isolate">${row.correspondent}${others}</td><td class="d-isolate">${struck(row.subject)}${
    annulment !== null && html`<br>Annullata da ${annulment.by}: ${annulment.reason} (${annulment.provision})`
  }</td><td>${row.classification}</td><td>${[heldByWords(row), stateOf(row).word].filter((word) => word !== '').join(', ')}</td></tr>`;
}

const periodView = (from: string, to: string): View => ({
  title: 'Stampa del registro',
  at: 'registro',
  body: html`<div class="d-crumb"><a href="${REGISTER_PATH}" data-escape>← Registro</a></div><div class="d-narrow"><h1 class="d-h1">Stampa del registro</h1>
    ${from !== '' && note('warn', html`<p>Scegli due giorni in ordine, al massimo 31 in tutto. Per periodi più lunghi esporta il registro.</p>`)}
    ${sheet(html`<form class="d-part" method="get" action="${REGISTER_PATH}/stampa">${field({ name: 'dal', label: 'Dal', type: 'date', value: from, required: true })}${field({ name: 'al', label: 'Al', type: 'date', value: to, required: true })}${button({ label: 'Prepara la stampa', kind: 'primary' })}</form>`)}</div>`,
});
