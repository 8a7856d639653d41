/** What is printed of a registration: the label for the sheet, and the receipt for whoever handed it in. */
import { sha256 } from '../../../../kernel/digest.ts';
import { problem } from '../../../../kernel/problems.ts';
import { readerOf } from '../../../../service/people/rights.ts';
import type { RegistrationDetail } from '../../../../service/queries/views.ts';
import { registrationNamed } from '../assignments/assignment-deps.ts';
import { longDay, registrationPath, romeFull, shortDay } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { attribute, type Html, html } from '../template.ts';
import { sizeWords } from '../uploads/document-list.ts';
import { refused, type View } from '../view.ts';
import type { Visit } from '../visit.ts';
import type { ByHandScreenDeps } from './by-hand-deps.ts';
import { qrCode } from './qr-code.ts';
import { WAY_NAMES } from './words.ts';

const FORMATS = { '62x29': '62 × 29 mm', '57x32': '57 × 32 mm', '100x50': '100 × 50 mm', a4: 'foglio A4' } as const;
type Format = keyof typeof FORMATS;
const ON_A_SHEET = 24;
const DIRECTION_LETTERS = { incoming: 'E', outgoing: 'U', internal: 'I' } as const;

export function paperRoutes(desk: Desk, deps: ByHandScreenDeps): void {
  desk.page({ path: '/registro/:year/:number/etichetta', right: 'register:read' }, async (visit) => {
    const found = await registrationOf(visit, deps);
    return found === null ? refused(problem('not-found'), '/registro') : labelView(visit, found);
  });
  desk.page({ path: '/registro/:year/:number/ricevuta', right: 'register:read' }, async (visit) => {
    const found = await registrationOf(visit, deps);
    if (found === null) return refused(problem('not-found'), '/registro');
    const key = { register: found.register, year: found.year, number: Number(found.number) };
    return receiptView(visit, found, await deps.records.arrival(visit.aoo, key));
  });
}

async function registrationOf(
  visit: Visit<'register:read'>,
  { views }: ByHandScreenDeps,
): Promise<RegistrationDetail | null> {
  const key = registrationNamed(visit.office, visit.params);
  if (key === null) return null;
  return views.registration(`${visit.aoo}/${key.register}/${key.year}/${key.number}`, readerOf(visit.caller));
}

/** `IPA|AOO|register|number|date|sha256 prefix`: no norm says what stands in it. */
const codeText = ({ office }: Visit<'register:read'>, one: RegistrationDetail): string =>
  [
    office.administration,
    office.code,
    one.register,
    one.number,
    one.date,
    (one.documents[0]?.sha256 ?? '').slice(0, 16),
  ].join('|');

function labelView(visit: Visit<'register:read'>, one: RegistrationDetail): View {
  const asked = visit.query.text('formato');
  const format: Format = asked in FORMATS ? (asked as Format) : '62x29';
  const path = `${registrationPath(one)}/etichetta`;
  const place = Math.min(ON_A_SHEET, Math.max(1, Number(visit.query.text('posto')) || 1));
  const label = labelOf(visit, one);
  return {
    title: `Etichetta ${one.number}/${one.year}`,
    bare: true,
    body: html`
  <div class="d-paper d-no-print">
    <p><a href="${registrationPath(one)}">← Registrazione ${one.number}/${one.year}</a></p>
    <h1 class="d-h1">Etichetta</h1>
    <nav aria-label="Formato"><ul class="d-formats">${Object.entries(FORMATS).map(
      ([name, words]) =>
        html`<li><a href="${path}?formato=${name}"${attribute('aria-current', name === format ? 'page' : null)}>${words}</a></li>`,
    )}</ul></nav>
    ${format === 'a4' && html`<form class="d-acts" action="${path}"><input type="hidden" name="formato" value="a4"><label for="posto">Primo posto libero del foglio (1-${ON_A_SHEET})</label> <input class="d-input d-input--short" id="posto" name="posto" type="number" min="1" max="${ON_A_SHEET}" value="${place}"> <button class="d-button d-button--secondary">Sposta</button></form>`}
    <p class="d-second">L’etichetta va sul foglio o su una copia, mai su un PDF firmato: il numero lo guasterebbe.</p>
    <span data-module="print"><button type="button" class="d-button d-button--primary" data-print hidden>Stampa</button></span>
  </div>
  ${
    format === 'a4'
      ? html`<div class="d-label-sheet">${Array.from({ length: place - 1 }, () => html`<div class="d-label-free" aria-hidden="true"></div>`)}${label}</div>`
      : html`<div class="d-label-page d-label-page--${format}">${label}</div>`
  }`,
  };
}

