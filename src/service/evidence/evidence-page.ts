/** The page for people: Italian, self-contained, everything from outside escaped. */
import { italianDay, italianTime } from '../../kernel/clock.ts';
import { protocolNumber } from '../../kernel/ids.ts';
import type { EvidenceFile, EvidenceIndex, RegistrationIndex } from './evidence-index.ts';
import { eventLabel, exchangeStateLabel, stateLabel } from './labels.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Invisible characters, and those that turn the writing direction, are replaced by their names. */
export const escapeHtml = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
    .replace(
      /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
      (character) => `[U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );

type Cell = string | { readonly html: string };
const cell = (value: Cell): string => (typeof value === 'string' ? escapeHtml(value) : value.html);

const table = (head: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  `<table><thead><tr>${head.map((title) => `<th scope="col">${escapeHtml(title)}</th>`).join('')}</tr></thead><tbody>${rows
    .map((row) => `<tr>${row.map((value) => `<td>${cell(value)}</td>`).join('')}</tr>`)
    .join('\n')}</tbody></table>`;

const definitionList = (rows: readonly (readonly [string, Cell | null])[]): string =>
  `<dl>${rows
    .flatMap(([name, value]) => (value === null ? [] : [`<dt>${escapeHtml(name)}</dt><dd>${cell(value)}</dd>`]))
    .join('\n')}</dl>`;

const link = (name: string): Cell => ({ html: `<a href="${escapeHtml(name)}">${escapeHtml(name)}</a>` });
const links = (names: readonly string[]): Cell => ({ html: names.map((name) => cell(link(name))).join('<br>') });

const when = (iso: string | null): string => {
  if (iso === null) return '';
  return italianTime(new Date(iso));
};

const STYLE = `body{font:1rem/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem;color:#17324d}
table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{border:1px solid #c5c7c9;padding:.3rem .5rem;text-align:left;
vertical-align:top;overflow-wrap:anywhere}dl{display:grid;grid-template-columns:14rem 1fr;gap:.2rem 1rem}dt{font-weight:600}
dd{margin:0;overflow-wrap:anywhere}code{font-size:.8rem}.alarm{border:3px solid #cc334d;padding:0 1rem;background:#fdf1f3}
.fine{border:1px solid #008055;padding:.5rem 1rem}`;

const page = (title: string, body: string): string => `<!doctype html>
<html lang="it">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${body}
</body>
</html>
`;

const verdict = (problems: readonly string[], fine: string): string =>
  problems.length === 0
    ? `<p class="fine">${escapeHtml(fine)}</p>`
    : `<div class="alarm" role="alert"><h2>Attenzione</h2><ul>${problems
        .map((problem) => `<li>${escapeHtml(problem)}</li>`)
        .join('\n')}</ul></div>`;

export function exchangePage(index: EvidenceIndex): string {
  const { office, exchange, registration, audit } = index;
  const incoming = exchange.direction === 'incoming';
  const peer = exchange.peer?.name ? `${exchange.peer.name} <${exchange.peerAddress}>` : exchange.peerAddress;
  const theirs = exchange.peerIdentifier;
  const annulment = registration?.annulment ?? null;
  const body = [
    verdict(index.problems, 'Tutti i file corrispondono alle impronte registrate al momento della conservazione.'),
    definitionList([
      ['Ufficio', `${office.name} (${office.aoo})`],
      ['Direzione', incoming ? 'in entrata' : 'in uscita'],
      [incoming ? 'Mittente' : 'Destinatario', peer],
      ['Oggetto', exchange.subject],
      [
        'Registrazione',
        registration &&
          `${protocolNumber(registration.number)} del ${italianDay(registration.date)}, ore ${registration.time}, registro ${registration.register}`,
      ],
      [
        incoming ? 'Registrazione del mittente' : 'Registrazione del destinatario',
        theirs && `${theirs.number} del ${italianDay(theirs.date)}, ${theirs.administration}/${theirs.aoo}`,
      ],
      ['Annullamento', annulment && `${when(annulment.at)}: ${annulment.reason} (${annulment.provision})`],
      ['Stato', exchangeStateLabel(exchange.direction, exchange.state)],
      ['Verifica eseguita', when(index.verifiedAt)],
      ['Identificativo dello scambio', exchange.id],
    ]),
    '<h2>Che cosa è accaduto</h2>',
    table(
      ['', 'Quando', 'Evento', 'Prova'],
      index.events.map(({ version, at, type, proof }) => [String(version), when(at), eventLabel(type), links(proof)]),
    ),
    '<h2>File</h2>',
    fileTable(index.files),
    '<h2>Registro di controllo</h2>',
    `<p>Annotazioni: ${audit.records}, in ${cell(link(audit.file))}. Ciascuna porta l'impronta della precedente: SHA-256 di <code>previousHash</code> seguito da <code>content</code> è uguale a <code>hash</code>.</p>`,
    '<p>I messaggi (.eml) sono byte per byte quelli ricevuti e inviati: la firma del gestore PEC si può verificare con qualunque programma adatto. Gli orari sono quelli in vigore in Italia.</p>',
  ];
  return page(`Prove dello scambio con ${exchange.peerAddress}`, body.join('\n'));
}

const fileTable = (files: readonly EvidenceFile[]): string =>
  table(
    ['File', 'Contenuto', 'Esito', 'Byte', 'SHA-256'],
    files.map(({ name, about, state, size, sha256 }) => [
      sha256 === null ? name : link(name),
      about,
      stateLabel(state),
      String(size),
      { html: `<code>${sha256 ?? '—'}</code>` },
    ]),
  );

export function registrationPage(index: RegistrationIndex): string {
  const { office, registration } = index;
  const body = [
    verdict(index.problems, 'Tutti i file corrispondono alle impronte registrate al momento della conservazione.'),
    definitionList([
      ['Ufficio', `${office.name} (${office.aoo})`],
      [
        'Registrazione',
        registration &&
          `${protocolNumber(registration.number)} del ${italianDay(registration.date)}, ore ${registration.time}, registro ${registration.register}`,
      ],
      ['Oggetto', registration?.subject ?? null],
      ['Verifica eseguita', when(index.verifiedAt)],
    ]),
    '<h2>Corrispondenti</h2>',
    table(
      ['Corrispondente', 'Stato', 'Prove'],
      index.exchanges.map(({ folder, peerAddress, state }) => [
        peerAddress,
        exchangeStateLabel(registration?.direction ?? '', state),
        link(`${folder}/indice.html`),
      ]),
    ),
  ];
  return page('Prove di una registrazione', body.join('\n'));
}
