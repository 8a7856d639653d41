import { type ProblemRow, row } from './problem-row.ts';

/** Why a mailbox is not read, and what to do; part of the table in `problems.ts`. `{detail}`: what the server or the disk said. */
export const MAILBOX_PROBLEMS = {
  'mailbox-authentication': row(
    'operator',
    'Il gestore di posta rifiuta nome utente o password della casella: {detail}. Verificarli nella configurazione, o una casella bloccata o scaduta.',
    503,
  ),
  'mailbox-unreachable': row(
    'note',
    'Il server della casella non si raggiunge o interrompe il collegamento: {detail}. Si ritenta da soli; se dura, verificare nome, porta e rete, o chiedere al gestore.',
    503,
  ),
  'mailbox-tls': row(
    'operator',
    'Il collegamento cifrato con il server della casella non riesce: {detail}. Verificare il suo certificato, o «secure» e «caFile» nella configurazione.',
    503,
  ),
  'mailbox-folder-missing': row(
    'operator',
    'La cartella da leggere non è nella casella: {detail}. Verificare «folder» nella configurazione.',
    503,
  ),
  'mailbox-protocol': row(
    'note',
    'Il server della casella risponde in modo inatteso: {detail}. Si ritenta da soli; se dura, chiedere al gestore.',
    503,
  ),
  'mailbox-storage': row(
    'operator',
    'La casella si apre, ma i messaggi non si possono conservare: {detail}. Fare spazio sul disco, o rendere scrivibile la cartella dei documenti: poi si riprende da soli.',
    503,
  ),
} as const satisfies Record<string, ProblemRow>;
