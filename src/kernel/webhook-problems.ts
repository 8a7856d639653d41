import { row } from './problem-row.ts';

/** Why nobody is told, or not there. */
export const WEBHOOK_PROBLEMS = {
  'webhook-address': row('note', 'A questo indirizzo non si possono inviare notifiche: {detail}.', 422),
  'webhook-position': row('note', "L'evento da cui iniziare non c'è ancora: l'ultimo è il numero {detail}.", 422),
  'webhook-too-many': row('note', 'Le sottoscrizioni di questo ufficio sono già {detail}.', 409),
} as const;

/** Why a webhook could not be told of something, as a sentence goes on. */
export const WEBHOOK_UNREACHED = {
  'address-not-allowed': "L'indirizzo non è consentito",
  'name-not-resolved': 'Il nome del sistema ricevente non si risolve',
  'no-connection': 'Il sistema ricevente non accetta la connessione',
  tls: 'La connessione TLS non riesce (certificato?)',
  timeout: 'Il sistema ricevente non ha risposto in tempo',
  'no-answer': 'La connessione si è interrotta senza risposta',
} as const;

/** Why it was stopped. */
export const WEBHOOK_PAUSED = {
  gone: 'il sistema ricevente ha detto di non volere più avvisi',
  unreachable: 'da più di tre giorni nessun avviso viene accettato',
  refusing: 'il sistema ricevente rifiuta ogni avviso',
} as const;
