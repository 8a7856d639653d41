/** The recipients of a sent message, one timeline per row under common heads: trouble first, then what waits, then what is done. */
import type { OutgoingState } from '../../../../domain/exchange/outgoing.ts';
import {
  type LifeCounts,
  type RecipientLife,
  STANDINGS,
  STATIONS,
  type Standing,
  type Station,
} from '../../../../service/queries/recipient-lives.ts';
import { badge } from '../components/badge.ts';
import { actBar, button, linkButton } from '../components/buttons.ts';
import { rome } from '../components/when.ts';
import { attribute, type Html, html } from '../template.ts';
import { actFields } from '../visit.ts';
import { adviceFor, STANDING_NAMES, STATION_NAMES, stoppedAt, whereItIs } from './life-words.ts';

export interface LivesShown {
  readonly lives: readonly RecipientLife[];
  readonly counts: LifeCounts;
  /** Of the next page. */
  readonly next: string | null;
  readonly standing: Standing | null;
  /** `/registro/2026/0001239`. */
  readonly path: string;
  /** `0001239/2026`. */
  readonly number: string;
  readonly now: Date;
  /** May the person send? */
  readonly maySend: boolean;
  /** Of the person's forms. */
  readonly token: string;
}

/** Asked again by itself when something has changed: the same rows in the same order, so that nothing moves under the hand. */
export function livesRegion(shown: LivesShown): Html {
  const { lives, path, next, standing } = shown;
  const again = `${path}/destinatari?${new URLSearchParams({
    righe: lives.map(({ exchangeId }) => exchangeId).join(','),
    ...(standing !== null && { stato: standing }),
    ...(next !== null && { seguenti: next }),
  })}`;
  return html`
  <section id="destinatari" class="d-lives" aria-label="Destinatari" hx-get="${again}" hx-trigger="desk:changed from:document" hx-headers='{"x-background":"1"}' hx-select="#destinatari" hx-swap="outerMorph">
    ${sums(shown)}
    <table class="d-matrix">
      <caption class="visually-hidden">A che punto è il messaggio per ciascun destinatario</caption>
      <thead><tr><th scope="col">Destinatario</th>${STATIONS.map((one) => html`<th scope="col">${STATION_NAMES[one]}</th>`)}<th scope="col">A che punto è</th><th scope="col"><span class="visually-hidden">Prove</span></th></tr></thead>
      ${lives.map((life) => row(life, shown))}
    </table>
    ${
      next !== null &&
      html`<nav class="d-pager" aria-label="Altri destinatari">${linkButton({
        label: 'Mostra i successivi',
        kind: 'secondary',
        href: `${path}/destinatari?${new URLSearchParams({ da: next, ...(standing !== null && { stato: standing }) })}`,
      })}</nav>`
    }
  </section>`;
}

const SUMS: readonly (readonly [
  kind: 'ok' | 'state' | 'wait' | 'bad',
  words: readonly [one: string, many: string],
  states: readonly OutgoingState[],
])[] = [
  ['ok', ['confermato', 'confermati'], ['confirmed']],
  ['state', ['consegnato', 'consegnati'], ['delivered']],
  ['wait', ['in viaggio', 'in viaggio'], ['queued', 'sent', 'accepted']],
  ['wait', ['senza prova', 'senza prova'], ['unevidenced']],
  ['bad', ['non consegnato', 'non consegnati'], ['failed']],
  ['bad', ['rifiutato o annullato', 'rifiutati o annullati'], ['excepted', 'annulled']],
  ['state', ['inviato altrove', 'inviati altrove'], ['replaced']],
  ['state', ['annullato da noi', 'annullati da noi'], ['withdrawn']],
];

/** "12 destinatari, 7 confermati, 3 consegnati…" */
export function livesSums(counts: LifeCounts): Html {
  const total = counts.trouble + counts.waiting + counts.done;
  return html`<p class="d-sums-list"><strong>${total}</strong> ${total === 1 ? 'destinatario' : 'destinatari'}${SUMS.map(
    ([kind, [one, many], states]) => {
      const sum = states.reduce((all, state) => all + (counts.states[state] ?? 0), 0);
      return (
        sum > 0 && html` <span class="d-sum"><strong>${sum}</strong> ${badge(kind, sum === 1 ? one : many)}</span>`
      );
    },
  )}</p>`;
}

