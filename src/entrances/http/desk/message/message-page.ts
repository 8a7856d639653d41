/** Screen 2: a message. Documents first; at the right why it is here, what can be done, the exchange, and what is proven. */
import { TASKS } from '../../../../kernel/tasks.ts';
import { judgedMessage, type MessageContent } from '../../../../service/documents/message-content.ts';
import { mayDo } from '../../../../service/people/rights.ts';
import type { DocumentPreview } from '../../../../service/previews/preview.ts';
import type { MessageSheet } from '../../../../service/queries/message-sheets.ts';
import type { TaskView } from '../../../../service/queries/views.ts';
import { tag, verdicts } from '../components/badge.ts';
import { actBar, button, linkButton } from '../components/buttons.ts';
import { changedLine } from '../components/changed-line.ts';
import { icon } from '../components/icon.ts';
import type { KeyName } from '../components/keys-bar.ts';
import { note, part, sheet } from '../components/note.ts';
import { ended } from '../components/sentences.ts';
import { timeline } from '../components/timeline.ts';
import { cameFrom, wayBack, withWayBack } from '../components/way-back.ts';
import { num, registrationPath, rome, romeFull, shortDay } from '../components/when.ts';
import { presenceLine } from '../presence/presence-routes.ts';
import { attribute, type Html, html, NOTHING } from '../template.ts';
import type { View } from '../view.ts';
import { actFields } from '../visit.ts';
import { documentPane, type Viewer } from './document-pane.ts';
import type { OfficeVisit, SeenBefore } from './message-deps.ts';
import { actDialogs, type OfferedFiling } from './message-forms.ts';
import { actsOn, exchangeBadge, incomingSteps, type MessageAct, outgoingSteps } from './message-state.ts';
import { aboutPage } from './page-notes.ts';
import { segnaturaPart } from './segnatura-part.ts';
import { type ShownDocument, shortSubject, shownName } from './shown-document.ts';
import { verdictLines } from './verdict-lines.ts';

export interface ShownMessage {
  readonly sheet: MessageSheet;
  readonly documents: readonly ShownDocument[];
  /** Place of the one that is shown. */
  readonly chosen: number;
  readonly preview: DocumentPreview | null;
  readonly content: MessageContent | null;
  readonly seen: readonly SeenBefore[];
  /** To who may register it. */
  readonly offered: OfferedFiling | null;
  /** Of a sent message. */
  readonly recipients: Html | null;
  readonly viewer: Viewer;
  readonly now: Date;
}

/** More tabs than these are chosen from a list. */
const MOST_TABS = 4;
export function messageView(visit: OfficeVisit, shown: ShownMessage): View {
  const { exchange } = shown.sheet;
  const acts = mayDo(visit.caller, 'messages:decide') ? actsOn(shown.sheet) : new Set<MessageAct>();
  const subject = shortSubject(exchange.subject);
  const isOutgoing = exchange.direction === 'outgoing';
  return {
    title: subject,
    at: isOutgoing ? 'registro' : 'scrivania',
    keys: keysFor(acts, shown.documents.length > 1),
    body: html`
    <div class="d-message-top"><p class="d-crumb">${wayBack(visit, isOutgoing ? '/registro' : '/scrivania')}</p>${presenceLine(exchange.id)}${!isOutgoing && changedLine(String(exchange.version))}</div>
    <div class="d-message">
      <div class="d-message-main">${sheet(headPart(visit, shown, acts, subject))}${sheet(
        timelinePart(shown),
        verdictPart(shown),
        seenPart(shown),
        evidencePart(shown),
      )}</div>
      <div class="d-message-docs">${sheet(documentsPart(visit, shown), ...foldedParts(shown))}</div>
    </div>
    ${shown.recipients !== null && html`<h2 class="visually-hidden">Destinatari</h2>${shown.recipients}`}
    ${actDialogs(visit, shown.sheet, acts, shown.offered)}`,
  };
}

