import type { Scope } from '../../../../service/access/scopes.ts';

/** What each scope lets a program do. `node:admin` is given on the machine alone. */
export const SCOPE_NAMES = {
  'messages:send': 'Inviare messaggi, annullarli, caricarne i documenti',
  'messages:read': 'Leggere i messaggi arrivati e i documenti delle registrazioni',
  'messages:receive': 'Prendere, registrare, confermare e rifiutare i messaggi arrivati',
  'register:read': 'Leggere il registro',
  'register:write': 'Annullare registrazioni, cambiare classe e ufficio',
  'events:read': 'Leggere gli eventi',
  'webhooks:manage': 'Chiedere di essere avvisata (webhook)',
  'visura:read': 'Chiedere lo stato dei propri messaggi all’ufficio che li ha ricevuti',
  'index:read': 'Leggere l’indice',
  'index:write': 'Scrivere nello strato regionale dell’indice',
  'credentials:rotate': 'Cambiare da sé la propria chiave',
} as const satisfies Record<Exclude<Scope, 'node:admin'>, string>;
