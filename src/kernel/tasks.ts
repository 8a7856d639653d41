import { receiptReason } from './receipt-words.ts';

/**
 * The one table of what a person has to look at: why, and what to do about it. A task is opened once for an exchange (or
 * a mail that belongs to none, or a webhook) and stays until it is done. `{detail}` stands for what the finder adds.
 * `until` says what closes it:
 * - `moved`: the next step of the exchange;
 * - `decided`: the same, and nobody may close it without deciding;
 * - `mended`: whatever repairs the cause, or a person;
 * - `by-hand`: a person.
 */
export interface TaskRow {
  readonly sentence: string;
  readonly advice: string;
  readonly until: 'moved' | 'decided' | 'mended' | 'by-hand';
}

const moved = (sentence: string, advice: string): TaskRow => ({ sentence, advice, until: 'moved' });
const decided = (sentence: string, advice: string): TaskRow => ({ sentence, advice, until: 'decided' });
const mended = (sentence: string, advice: string): TaskRow => ({ sentence, advice, until: 'mended' });
const byHand = (sentence: string, advice: string): TaskRow => ({ sentence, advice, until: 'by-hand' });

export const TASKS = {
  // incoming
  decide: decided(
    'Il messaggio attende una decisione. {detail}',
    'Registrarlo, rifiutarlo con un motivo oppure archiviarlo senza registrazione.',
  ),
  'taking-late': decided(
    'Il sistema di protocollo non ha ancora preso in carico il messaggio. {detail}',
    'Verificare che il sistema di protocollo funzioni, oppure registrare il messaggio a mano.',
  ),
  'answers-too-many': moved(
    "La risposta non è partita da sola: nell'ultima ora ne sono già partite molte verso lo stesso indirizzo. {detail}",
    'Verificare che cosa arriva da quel mittente, poi confermare la registrazione a mano o chiudere la segnalazione.',
  ),
  'answer-failed': moved(
    'La nostra risposta non è stata consegnata. {detail}',
    "Verificare l'indirizzo del mittente e inviare di nuovo la risposta, oppure avvisare il mittente in altro modo.",
  ),
  'answer-delivery-late': moved(
    'Manca la ricevuta di avvenuta consegna della nostra risposta. {detail}',
    'Attendere la ricevuta o inviare di nuovo la risposta: il numero di protocollo non cambia.',
  ),
  'notice-failed': byHand(
    "L'aggiornamento o l'annullamento non è stato consegnato. {detail}",
    'Avvisare il corrispondente in altro modo.',
  ),
  'annulled-by-sender': byHand(
    'Il mittente ha annullato la propria registrazione. {detail}',
    'Valutare se annullare anche la registrazione corrispondente in questo registro.',
  ),
  'annulled-unregistered': byHand(
    'Il mittente ha annullato la propria registrazione di un messaggio che qui non è stato registrato. {detail}',
    'Non occorre registrarlo: se il messaggio attende ancora una decisione, archiviarlo senza registrazione; altrimenti chiudere la segnalazione.',
  ),
  // outgoing
  'not-sent': moved(
    'Il messaggio non è stato inviato. {detail}',
    'Eliminare la causa e inviare di nuovo: il numero di protocollo non cambia.',
  ),
  'not-accepted': moved(
    'Il gestore PEC non ha accettato il messaggio. {detail}',
    'Eliminare la causa e inviare di nuovo, oppure annullare la registrazione.',
  ),
  'not-delivered': moved(
    'Il messaggio non è stato consegnato al destinatario. {detail}',
    "Verificare l'indirizzo del destinatario e inviare di nuovo, oppure usare un altro mezzo.",
  ),
  'mailbox-full': moved(
    'La casella di destinazione è piena e il messaggio non è stato consegnato. {detail}',
    "L'indirizzo è giusto: avvisare con un altro mezzo chi ha la casella perché liberi spazio, poi inviare di nuovo. Il numero di protocollo non cambia.",
  ),
  'delivery-notice': moved(
    'Il gestore PEC segnala un ritardo nella consegna. {detail}',
    "Attendere: la consegna può ancora avvenire entro 24 ore dall'invio.",
  ),
  'acceptance-late': moved(
    'Manca la ricevuta di accettazione del gestore PEC. {detail}',
    'Verificare che la casella e il gestore PEC funzionino; se la ricevuta non arriva, inviare di nuovo.',
  ),
  'delivery-late': moved(
    'Manca la ricevuta di avvenuta consegna. {detail}',
    "Verificare l'indirizzo del destinatario; se serve, inviare di nuovo.",
  ),
  'confirmation-late': moved(
    'Il destinatario non ha ancora confermato la registrazione. {detail}',
    'Sollecitare il destinatario: la ricevuta di avvenuta consegna prova che il messaggio gli è arrivato.',
  ),
  excepted: moved(
    'Il destinatario ha rifiutato il messaggio con una notifica di eccezione. {detail}',
    'Correggere quanto indicato e inviare un nuovo messaggio, oppure annullare la registrazione.',
  ),
  'exception-open': moved(
    'Alla notifica di eccezione del destinatario non è ancora stato dato seguito. {detail}',
    'Correggere e inviare un nuovo messaggio, annullare la registrazione oppure chiudere la segnalazione.',
  ),
  contradiction: byHand(
    'Le risposte del destinatario si contraddicono. {detail}',
    'Chiedere al destinatario quale risposta sia quella valida.',
  ),
  'annulled-by-recipient': byHand(
    'Il destinatario ha annullato la registrazione del messaggio. {detail}',
    'Leggere il motivo e, se serve, inviare un nuovo messaggio.',
  ),
  'recipient-differs': byHand(
    'Una ricevuta riguarda un indirizzo diverso da quello del destinatario. {detail}',
    'Controllare la ricevuta: lo stato del messaggio non è cambiato.',
  ),
  'receipt-of-another': byHand(
    'È arrivata una ricevuta che cita un nostro messaggio ma riguarda un altro invio: lo stato del messaggio non è cambiato. {detail}',
    "Controllare la ricevuta con il gestore PEC: quella vera indica come mittente un indirizzo dell'ufficio e porta l'identificativo della ricevuta di accettazione.",
  ),
  'answer-of-another': byHand(
    'Risponde un indirizzo a cui non si era scritto e che non risulta fra quelli della controparte: la risposta non è stata considerata. {detail}',
    "Chiedere alla controparte, a un recapito già noto, se la risposta è sua. Se lo è, far registrare l'indirizzo nell'indice della regione e riesaminare il messaggio con «interpro retry»; altrimenti chiudere la segnalazione.",
  ),
  'answer-too-early': byHand(
    'Una risposta è più vecchia del messaggio a cui si riferisce: risponde a un altro messaggio con lo stesso numero, e non è stata considerata. {detail}',
    'Controllare se il registro è stato ripristinato da una copia o se il numero era stato usato in prova, e chiedere alla controparte a quale messaggio ha risposto.',
  ),
  // mails that belong to no exchange
  'answer-unmatched': byHand(
    'È arrivata una risposta che non si riferisce ad alcuna registrazione di questo ufficio. {detail}',
    'Leggere la risposta e, se riguarda davvero un messaggio di questo ufficio, avvisare chi ha risposto.',
  ),
  'envelope-for-others': byHand(
    'È arrivata una risposta in una busta certificata solo per altri destinatari: non è stata considerata. {detail}',
    "Controllare come la busta sia giunta in questa casella e, se la casella ha altri indirizzi, aggiungerli alla configurazione dell'ufficio.",
  ),
  // the register
  'register-behind': mended(
    'Il registro è fermo: la base di dati è più vecchia di quanto è già uscito da questo ufficio, come dopo il ripristino di una copia. {detail}',
    "Avvisare l'amministratore del nodo, che con interpro recover vede che cosa manca e fa riprendere la numerazione più avanti.",
  ),
  'register-not-closed': mended(
    'Il registro giornaliero di protocollo non è stato chiuso nella notte: nulla va perso, ma va trasmesso in conservazione entro la giornata lavorativa successiva. {detail}',
    "Avvisare l'amministratore del nodo, che con interpro daily-register close vede la causa. La segnalazione si chiude da sola appena il registro è chiuso.",
  ),
  // mailboxes
  'mailbox-unread': mended(
    "Una casella dell'ufficio non può essere letta: ciò che vi arriva non viene registrato, ma non va perso. {detail}",
    "Avvisare l'amministratore del nodo, che con interpro doctor vede la causa. La segnalazione si chiude da sola appena la casella viene letta di nuovo.",
  ),
  // webhooks
  'webhook-paused': mended(
    "Il servizio ha sospeso un webhook: il sistema ricevente non viene più avvisato di ciò che accade nell'ufficio. {detail}",
    'Far ripristinare il sistema ricevente, poi riattivare il webhook: riprende da dove si era fermato e nulla va perso. Se non serve più, eliminarlo.',
  ),
  'webhook-dead': mended(
    'Il servizio ha rinunciato a consegnare un avviso di un webhook: il sistema ricevente non ne è a conoscenza. {detail}',
    'Far ripristinare il sistema ricevente, poi ripetere le consegne fallite di quel webhook: sono in elenco e nulla va perso.',
  ),
} as const satisfies Record<string, TaskRow>;

export type TaskCode = keyof typeof TASKS;

/** Their detail is what a receipt says. */
const BY_RECEIPT: ReadonlySet<TaskCode> = new Set(['not-accepted', 'not-delivered', 'mailbox-full', 'delivery-notice']);

/** The sentence that a person reads. */
export const taskSentence = (code: TaskCode, detail: string): string => {
  const told = BY_RECEIPT.has(code) ? receiptReason(detail) : detail;
  return TASKS[code].sentence.replaceAll('{detail}', () => told).trimEnd();
};

/** Tasks that the next step of their exchange closes. */
export const CLOSED_BY_MOVING: readonly TaskCode[] = (Object.keys(TASKS) as TaskCode[]).filter(
  (code) => TASKS[code].until === 'moved' || TASKS[code].until === 'decided',
);
