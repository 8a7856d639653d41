import { type ProblemRow, row } from './problem-row.ts';

/** Why a mail of ours did not leave, and what to do; part of the table in `problems.ts`. `{detail}`: the server's reply. */
export const DELIVERY_PROBLEMS = {
  'smtp-permanent': row(
    'operator',
    'Il server di posta in uscita ha rifiutato definitivamente il messaggio, che non è partito: {detail}. Leggere il motivo, rimuoverne la causa e inviare di nuovo, oppure chiedere al gestore.',
  ),
  'smtp-size': row(
    'operator',
    'Il messaggio è troppo grande per il server di posta in uscita e non è partito: {detail}. Ridurre o suddividere i documenti, oppure trasmetterli con un altro mezzo.',
    413,
  ),
  'smtp-envelope': row(
    'operator',
    "Il server di posta in uscita ha rifiutato l'indirizzo del mittente o del destinatario e il messaggio non è partito: {detail}. Verificare l'indirizzo del destinatario nell'indice e quello dell'ufficio nella configurazione, poi inviare di nuovo.",
  ),
  'smtp-full': row(
    'operator',
    "Una casella di posta è piena e il messaggio non è partito: {detail}. Se è quella del destinatario, avvisarlo con un altro mezzo perché liberi spazio; se è quella dell'ufficio, liberare spazio o ampliarla. Poi inviare di nuovo.",
  ),
  'smtp-full-for-now': row(
    'note',
    "Una casella di posta è piena e per ora il messaggio non parte: {detail}. I tentativi si ripetono da soli; intanto avvisare il destinatario perché liberi spazio o, se è piena la casella dell'ufficio, liberarlo.",
    503,
  ),
  'smtp-temporary': row(
    'note',
    'Il server di posta in uscita per ora non accetta il messaggio: {detail}. I tentativi si ripetono da soli; se sono esauriti, inviare di nuovo.',
    503,
  ),
  'smtp-rate': row(
    'note',
    'Il server di posta in uscita chiede di rallentare gli invii: {detail}. I tentativi si ripetono da soli, più tardi; se accade spesso, chiedere al gestore quanti messaggi accetta.',
    429,
  ),
  'smtp-authentication': row(
    'operator',
    "Il gestore di posta rifiuta l'accesso per l'invio e dalla casella non parte alcun messaggio: {detail}. Verificare nome utente e password nella configurazione e che la casella non sia bloccata o scaduta.",
    503,
  ),
  'smtp-unreachable': row(
    'note',
    'Il server di posta in uscita non è raggiungibile o interrompe la connessione: {detail}. I tentativi si ripetono da soli; se il problema persiste, verificare nome del server, porta e rete, oppure chiedere al gestore.',
    503,
  ),
  'smtp-own-fault': row(
    'operator',
    "Non è stato possibile comporre il messaggio da inviare: {detail}. Verificare che i documenti siano nell'archivio, poi inviare di nuovo.",
    500,
  ),
  'smtp-document-altered': row(
    'operator',
    "Il messaggio non è stato inviato: un documento nell'archivio non è più quello registrato ({detail}). Ripristinare il file da una copia di sicurezza, poi inviare di nuovo.",
    500,
  ),
} as const satisfies Record<string, ProblemRow>;
