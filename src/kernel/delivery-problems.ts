import { type ProblemRow, row } from './problem-row.ts';

/** Why a mail of ours did not leave, and what to do; part of the table in `problems.ts`. `{detail}`: the server's reply. */
export const DELIVERY_PROBLEMS = {
  'smtp-permanent': row(
    'operator',
    'Il server di posta in uscita rifiuta il messaggio in modo definitivo, che non è partito: {detail}. Leggere il motivo, rimuoverlo e inviare di nuovo, o chiedere al gestore.',
  ),
  'smtp-size': row(
    'operator',
    'Il messaggio è troppo grande per il server di posta e non è partito: {detail}. Ridurre o dividere i documenti, o trasmetterli con un altro mezzo.',
    413,
  ),
  'smtp-envelope': row(
    'operator',
    "Il server di posta rifiuta l'indirizzo del mittente o del destinatario e il messaggio non è partito: {detail}. Verificare l'indirizzo del destinatario nell'indice e quello dell'ufficio nella configurazione, poi inviare di nuovo.",
  ),
  'smtp-temporary': row(
    'note',
    'Il server di posta in uscita non prende il messaggio per il momento: {detail}. Si ritenta da soli; se i tentativi sono finiti, inviare di nuovo.',
    503,
  ),
  'smtp-rate': row(
    'note',
    'Il server di posta in uscita chiede di rallentare: {detail}. Si ritenta da soli più tardi; se si ripete, chiedere al gestore quanti messaggi ammette.',
    429,
  ),
  'smtp-authentication': row(
    'operator',
    'Il gestore di posta rifiuta la casella in uscita, da cui non parte nulla: {detail}. Verificare nome utente e password nella configurazione, o una casella bloccata o scaduta.',
    503,
  ),
  'smtp-unreachable': row(
    'note',
    'Il server di posta in uscita non si raggiunge o interrompe il collegamento: {detail}. Si ritenta da soli; se dura, verificare nome, porta e rete, o chiedere al gestore.',
    503,
  ),
  'smtp-own-fault': row(
    'operator',
    'Il messaggio da inviare non si può comporre: {detail}. Verificare che i documenti siano al loro posto, poi inviare di nuovo.',
    500,
  ),
} as const satisfies Record<string, ProblemRow>;
