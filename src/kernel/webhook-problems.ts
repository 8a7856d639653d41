import { row } from './problem-row.ts';

/** Why nobody is told, or not there. */
export const WEBHOOK_PROBLEMS = {
  'webhook-address': row('note', 'A questo indirizzo non si possono inviare notifiche: {detail}.', 422),
  'webhook-position': row('note', "L'evento da cui iniziare non c'è ancora: l'ultimo è il numero {detail}.", 422),
  'webhook-too-many': row('note', 'Le sottoscrizioni di questo ufficio sono già {detail}.', 409),
} as const;
