import { type ProblemRow, row } from './problem-row.ts';

/** Part of the table in `problems.ts`: what is wrong with documents that come over the API or are read from the store. */
export const UPLOAD_PROBLEMS = {
  'upload-unknown': row('note', 'Il caricamento non esiste: {detail}.', 404),
  'upload-expired': row('note', 'Il caricamento è scaduto: ricominciarlo.', 410),
  'upload-busy': row('note', 'Un altro invio sta già caricando questo documento: riprovare fra poco.', 409),
  'upload-complete': row('note', 'Il caricamento è già completo.', 409),
  'upload-incomplete': row('note', 'Il caricamento non è completo: {detail}.', 409),
  'upload-offset': row(
    'note',
    'I byte inviati non proseguono da quelli già arrivati: riprendere dal byte {detail}.',
    409,
  ),
  'upload-range': row('note', "L'intervallo di byte non corrisponde a questo caricamento: {detail}.", 416),
  'upload-length': row('note', 'Il numero di byte arrivati non è quello annunciato: {detail}.', 400),
  'upload-too-large': row('note', 'Il documento supera la dimensione massima ammessa ({detail} byte).', 413),
  'upload-digest-differs': row(
    'note',
    "L'impronta dei byte arrivati non è quella dichiarata: ripetere il caricamento dall'inizio.",
    422,
  ),
  'upload-interrupted': row('note', "L'invio si è interrotto: riprendere dal byte {detail}.", 408),
  'upload-quota': row('note', 'Ci sono troppi caricamenti non utilizzati: {detail}.', 429),
  'upload-repeated': row('note', 'Lo stesso caricamento è indicato più volte: {detail}.', 400),
  'media-type-unsupported': row('note', 'Il tipo di contenuto non è ammesso: {detail}.', 415),
  'file-name-invalid': row('note', 'Il nome del file non è ammesso: {detail}.', 400),
  'range-not-satisfiable': row('note', "L'intervallo richiesto è fuori dal documento, che ha {detail} byte.", 416),
  'document-unavailable': row('note', 'Il documento non si trova più nel messaggio conservato: {detail}.', 500),
  'document-too-large': row('note', 'Il documento supera la dimensione massima ammessa.', 413),
  'document-lost': row('note', "Il documento non si trova nell'archivio o è danneggiato.", 500),
  'multipart-invalid': row('note', 'La richiesta multipart non è corretta: {detail}.', 400),
  'storage-unavailable': row('note', "L'archivio dei documenti non è disponibile.", 503),
  'documents-too-large': row(
    'note',
    'I documenti, nel loro insieme, superano la dimensione massima ammessa ({detail} byte).',
    413,
  ),
} as const satisfies Record<string, ProblemRow>;