const labelOf = (visit: Visit<'register:read'>, one: RegistrationDetail): Html => html`
  <div class="d-label"><div class="d-label-text">
    <p class="d-label-office">${visit.office.name}</p>
    <p class="d-label-number">Prot. n. ${one.number}/${one.year}</p>
    <p>${shortDay(one.date)} ${one.time.slice(0, 5)} · ${DIRECTION_LETTERS[one.direction]}${one.classification !== null && html` · ${one.classification}`}</p>
  </div>${qrCode(codeText(visit, one), 'Codice con i dati di protocollo')}</div>`;

type Arrival = Awaited<ReturnType<ByHandScreenDeps['records']['arrival']>>;

/** L. 241/1990 art. 18-bis: issued at once, with the term for the answer and what silence means. */
function receiptView(visit: Visit<'register:read'>, one: RegistrationDetail, arrival: Arrival): View {
  const incoming = one.direction === 'incoming';
  return {
    title: `Ricevuta ${one.number}/${one.year}`,
    bare: true,
    body: html`
  <div class="d-paper d-no-print">
    <p><a href="${registrationPath(one)}">← Registrazione ${one.number}/${one.year}</a></p>
    <p class="d-second">Completa i due campi, se servono, e stampa: quello che scrivi sta solo sul foglio.</p>
    <span data-module="print"><button type="button" class="d-button d-button--primary" data-print hidden>Stampa la ricevuta</button></span>
    <a class="d-button d-button--secondary" href="${registrationPath(one)}/etichetta">Etichetta</a>
    <a class="d-button d-button--quiet" href="/registra">Nuova registrazione</a>
  </div>
  <article class="d-receipt">
    <p class="d-receipt-office">${visit.office.name}</p>
    <h1>Ricevuta di ${incoming ? 'presentazione' : 'protocollazione'}</h1>
    <p>(art. 18-bis della legge 7 agosto 1990, n. 241)</p>
    <dl class="d-facts">
      <dt>Protocollo</dt><dd><strong>n. ${one.number}/${one.year}</strong></dd>
      <dt>Registrato il</dt><dd>${longDay(one.date)}, ore ${one.time}</dd>
      ${arrival?.receivedAt != null && html`<dt>Presentato il</dt><dd>${romeFull(arrival.receivedAt)}, ${WAY_NAMES[arrival.carrier as keyof typeof WAY_NAMES] ?? arrival.carrier}</dd>`}
      <dt>${incoming ? 'Presentato da' : 'Destinatario'}</dt><dd>${incoming ? one.correspondent : one.recipients.join('; ') || one.correspondent}</dd>
      <dt>Oggetto</dt><dd>${one.subject}</dd>
    </dl>
    <h2>Documenti</h2>
    ${
      one.documents.length === 0
        ? html`<p>Originale di carta, senza copia digitale.</p>`
        : html`<ol class="d-receipt-documents">${one.documents.map(
            ({ name, size, sha256: digest }) =>
              html`<li>${name} (${sizeWords(size)})<br><span class="d-second">impronta SHA-256 <code>${digest}</code></span></li>`,
          )}</ol>`
    }
    <p class="d-receipt-line"><label for="termine">Termine entro cui l’amministrazione risponde:</label> <input id="termine" class="d-receipt-field" maxlength="200"></p>
    <p class="d-receipt-line"><label for="silenzio">Se l’amministrazione non risponde:</label> <input id="silenzio" class="d-receipt-field" maxlength="200"></p>
    <p>I termini corrono dal giorno della presentazione.</p>
    <p class="d-receipt-sign">Per l’ufficio di protocollo: ${arrival?.registeredByName ?? visit.caller.name}</p>
    <div>${qrCode(codeText(visit, one), 'Codice con i dati di protocollo')}</div>
    <p class="d-second">Controllo: ${sha256(codeText(visit, one)).slice(0, 12)}</p>
  </article>`,
  };
}
