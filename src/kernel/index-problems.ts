import { type ProblemRow, row } from './problem-row.ts';

/** Part of the table in `problems.ts`: what is wrong with a file of the index, or with a recipient looked up in it. */
export const INDEX_PROBLEMS = {
  'index-encoding': row('note', 'Il file non è scritto in UTF-8: {detail}.', 400),
  'index-header': row('note', "La riga di intestazione non è quella di un file dell'indice: {detail}.", 400),
  'index-truncated': row('note', 'Il file è troncato: {detail}.', 400),
  'index-unreadable': row('note', 'Il file non è leggibile: {detail}.', 400),
  'index-too-large': row('note', 'Il file supera la dimensione massima ammessa ({detail}).', 413),
  'index-empty': row('note', 'Il file non contiene alcuna riga utilizzabile.', 400),
  'index-shrunken': row('note', "Nel file mancano troppe voci già presenti nell'indice: {detail}.", 409),
  'index-older': row('note', 'Il file riguarda un giorno precedente a quello già importato: {detail}.', 409),
  'index-busy': row('note', "È in corso un'altra importazione dell'indice.", 409),
  'index-fetch': row('note', 'Il file non si può scaricare: {detail}.', 503),
  'index-row-cells': row('note', 'La riga non ha il numero di campi previsto: {detail}.', 400),
  'index-row-code': row('note', 'Nella riga un codice manca o non è leggibile: {detail}.', 400),
  'index-row-name': row('note', 'Nella riga manca la denominazione.', 400),
  'index-row-double': row('note', 'Lo stesso codice compare in più righe e vale la prima: {detail}.', 400),
  'index-row-mail': row('note', 'Un indirizzo di posta non è valido e non viene usato: {detail}.', 400),
  'index-row-date': row('note', 'Una data non è valida e non viene usata: {detail}.', 400),
  'index-row-text': row('note', 'Un campo della riga è troppo lungo o contiene caratteri non ammessi: {detail}.', 400),
  'index-recipient-unknown': row('note', "Il destinatario non risulta nell'indice: {detail}."),
  'index-recipient-ambiguous': row('note', 'Il destinatario non è univoco: {detail}.'),
  'index-recipient-ceased': row('note', 'Il destinatario è cessato: {detail}.'),
  'index-recipient-unreachable': row('note', 'Il destinatario non ha un indirizzo PEC: {detail}.'),
  'index-recipient-doubled': row('note', 'Due destinatari hanno lo stesso indirizzo: {detail}.'),
  'index-layer-target': row('note', "L'ente o l'AOO non risulta nell'indice: {detail}.", 404),
  'index-layer-value': row('note', 'Il valore non è ammesso per questo campo: {detail}.', 400),
  'index-message-conflict': row(
    'note',
    'Un annuncio con lo stesso «messageId» ha già un altro contenuto o un altro esito.',
    409,
  ),
} as const satisfies Record<string, ProblemRow>;
