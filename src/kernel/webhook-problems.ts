import { row } from './problem-row.ts';

/** Why a webhook is not set up as asked. */
export const WEBHOOK_PROBLEMS = {
  'webhook-address': row('note', 'A questo indirizzo non si possono inviare avvisi: {detail}.', 422),
  'webhook-position': row('note', "L'evento da cui iniziare non esiste ancora: l'ultimo è il numero {detail}.", 422),
  'webhook-too-many': row('note', 'Questo ufficio ha già il numero massimo di webhook ({detail}).', 409),
} as const;

/** Why a webhook was not reached: the end of a sentence. */
export const WEBHOOK_UNREACHED = {
  'address-not-allowed': "l'indirizzo non è ammesso",
  'name-not-resolved': 'il nome del sistema ricevente non è noto al DNS',
  'no-connection': 'il sistema ricevente non accetta la connessione',
  tls: 'la connessione TLS non riesce, va verificato il certificato',
  timeout: 'il sistema ricevente non ha risposto in tempo',
  'no-answer': 'la connessione si è interrotta senza risposta',
} as const;

/** Why a webhook was paused: the end of a sentence. */
export const WEBHOOK_PAUSED = {
  gone: 'il sistema ricevente ha comunicato di non volere più avvisi',
  unreachable: 'da più di tre giorni il sistema ricevente non accetta alcun avviso',
  refusing: 'il sistema ricevente rifiuta ogni avviso',
} as const;