const keysFor = (acts: ReadonlySet<MessageAct>, hasMore: boolean): readonly KeyName[] => [
  ...(acts.has('register') ? (['r'] as const) : []),
  ...(acts.has('refuse') ? (['f'] as const) : []),
  ...(acts.has('close') ? (['m'] as const) : []),
  ...(acts.has('resend') ? (['i'] as const) : []),
  ...(hasMore ? (['d'] as const) : []),
  'p',
  'Escape',
];

function headPart(
  visit: OfficeVisit,
  { sheet: about, now }: ShownMessage,
  acts: ReadonlySet<MessageAct>,
  subject: string,
): Html {
  const { exchange, registration, plain } = about;
  const open = exchange.tasks.filter(({ closedAt }) => closedAt === null);
  return html`<div class="d-part d-message-head">
    <p class="d-message-state">${exchangeBadge(exchange, plain)}${registration !== null && html`<a href="${registrationPath(registration)}">${num(registration)}</a>`}${
      registration?.reserved === true && tag('riservato')
    }${exchange.dueAt !== null && html`<span class="d-second">entro ${rome(exchange.dueAt, now)}</span>`}</p>
    <h1 tabindex="-1" id="oggetto"><bdi>${subject}</bdi></h1>
    <p class="d-message-who"><bdi>${exchange.peer.slice(0, 400)}</bdi>${exchange.peerNumber !== null && html`<span class="d-second"> · loro n.\u00a0<strong><bdi>${exchange.peerNumber}</bdi></strong></span>`}</p>
    ${open.map((task, place) => taskNote(visit, exchange.id, task, place === 0))}
    ${actButtons(visit, about, acts)}
  </div>`;
}

function taskNote(visit: OfficeVisit, exchange: string, task: TaskView, isFirst: boolean): Html {
  const { until } = TASKS[task.code];
  const words = html`<strong>Perché è qui.</strong> <bdi>${ended(task.sentence.slice(0, 2_000))}</bdi> <strong>Che cosa fare.</strong> ${task.advice}`;
  const closing =
    until !== 'decided' &&
    mayDo(visit.caller, 'messages:decide') &&
    html`<p class="d-note-acts"><a href="/messaggi/${exchange}/segnalazioni/${task.id}/chiudi">Chiudi la segnalazione…</a></p>`;
  return isFirst
    ? note('warn', html`${words}${closing}`)
    : html`<div class="d-note d-note--info">${words}${closing}</div>`;
}

/** Each leads to a page of its own; with script, to the dialog of the same form. */
function actButtons(visit: OfficeVisit, { exchange }: MessageSheet, acts: ReadonlySet<MessageAct>): Html {
  const base = `/messaggi/${exchange.id}`;
  const asks = (
    act: MessageAct,
    path: string,
    label: string,
    kind: 'primary' | 'secondary' | 'quiet',
    key?: string,
  ): Html | false =>
    acts.has(act) &&
    html`<a class="d-button d-button--${kind}" href="${base}/${path}" data-opens="${path}"${attribute('data-key', key)}${attribute('aria-keyshortcuts', key)}>${label}${
      key !== undefined && html`<kbd class="d-key" aria-hidden="true">${key.toUpperCase()}</kbd>`
    }</a>`;
  const does = (
    act: MessageAct,
    path: string,
    label: string,
    kind: 'primary' | 'secondary',
    key?: string,
  ): Html | false =>
    acts.has(act) &&
    html`<form method="post" action="${base}/${path}">${actFields(visit, { version: exchange.version })}${button({ label, kind, ...(key !== undefined && { key }) })}</form>`;
  // Of a message that arrived, what goes out is our answer.
  const again = exchange.direction === 'incoming' ? 'Invia di nuovo la risposta' : 'Invia di nuovo';
  const main = acts.has('register') ? 'secondary' : 'primary';
  return acts.size === 0
    ? NOTHING
    : actBar(
        asks('register', 'registra', 'Registra…', 'primary', 'r'),
        does('confirm', 'conferma', 'Conferma', main),
        does('resend', 'invia-di-nuovo', again, acts.has('confirm') ? 'secondary' : main, 'i'),
        asks('refuse', 'rifiuta', 'Rifiuta…', acts.has('register') ? 'secondary' : 'quiet', 'f'),
        asks('close', 'metti-da-parte', 'Metti da parte…', 'quiet', 'm'),
        asks('hand-over', 'affida', 'Affida a una persona…', 'quiet'),
      );
}