function sums({ counts, standing, path }: LivesShown): Html {
  const filters = STANDINGS.filter((one) => counts[one] > 0);
  return html`
    <div class="d-sums">
      <div role="status">${livesSums(counts)}</div>
      <nav class="d-sums-filters" aria-label="Mostra">${
        filters.length > 1 &&
        html`<a href="${path}/destinatari"${attribute('aria-current', standing === null ? 'true' : null)}>tutti</a>${filters.map(
          (one) =>
            html`<a href="${path}/destinatari?stato=${one}"${attribute('aria-current', standing === one ? 'true' : null)}>${STANDING_NAMES[one]} (${counts[one]})</a>`,
        )}`
      }<a href="${path}/destinatari.csv" download>Elenco (CSV)</a></nav>
    </div>`;
}

function row(life: RecipientLife, shown: LivesShown): Html {
  const { exchangeId, name, address, standing, insteadOf } = life;
  const { kind, words } = whereItIs(life);
  const advice = adviceFor(life, shown.number);
  return html`
      <tbody id="d-${exchangeId}" class="d-life${standing === 'trouble' ? ' d-life--trouble' : ''}">
        <tr>
          <th scope="row"><a href="/messaggi/${exchangeId}" title="Il messaggio e la sua storia"><bdi>${name}</bdi></a><span class="d-second"><bdi>${address}</bdi>${insteadOf !== null && html`, invece di <bdi>${insteadOf}</bdi>`}</span></th>
          ${STATIONS.map((station) => cell(life, station, shown.now))}
          <td class="d-life-where">${kind === 'bad' ? badge(kind, words) : words}</td>
          <td class="d-life-proofs"><a href="${shown.path}/destinatari/${exchangeId}/prove.zip" download aria-label="Prove dello scambio con ${name}">Prove</a></td>
        </tr>${
          advice !== null &&
          html`
        <tr class="d-life-advice"><td colspan="8"><div class="d-note d-note--bad"><p><strong>Che cosa fare.</strong> ${advice}</p>${shown.maySend && acts(life, shown)}</div></td></tr>`
        }
      </tbody>`;
}

/** Sending again and elsewhere are done once, by their key, and only to what the person has seen. */
function acts({ exchangeId, state, version, name }: RecipientLife, { path, token }: LivesShown): Html | false {
  const at = `${path}/destinatari/${exchangeId}`;
  const mayRepeat = state === 'failed' || state === 'sent' || state === 'accepted' || state === 'delivered';
  return (
    mayRepeat &&
    actBar(
      state === 'failed' &&
        linkButton({
          label: 'Invia a un altro indirizzo…',
          kind: 'primary',
          small: true,
          href: `${at}/altro-indirizzo`,
          says: `Invia a un altro indirizzo: ${name}`,
        }),
      html`<form method="post" action="${at}/invia-di-nuovo">${actFields({ token }, { version })}${button({
        label: 'Invia di nuovo',
        kind: 'secondary',
        small: true,
        says: `Invia di nuovo a ${name}`,
      })}</form>`,
    )
  );
}

function cell(life: RecipientLife, station: Station, now: Date): Html {
  const { steps, stop, answerWanted, state, dueAt } = life;
  const label = STATION_NAMES[station];
  const step = steps[station];
  if (stop?.before === station)
    return html`<td class="d-cell d-cell--failed" data-label="${label}"><span class="d-life-mark" aria-hidden="true"></span>${linked(html`${stoppedAt(station)} ${rome(stop.at, now)}`, stop.mail)}</td>`;
  if (step !== null) {
    const following = STATIONS[STATIONS.indexOf(station) + 1];
    const goesOn = following !== undefined && (steps[following] !== null || stop?.before === following);
    return html`<td class="d-cell d-cell--proven${goesOn ? ' d-cell--on' : ''}" data-label="${label}"><span class="d-life-mark" aria-hidden="true"></span>${linked(rome(step.at, now), step.mail)}</td>`;
  }
  if (stop !== null) return EMPTY;
  if (state === 'unevidenced' && station === 'delivered')
    return html`<td class="d-cell d-cell--words" data-label="${label}">senza prova</td>`;
  if (station === 'confirmed' && !answerWanted)
    return html`<td class="d-cell d-cell--words" data-label="${label}">non prevista</td>`;
  const isNext = AWAITED_STATION[state] === station;
  if (!isNext) return EMPTY;
  const term = dueAt === null ? html`in ritardo` : html`entro ${rome(dueAt, now)}`;
  return html`<td class="d-cell d-cell--coming" data-label="${label}"><span class="d-life-mark" aria-hidden="true"></span><span>${term}</span></td>`;
}

const EMPTY = html`<td class="d-cell d-cell--none"></td>`;

const AWAITED_STATION: Partial<Record<OutgoingState, Station>> = {
  queued: 'sent',
  sent: 'accepted',
  accepted: 'delivered',
  delivered: 'confirmed',
};

const linked = (words: Html, mail: string | null): Html =>
  mail === null ? html`<span>${words}</span>` : html`<a href="/messaggi/${mail}" title="La prova">${words}</a>`;
