import { row } from './problem-row.ts';

/** Why a command of a person or of a protocol system is not carried out. */
export const COMMAND_PROBLEMS = {
  'idempotency-key-reused': row('note', 'La chiave Idempotency-Key è già stata usata per una richiesta diversa.', 409),
  'command-in-progress': row(
    'note',
    'Lo stesso comando, con la stessa chiave, è ancora in corso: riprovare fra poco.',
    409,
  ),
  'version-conflict': row('note', 'Lo stato è cambiato nel frattempo: leggerlo di nuovo e ripetere la richiesta.', 412),
  'state-conflict': row('note', "L'operazione non è ammessa nello stato attuale ({detail}).", 409),
  'task-undecided': row(
    'note',
    'La segnalazione si chiude da sola quando il messaggio viene registrato, rifiutato o archiviato.',
    409,
  ),
  'number-missing': row(
    'note',
    'Questo ufficio protocolla con un proprio sistema: indicare il numero che ha assegnato.',
    422,
  ),
  'number-not-ours': row('note', 'Per questo ufficio il numero lo assegna il servizio: non va indicato.', 422),
  'number-taken': row('note', 'Il numero di registrazione è già usato: {detail}.', 409),
  'number-date-future': row('note', 'La data della registrazione è nel futuro: {detail}.', 422),
  'reply-address-not-own': row(
    'note',
    "L'indirizzo per le risposte non è fra quelli certificati di questo ufficio: {detail}.",
    422,
  ),
  'registration-annulled': row('note', 'La registrazione è già annullata.', 409),
  'annulment-requested': row('note', "L'annullamento è già stato chiesto da {detail} e attende una decisione.", 409),
  'annulment-decided': row('note', 'La richiesta di annullamento è già stata decisa da {detail}.', 409),
  'mail-limit': row(
    'note',
    'Il messaggio, con i suoi documenti, supera quanto il gestore PEC accetta in un solo invio ({detail} byte).',
    413,
  ),
  'signer-missing': row(
    'note',
    'Un destinatario accetta solo la segnatura 3.0.0, che va sigillata, ma per questo ufficio non è configurato un sigillo.',
    422,
  ),
} as const;
