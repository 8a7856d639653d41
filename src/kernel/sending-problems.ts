import { row } from './problem-row.ts';

/** What a person should know of a message before it is sent, and why it cannot go to another address. */
export const SENDING_PROBLEMS = {
  'recipient-address-invalid': row('note', 'Non è un indirizzo di posta: {detail}.', 422),
  'recipient-name-missing': row('note', "Manca il nome del destinatario: l'indirizzo {detail} non è nell'indice.", 422),
  'recipient-row-doubled': row('note', 'È lo stesso indirizzo della riga {detail}.', 422),
  'recipients-missing': row('note', 'Indicare almeno un destinatario.', 422),
  'recipients-too-many': row('note', 'I destinatari sono più di {detail}: dividerli in più messaggi.', 422),
  'recipient-failed-before': row('note', "L'ultimo invio a questo indirizzo non è stato consegnato ({detail}).", 422),
  'recipient-had-it-today': row('note', 'Oggi ha già avuto gli stessi documenti, con il protocollo {detail}.', 422),
  'sent-today-already': row(
    'note',
    'Oggi gli stessi documenti sono già partiti per gli stessi destinatari, con il protocollo {detail}.',
    422,
  ),
  'address-in-message': row(
    'note',
    "Il messaggio è già indirizzato a {detail}: per inviarlo ancora a quell'indirizzo usare «Invia di nuovo».",
    409,
  ),
} as const;
