/** A receipt to print, the mail behind one step, and a mail that belongs to no exchange. */
import { eventLabel, exchangeStateLabel } from '../../../../service/evidence/labels.ts';
import type { DocumentPreview } from '../../../../service/previews/preview.ts';
import type { LoneMail, MessageSheet } from '../../../../service/queries/message-sheets.ts';
import type { MessageDetail } from '../../../../service/queries/views.ts';
import type { Office } from '../../../../service/register/office.ts';
import { verdicts } from '../components/badge.ts';
import { linkButton } from '../components/buttons.ts';
import { dataTable } from '../components/lists.ts';
import { facts, note, part, sheet } from '../components/note.ts';
import { num, romeFull } from '../components/when.ts';
import { type Html, html } from '../template.ts';
import type { View } from '../view.ts';
import { documentPane, type Viewer } from './document-pane.ts';
import { type ShownDocument, shortSubject, sizeInWords } from './shown-document.ts';
import { verdictLines } from './verdict-lines.ts';

const asDocument = ({ id, size, sha256 }: MessageDetail): ShownDocument => ({
  name: `${id}.eml`,
  mediaType: 'message/rfc822',
  size,
  sha256,
  href: sha256 === '' ? null : `/documenti/posta/${id}`,
  isPrimary: false,
  wrong: null,
});

const verdictSheet = ({ inspection, note: said }: MessageDetail): Html =>
  part(
    { title: 'Che cosa è provato' },
    inspection === null
      ? html`<p>${said ?? 'Il messaggio non è stato esaminato.'}</p>`
      : verdicts(verdictLines(inspection)),
  );

export function evidencePage(
  { exchange }: MessageSheet,
  mail: MessageDetail,
  preview: DocumentPreview | null,
  viewer: Viewer,
): View {
  const events = exchange.events.filter(({ message }) => message === mail.id);
  const title = events.length === 0 ? 'La prova' : `La prova: ${events.map(({ type }) => eventLabel(type)).join(', ')}`;
  return {
    title,
    at: 'scrivania',
    keys: ['Escape'],
    body: html`<p class="d-crumb"><a href="/messaggi/${exchange.id}" data-escape>← Al messaggio</a></p><div class="d-message"><div class="d-message-main">${sheet(
      html`<div class="d-part"><h1>${title}</h1><p class="d-second">Arrivata il ${romeFull(mail.arrivedAt)} nella casella <bdi>${mail.mailbox}</bdi>.</p></div>`,
      verdictSheet(mail),
    )}</div><div class="d-message-docs">${sheet(documentPane(asDocument(mail), preview, viewer))}</div></div>`,
  };
}

export function loneMailView(
  { mail, tasks }: LoneMail,
  preview: DocumentPreview | null,
  viewer: Viewer,
  mayDecide: boolean,
): View {
  const subject = shortSubject(mail.subject ?? '');
  return {
    title: subject,
    at: 'scrivania',
    keys: ['Escape'],
    body: html`<p class="d-crumb"><a href="/scrivania" data-escape>← Scrivania</a></p><div class="d-message"><div class="d-message-main">${sheet(
      html`<div class="d-part d-message-head"><h1><bdi>${subject}</bdi></h1><p class="d-message-who"><bdi>${mail.sender ?? 'mittente non leggibile'}</bdi><span class="d-second"> · ${romeFull(mail.arrivedAt)}</span></p>
      ${mail.note !== null && note('info', html`${mail.note}`)}
      ${tasks
        .filter(({ closedAt }) => closedAt === null)
        .map((task) =>
          note(
            'warn',
            html`<strong>Perché è qui.</strong> <bdi>${task.sentence.slice(0, 2_000)}</bdi> <strong>Che cosa fare.</strong> ${task.advice}${mayDecide && html`<p class="d-note-acts"><a href="/messaggi/${mail.id}/segnalazioni/${task.id}/chiudi">Chiudi la segnalazione…</a></p>`}`,
          ),
        )}</div>`,
      verdictSheet(mail),
    )}</div><div class="d-message-docs">${sheet(documentPane(asDocument(mail), preview, viewer))}</div></div>`,
  };
}

/** For the file, and for whoever asks what became of a message. */
export function receiptView(
  office: Office,
  { exchange, registration }: MessageSheet,
  documents: readonly ShownDocument[],
  now: Date,
): View {
  return {
    title: 'Ricevuta',
    bare: true,
    body: html`<div class="d-message-paper">
      <p class="d-no-print d-acts">${linkButton({ label: '← Al messaggio', href: `/messaggi/${exchange.id}`, kind: 'quiet' })}</p>
      <h1>${office.name}</h1>
      <h2>${exchange.direction === 'incoming' ? 'Ricevuta di un messaggio arrivato' : 'Ricevuta di un messaggio inviato'}</h2>
      ${facts([
        [
          'Protocollo',
          registration === null ? 'non registrato' : html`${num(registration)}, ${romeFull(registration.at)}`,
        ],
        ['Oggetto', html`<bdi>${shortSubject(exchange.subject)}</bdi>`],
        [
          exchange.direction === 'incoming' ? 'Mittente' : 'Destinatario',
          html`<bdi>${exchange.peer.slice(0, 400)}</bdi>`,
        ],
        ['Loro protocollo', exchange.peerNumber],
        ['Stato', exchangeStateLabel(exchange.direction, exchange.state)],
        ['Stampata', romeFull(now)],
      ])}
      <h2>Che cosa è accaduto</h2>
      ${dataTable({ caption: 'Storia dello scambio', head: ['Quando', 'Che cosa'], rows: exchange.events.slice(0, 200).map(({ at, type }) => [romeFull(at), eventLabel(type)]) })}
      <h2>Documenti</h2>
      ${dataTable({
        caption: 'Documenti e impronte',
        head: ['Documento', 'Dimensione', 'Impronta (SHA-256)'],
        rows: documents
          .slice(0, 500)
          .map(({ name, size, sha256 }) => [
            html`<bdi>${name}</bdi>`,
            sizeInWords(size),
            html`<code class="d-code">${sha256}</code>`,
          ]),
      })}
    </div>`,
  };
}
