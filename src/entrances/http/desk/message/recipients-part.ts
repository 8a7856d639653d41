/** To whom a message was sent, and what became of it at each: trouble first. */
import { exchangeStateLabel } from '../../../../service/evidence/labels.ts';
import type { RecipientPage, RecipientRow } from '../../../../service/queries/message-sheets.ts';
import { dataTable, pager } from '../components/lists.ts';
import { rome } from '../components/when.ts';
import { type Html, html } from '../template.ts';
import { exchangeBadge } from './message-state.ts';

export interface ShownRecipients {
  readonly page: RecipientPage;
  readonly counts: ReadonlyMap<string, number>;
}

export function recipientsPart(exchange: string, { page, counts }: ShownRecipients, now: Date): Html {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return html`<section class="d-sheet d-recipients" id="destinatari">
    <div class="d-part"><h2 class="d-h3">${total === 1 ? 'Il destinatario' : `${total} destinatari`}</h2>
    <p class="d-second">${[...counts].map(([state, count]) => `${count} ${exchangeStateLabel('outgoing', state)}`).join(' · ')}</p></div>
    ${dataTable({
      caption: 'Destinatari e a che punto è ciascuno',
      head: ['Destinatario', 'Inviato', 'Accettato', 'Consegnato', 'Confermato', 'A che punto è', 'Prove'],
      rows: page.items.map((row) => cellsOf(row, exchange, now)),
    })}
    ${pager(`/messaggi/${exchange}`, new URLSearchParams(), page.cursor)}
  </section>`;
}

function cellsOf(row: RecipientRow, shown: string, now: Date): readonly (Html | string)[] {
  const { exchange, name, address, state, events, peerNumber, dueAt } = row;
  const at = (...types: readonly string[]): Html => {
    const event = types.map((type) => events[type]).find((one) => one !== undefined);
    if (event === undefined)
      return html`<span class="d-second">–<span class="visually-hidden"> non ancora</span></span>`;
    const time = rome(event.at, now);
    return event.mail === null ? time : html`<a href="/messaggi/${exchange}/prova/${event.mail}">${time}</a>`;
  };
  return [
    html`<bdi>${name ?? address}</bdi>${name !== null && html`<span class="d-second d-below"><bdi>${address}</bdi></span>`}`,
    at('message-sent'),
    at('receipt-accettazione'),
    at('receipt-avvenuta-consegna'),
    at('confirmation'),
    html`${exchangeBadge({ direction: 'outgoing', state })}${peerNumber !== null && html` <span class="d-second">loro n.\u00a0<bdi>${peerNumber}</bdi></span>`}${dueAt !== null && html` <span class="d-second">entro ${rome(dueAt, now)}</span>`}`,
    exchange === shown
      ? 'questo'
      : html`<a href="/messaggi/${exchange}">Apri<span class="visually-hidden"> lo scambio con ${name ?? address}</span></a>`,
  ];
}
