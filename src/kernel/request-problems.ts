import { row } from './problem-row.ts';

/** What can be wrong with a request before anybody has looked at what it asks for. */
export const REQUEST_PROBLEMS = {
  'body-missing': row('note', 'Manca il corpo della richiesta.', 400),
  'body-media-type': row('note', 'Il tipo di contenuto della richiesta non è ammesso qui: {detail}.', 415),
  'body-too-large': row('note', 'Il corpo della richiesta supera la dimensione massima ammessa ({detail} byte).', 413),
  'body-too-slow': row('note', 'Il corpo della richiesta non è arrivato in tempo ({detail} secondi).', 408),
  'body-interrupted': row('note', 'Il corpo della richiesta è arrivato solo in parte.', 400),
  'body-encoding': row('note', 'Il corpo della richiesta non è scritto in UTF-8.', 400),
  'body-not-json': row('note', 'Il corpo della richiesta non è JSON: {detail}.', 400),
  'body-too-deep': row('note', 'Il corpo della richiesta ha troppi livelli di annidamento (più di {detail}).', 400),
  'body-too-many-values': row('note', 'Il corpo della richiesta ha troppi valori (più di {detail}).', 400),
  'body-duplicate-key': row('note', 'Nel corpo della richiesta un nome compare due volte: {detail}.', 400),
  'body-forbidden-key': row('note', 'Nel corpo della richiesta un nome non è ammesso: {detail}.', 400),
  'body-forbidden-text': row(
    'note',
    'Nel corpo della richiesta un testo contiene caratteri non ammessi (NUL o surrogati isolati).',
    400,
  ),
  'request-too-slow': row('note', 'La richiesta non è arrivata in tempo.', 408),
  'request-malformed': row('note', 'La richiesta non rispetta il protocollo HTTP.', 400),
  'expectation-failed': row('note', "Il valore dell'intestazione Expect non è ammesso.", 417),
  'method-not-allowed': row('note', 'Questo indirizzo non ammette il metodo {detail}.', 405),
  'headers-too-large': row('note', 'Le intestazioni della richiesta sono troppo grandi.', 431),
  'address-too-long': row('note', "Una parte dell'indirizzo della richiesta è troppo lunga.", 414),
  'cursor-invalid': row('note', 'Il cursore non appartiene a questo elenco.', 400),
  'search-too-wide': row(
    'note',
    'La ricerca è troppo ampia per mettere i risultati in ordine: aggiungere una data, un ufficio o una parola.',
    422,
  ),
  'search-too-common': row(
    'note',
    'Le parole cercate sono troppo comuni e non sono cercate da sole: aggiungerne una che dica di che cosa si tratta.',
    422,
  ),
  'if-match-required': row('note', "Serve l'intestazione If-Match con l'ETag dello stato letto.", 428),
  'if-match-invalid': row('note', "L'intestazione If-Match non è leggibile.", 400),
  'idempotency-key-required': row('note', "Serve l'intestazione Idempotency-Key.", 400),
  'idempotency-key-invalid': row(
    'note',
    "L'intestazione Idempotency-Key non è valida: da 1 a 100 caratteri fra lettere, cifre e . _ : ~ -",
    400,
  ),
  'service-stopping': row('note', 'Il servizio si sta fermando: riprovare fra poco.', 503),
  'service-not-ready': row('note', 'Il servizio non è in condizione di lavorare.', 503),
  'too-many-requests': row('note', 'Troppe richieste: riprovare fra {detail} secondi.', 429),
} as const;
