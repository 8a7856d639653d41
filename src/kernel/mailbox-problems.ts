import { type ProblemRow, row } from './problem-row.ts';

/** Why a mailbox is not read, and what to do; part of the table in `problems.ts`. `{detail}`: what the server or the disk said. */
export const MAILBOX_PROBLEMS = {
  'mailbox-authentication': row(
    'operator',
    'Il gestore di posta rifiuta il nome utente o la password della casella: {detail}. Verificarli nella configurazione e controllare che la casella non sia bloccata o scaduta.',
    503,
  ),
  'mailbox-unreachable': row(
    'note',
    'Il server della casella non è raggiungibile o interrompe la connessione: {detail}. I tentativi si ripetono da soli; se il problema persiste, verificare nome del server, porta e rete, oppure chiedere al gestore.',
    503,
  ),
  'mailbox-tls': row(
    'operator',
    'La connessione cifrata con il server della casella non riesce: {detail}. Verificare il certificato del server, oppure «secure» e «caFile» nella configurazione.',
    503,
  ),
  'mailbox-folder-missing': row(
    'operator',
    'La cartella da leggere non esiste nella casella: {detail}. Verificare «folder» nella configurazione.',
    503,
  ),
  'mailbox-protocol': row(
    'note',
    'Il server della casella risponde in modo inatteso: {detail}. I tentativi si ripetono da soli; se il problema persiste, chiedere al gestore.',
    503,
  ),
  'mailbox-storage': row(
    'operator',
    'La casella si apre, ma i messaggi non si possono conservare: {detail}. Liberare spazio sul disco o rendere scrivibile la cartella dei documenti: la lettura riprende da sola.',
    503,
  ),
} as const satisfies Record<string, ProblemRow>;