const timelinePart = ({ sheet: about, now }: ShownMessage): Html =>
  part(
    { title: 'Lo scambio', id: 'scambio' },
    timeline(
      about.exchange.direction === 'incoming' ? incomingSteps(about, now) : outgoingSteps(about),
      'Lo scambio, passo per passo',
    ),
  );

function verdictPart({ sheet: about }: ShownMessage): Html | false {
  const inspection = about.mail?.inspection ?? null;
  if (about.exchange.direction === 'outgoing') return false;
  return part(
    { title: 'Che cosa è provato', id: 'prove' },
    inspection === null
      ? html`<p>${about.mail?.note ?? 'Il messaggio non è stato esaminato.'}</p>`
      : verdicts(verdictLines(inspection)),
  );
}

const WHY_SEEN = {
  document: 'ha lo stesso documento',
  number: 'ha lo stesso numero del mittente',
  subject: 'stesso mittente e oggetto simile',
} as const;

function seenPart({ sheet: about, seen }: ShownMessage): Html | false {
  if (about.exchange.direction === 'outgoing') return false;
  return part(
    { title: 'Già visto?' },
    seen.length === 0
      ? html`<p class="d-second">Nessun documento con la stessa impronta nel registro, e niente di simile da questo mittente.</p>`
      : html`<ul class="d-plain">${seen.map(
          (one) =>
            html`<li><a href="${registrationPath(one)}">${num(one)}</a> del ${shortDay(one.date)}, «<bdi>${shortSubject(one.subject)}</bdi>»: ${WHY_SEEN[one.why]}.</li>`,
        )}</ul>`,
  );
}

function evidencePart({ sheet: { exchange, mail } }: ShownMessage): Html {
  return part(
    {},
    html`<p class="d-acts">${linkButton({ label: 'Le prove (ZIP)', href: `/messaggi/${exchange.id}/prove.zip`, kind: 'secondary', small: true, key: 'p' })}${linkButton(
      {
        label: 'Ricevuta da stampare',
        href: `/messaggi/${exchange.id}/ricevuta`,
        kind: 'quiet',
        small: true,
      },
    )}${mail !== null && mail.sha256 !== '' && linkButton({ label: 'Messaggio com’è arrivato (.eml)', href: `/documenti/posta/${mail.id}`, kind: 'quiet', small: true })}</p>`,
  );
}

function documentsPart(
  visit: OfficeVisit,
  { sheet: { exchange }, documents, chosen, preview, viewer }: ShownMessage,
): Html {
  const shown = documents[chosen];
  if (shown === undefined)
    return html`<div class="d-part" id="documento"><h2 class="d-h3">Documenti</h2><p class="d-second">Il messaggio non ha documenti allegati: leggi il testo qui sotto.</p></div>`;
  const from = cameFrom(visit);
  const href = (place: number): string => {
    const address = `/messaggi/${exchange.id}?documento=${place + 1}`;
    return from === null ? address : withWayBack(address, from);
  };
  const tab = (one: ShownDocument, place: number): Html =>
    html`<li><a class="d-doc-tab" href="${href(place)}"${attribute('aria-current', place === chosen ? 'true' : null)}>${icon(one.name.toLowerCase().endsWith('.pdf') ? 'it-file-pdf-ext' : 'it-file')}<bdi>${one.name}</bdi>${
      one.wrong !== null && html` <span class="d-doc-wrong">${one.wrong}</span>`
    }</a></li>`;
  const near = documents.length <= MOST_TABS + 1 ? documents.length : MOST_TABS;
  const rest = documents.slice(near);
  const next = (chosen + 1) % documents.length;
  return html`<section id="documento" aria-label="Documenti">
    <h2 class="visually-hidden">Documenti</h2>
    <nav aria-label="Documenti del messaggio"><ul class="d-doc-tabs">${documents.slice(0, near).map(tab)}${
      chosen >= near && tab(shown, chosen)
    }</ul>${
      rest.length > 0 &&
      html`<details class="d-doc-rest"><summary>Altri ${rest.length} documenti</summary><ol class="d-doc-all" start="${near + 1}">${rest.map((one, index) => html`<li><a href="${href(near + index)}"><bdi>${one.name}</bdi></a>${one.wrong !== null && html` <span class="d-doc-wrong">${one.wrong}</span>`}</li>`)}</ol></details>`
    }${documents.length > 1 && html`<a class="visually-hidden" href="${href(next)}" data-key="d" aria-keyshortcuts="d" tabindex="-1">Documento seguente</a>`}</nav>
    ${documentPane(shown, preview, viewer)}
  </section>`;
}

