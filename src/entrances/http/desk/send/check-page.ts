/** What a person sees before sending: mistakes by their row, sizes, and what the other offices will read. */
import type { Problem } from '../../../../kernel/problems.ts';
import type { ProtocolMessage } from '../../../../model/segnatura.ts';
import type { CheckedRow, SegnaturaPreview, SendCheck } from '../../../../service/outgoing/check-before-sending.ts';
import { actBar, button, linkButton } from '../components/buttons.ts';
import { dataTable } from '../components/lists.ts';
import { facts, note, part, sheet } from '../components/note.ts';
import { type Html, html } from '../template.ts';
import type { View } from '../view.ts';
import { actFields } from '../visit.ts';
import type { ListedLine } from './draft-content.ts';
import { kilobytes } from './send-form.ts';

export interface CheckShown {
  readonly draftId: string;
  readonly version: number;
  readonly subject: string;
  readonly text: string;
  readonly lines: readonly ListedLine[];
  readonly check: SendCheck;
  readonly documents: readonly { readonly name: string; readonly size: number }[];
  /** Of what stands outside the list of recipients. */
  readonly problems: readonly string[];
  readonly token: string;
}

const SHOWN_ROWS = 50;

export function checkView(shown: CheckShown): View {
  const { check, draftId, version } = shown;
  const wrong = check.rows.filter(({ problem }) => problem !== null);
  const problems = [...new Set([...shown.problems, ...check.problems.map(({ message }) => message)])];
  const isReady = wrong.length === 0 && problems.length === 0 && check.rows.length > 0;
  const count = check.rows.length;
  const back = `/invia?bozza=${draftId}`;
  return {
    title: isReady ? 'Controlla il messaggio' : 'Errore: Controlla il messaggio',
    at: 'invia',
    status: isReady ? 200 : 422,
    body: html`
    <p class="d-crumb"><a href="${back}">← Modifica il messaggio</a></p>
    <div class="d-head"><h1 class="d-h1">Controlla il messaggio</h1></div>
    ${!isReady && faultsOf(problems, wrong, shown)}
    ${check.warnings.length > 0 && note('warn', html`${check.warnings.map(({ message }) => html`<p><strong>${message}</strong></p>`)}<p>Se va bene così, invia lo stesso.</p>`)}
    <div class="d-columns d-columns--form">
      ${sheet(
        part({ title: `${count} ${count === 1 ? 'destinatario' : 'destinatari'}` }, recipientTable(shown)),
        part(
          { title: 'Che cosa leggeranno' },
          html`${check.previews.map(preview)}${hasPlain(check) && plainPreview(shown)}`,
        ),
      )}
      ${sheet(
        part(
          { title: 'Documenti' },
          html`<ul class="d-list">${shown.documents.map(({ name, size }, place) => html`<li><bdi>${name}</bdi>, ${kilobytes(size)}${place === 0 && ' · principale'}</li>`)}</ul>`,
        ),
        part({ title: 'Peso' }, sizes(check)),
      )}
    </div>
    <form method="post" action="/invia" class="d-form-acts">
      ${actFields(shown, { version })}<input type="hidden" name="bozza" value="${draftId}">
      ${actBar(
        isReady && button({ label: `Invia ${count} ${count === 1 ? 'messaggio' : 'messaggi'}`, kind: 'primary' }),
        linkButton({ label: 'Modifica', kind: 'secondary', href: back }),
      )}
      <p class="d-second">Un numero solo, anche se premi due volte o la rete cade.</p>
    </form>`,
  };
}

/** Only the wrong rows, each with the number that it has where the person wrote it. */
function faultsOf(problems: readonly string[], wrong: readonly CheckedRow[], { lines }: CheckShown): Html {
  return html`<div class="d-note d-note--bad" role="alert" tabindex="-1" data-module="error-summary" id="riepilogo-errori"><h2 class="d-h3">Non è ancora pronto</h2>
    ${problems.length > 0 && html`<ul>${problems.map((one) => html`<li>${one}</li>`)}</ul>`}
    ${
      wrong.length > 0 &&
      html`<p>${wrong.length === 1 ? 'Una riga è da correggere' : `${wrong.length} righe sono da correggere`}:</p>${dataTable(
        {
          caption: 'Righe da correggere',
          head: ['Riga', 'Hai scritto', 'Che cosa non va', 'Forse intendevi'],
          // All of them: whoever corrects a pasted list wants to do so once.
          rows: wrong.map((row) => [
            placeOf(lines[row.row - 1]),
            html`<bdi>${lines[row.row - 1]?.written ?? row.named}</bdi>`,
            withOwnRow(row, lines),
            html`${row.suggestions.slice(0, 3).map(({ key, name, bodyName }) => html`<span class="d-suggested"><bdi>${[bodyName, name].filter(Boolean).join(', ')}</bdi> &lt;${key}&gt;</span> `)}`,
          ]),
        },
      )}`
    }</div>`;
}

