import { row } from './problem-row.ts';

/** Part of the table in `problems.ts`: why the text of a document is not, or not wholly, in the search. The document itself is kept. */
export const TEXT_PROBLEMS = {
  'text-cut': row('note', 'Testo molto lungo: la ricerca ne vede solo la prima parte.'),
  'text-partial': row('note', 'Testo estratto solo in parte: un file contenuto nel documento non si legge.'),
  'text-empty': row('note', 'Testo non estratto: il documento non ne contiene.'),
  'text-no-format': row('note', 'Testo non estratto: da questo formato non si estrae.'),
  'text-encrypted': row('note', 'Testo non estratto: protetto da password.'),
  'text-scanned': row('note', "Testo non estratto: il documento è un'immagine o una scansione."),
  'text-ocr-failed': row('note', 'Testo non estratto: il riconoscimento dei caratteri della scansione non è riuscito.'),
  'text-damaged': row('note', 'Testo non estratto: il documento è danneggiato.'),
  'text-expands': row('note', 'Testo non estratto: il documento si espande oltre misura.'),
  'text-too-large': row('note', 'Testo non estratto: il documento è troppo grande.'),
  'text-too-long': row('note', 'Testo non estratto: la lettura richiede troppo tempo.'),
  'text-interrupted': row('note', 'Testo non estratto: la lettura del documento si è interrotta.'),
  'text-unavailable': row('note', "Testo non estratto: il documento manca nell'archivio o vi è alterato."),
} as const;