function foldedParts({ sheet: { mail, plain }, content, documents }: ShownMessage): readonly Html[] {
  if (mail === null || content === null) return [];
  const message = judgedMessage(mail.inspection, content);
  const page = `/documenti/posta/${mail.id}/pagina`;
  const text = html`${content.problem !== null && note('warn', html`${content.problem.message}`)}${
    content.text !== null
      ? html`<pre class="d-doc-text" tabindex="0" aria-label="Testo del messaggio">${content.text}</pre>`
      : !content.hasPage && html`<p class="d-second">Il messaggio non ha un testo.</p>`
  }${
    content.hasPage &&
    html`<details class="d-doc-list"${content.text === null && html` open`}><summary>Com’era impaginato</summary><iframe class="d-page-frame" sandbox="" src="${page}" title="Messaggio com’era impaginato" loading="lazy" referrerpolicy="no-referrer"></iframe><p class="d-second d-doc-cut">Immagini e collegamenti di altri siti non sono caricati.</p></details>${
      content.page !== null
        ? aboutPage(content.page.removed, content.page.links)
        : html`<p class="d-second d-doc-cut">Il messaggio è troppo grande per elencarne i collegamenti: non si aprono da qui.</p>`
    }`
  }`;
  return [
    folded('Testo del messaggio', text, documents.length === 0),
    message === null
      ? folded(
          plain ? 'Segnatura: non c’è' : 'Segnatura',
          html`<p class="d-second">In questo messaggio non c’è una segnatura che si possa leggere.</p>`,
        )
      : folded('Segnatura, da leggere', segnaturaPart(message)),
    folded('Parti tecniche', technicalPart(mail)),
  ];
}

const folded = (title: string, content: Html, isOpen = false): Html =>
  html`<details class="d-folded"${isOpen && html` open`}><summary>${title}</summary><div class="d-folded-content">${content}</div></details>`;

function technicalPart({
  id,
  sha256,
  size,
  mailbox,
  arrivedAt,
  inspection,
  kind,
}: NonNullable<MessageSheet['mail']>): Html {
  const pec = inspection?.pec ?? null;
  return html`<dl class="d-facts">
    <dt>Casella</dt><dd><bdi>${mailbox}</bdi></dd>
    <dt>Arrivato</dt><dd>${romeFull(arrivedAt)}</dd>
    <dt>Messaggio</dt><dd>${sha256 === '' ? 'non conservato' : html`<a href="/documenti/posta/${id}">${shownName(`${id}.eml`)}</a>, ${size} byte`}</dd>
    <dt>Impronta</dt><dd><code class="d-code">${sha256}</code></dd>
    <dt>Tipo</dt><dd><code class="d-code">${kind}</code></dd>
    ${pec?.type != null && html`<dt>Busta</dt><dd><bdi>${pec.type}</bdi></dd>`}
    ${pec?.identifier != null && html`<dt>Identificativo</dt><dd><code class="d-code"><bdi>${pec.identifier}</bdi></code></dd>`}
    ${pec?.messageId != null && html`<dt>Message-ID</dt><dd><code class="d-code"><bdi>${pec.messageId}</bdi></code></dd>`}
    ${inspection?.segnatura != null && html`<dt>Segnatura</dt><dd>versione ${inspection.segnatura.generation}</dd>`}
  </dl>`;
}