const placeOf = (line: ListedLine | undefined): string =>
  line === undefined ? '' : line.copy ? `conoscenza, ${line.row}` : String(line.row);

/** A double is told by the row where the same address stands first, as the person counts. */
function withOwnRow({ problem: why }: CheckedRow, lines: readonly ListedLine[]): string {
  if (why === null) return '';
  if (why.code !== 'recipient-row-doubled') return why.message;
  return why.message.replace(/\d+/, (row) => placeOf(lines[Number(row) - 1]));
}

function recipientTable({ check, lines }: CheckShown): Html {
  const isWarned = check.rows.some(({ warnings }) => warnings.length > 0);
  return html`
  ${dataTable({
    caption: 'Destinatari',
    head: ['Riga', 'Destinatario', 'Riceve', ...(isWarned ? ['Da sapere'] : [])],
    rows: check.rows
      .slice(0, SHOWN_ROWS)
      .map((row) => [
        placeOf(lines[row.row - 1]),
        row.recipient === null
          ? html`<bdi>${row.named}</bdi>`
          : html`<bdi>${row.recipient.correspondent.name}</bdi><span class="d-second"> <bdi>${row.recipient.address}</bdi></span>`,
        row.recipient === null
          ? ''
          : row.generation === null
            ? 'PEC con il numero nel testo'
            : `segnatura ${row.generation}`,
        ...(isWarned
          ? [html`${row.warnings.map(({ message }: Problem) => html`<span class="d-warned">▲ ${message}</span>`)}`]
          : []),
      ]),
  })}${check.rows.length > SHOWN_ROWS && html`<p class="d-second">e altri ${check.rows.length - SHOWN_ROWS}, tutti controllati.</p>`}`;
}

const hasPlain = ({ rows }: SendCheck): boolean => rows.some(({ recipient }) => recipient?.plain === true);

const preview = ({ generation, bytes, message, lost }: SegnaturaPreview): Html =>
  html`<section aria-label="Segnatura ${generation}"><h3 class="d-h3">Gli uffici, nella segnatura ${generation}</h3>
    ${segnaturaFacts(message)}
    ${lost.length > 0 && html`<p class="d-second">Questa versione non prevede tutto: ${lost.map(({ message: told }) => told).join(' ')}</p>`}
    <details class="d-how"><summary>Il file Segnatura.xml</summary><pre class="d-preview" tabindex="0">${bytes.toString('utf8').slice(0, 20_000)}</pre></details></section>`;

const segnaturaFacts = (message: ProtocolMessage): Html =>
  facts([
    ['Mittente', html`<bdi>${message.sender.name}</bdi>`],
    ['Protocollo', 'il numero si prende quando invii'],
    ['Oggetto', html`<bdi>${message.subject}</bdi>`],
    ['Destinatari', message.recipients.length],
    ['Conferma', message.confirmationRequested ? 'richiesta' : 'non richiesta'],
    ['Classifica', message.classifications.map(({ levels }) => levels.join('.')).join(', ')],
    ['Risponde a', (message.references ?? []).map(({ description }) => description ?? '').join(', ')],
    [
      'Documenti',
      html`${message.documents.map(({ name, role }) => html`<div><bdi>${name}</bdi>${role === 'primary' && ' (principale)'}</div>`)}`,
    ],
  ]);

const plainPreview = ({ subject, text }: CheckShown): Html => html`
  <section aria-label="Ditte e cittadini"><h3 class="d-h3">Ditte e cittadini</h3>
    ${facts([['Oggetto', html`<bdi>${subject}</bdi>`]])}
    <pre class="d-preview" tabindex="0">${text.trim() === '' ? 'Si trasmettono i documenti allegati.' : text.trimEnd()}

(nome dell’ufficio)
Protocollo n. (il numero) del (la data)</pre></section>`;

const sizes = ({ bytes, limit, rows }: SendCheck): Html =>
  bytes === null
    ? html`<p>Il peso si vede quando il messaggio è completo.</p>`
    : html`<p>Ogni messaggio pesa al più <strong>${kilobytes(bytes)}</strong>; il gestore ne accetta ${kilobytes(limit)}.</p>
      <p class="d-second">In tutto ${rows.length} × ${kilobytes(bytes)} = ${kilobytes(bytes * rows.length)}.</p>`;
