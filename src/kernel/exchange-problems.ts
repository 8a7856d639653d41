import { mild, type ProblemRow, row } from './problem-row.ts';

/** Part of the table in `problems.ts`: what does not fit between a message, its correspondents and what is registered. */
export const EXCHANGE_PROBLEMS = {
  // correspondents and registration
  'recipient-wrong': row(
    'exception',
    "Destinatario errato: fra i destinatari della segnatura non c'è questo ufficio, ma {detail}.",
    422,
    '000_Irricevibile',
  ),
  'recipient-other-aoo': row(
    'flag',
    "Fra i destinatari della segnatura c'è questa amministrazione, ma con un'altra AOO: {detail}.",
  ),
  'recipient-unreadable': row('flag', 'Nella segnatura non si legge alcun destinatario.'),
  'sender-codes-differ': row(
    'flag',
    "I codici del mittente non concordano con quelli dell'identificatore della registrazione: {detail}.",
  ),
  'sender-address-differs': row(
    'flag',
    "L'indirizzo del mittente indicato nella segnatura non è quello da cui è partito il messaggio: {detail}.",
  ),
  'sender-address-missing': row(
    'flag',
    "Nella segnatura manca l'indirizzo di origine: si risponde all'indirizzo PEC da cui è arrivato il messaggio.",
  ),
  'sender-address-empty': row(
    'exception',
    "Nella segnatura l'indirizzo di origine è vuoto: non è possibile rispondere al mittente.",
    422,
    '000_Irricevibile',
  ),
  'reply-address-ignored': mild(
    'flag',
    'La segnatura chiede la risposta a un indirizzo che non risulta dello stesso ufficio del mittente certificato: la risposta va al mittente, non a {detail}.',
  ),
  'sender-unknown': mild('flag', "I codici del mittente non risultano nell'indice: {detail}."),
  'sender-address-not-in-index': mild(
    'operator',
    "L'indirizzo certificato del mittente non risulta nell'indice fra quelli dell'AOO di cui porta i codici: {detail}.",
  ),
  'sender-ceased': mild('flag', "L'AOO del mittente risulta cessata: {detail}."),
  'registration-date-future': row('flag', 'La data di registrazione è nel futuro: {detail}.'),
  'registration-date-old': row('flag', 'La data di registrazione non è plausibile: {detail}.'),
  'registration-year-differs': row(
    'flag',
    "L'anno della registrazione ({detail}) non è quello in cui il messaggio è stato inviato.",
  ),
  'registration-number-zero': row('flag', 'Il numero di registrazione è zero.'),
  'envelope-for-others': row(
    'operator',
    'La busta è certificata solo per altri destinatari, e non per le caselle di questo ufficio: {detail}.',
  ),
  // correlation
  'answer-unmatched': row(
    'operator',
    'La risposta si riferisce a una registrazione che qui non risulta: {detail}.',
    404,
  ),
  'answer-of-another': row(
    'operator',
    "La risposta arriva da un indirizzo a cui non si era scritto e che né l'indice né la regione attribuiscono al destinatario: {detail}.",
    409,
  ),
  'answer-too-early': row(
    'operator',
    'La risposta è stata certificata prima che il messaggio a cui si riferisce fosse registrato: {detail}.',
    409,
  ),
  'answer-other-address': row(
    'note',
    'La risposta arriva da un indirizzo diverso da quello a cui era stato inviato il messaggio: {detail}.',
  ),
  'answer-contradicts': row(
    'operator',
    'La conferma di ricezione contraddice una notifica di eccezione o un annullamento già ricevuti.',
    409,
  ),
  'answer-other-number': row(
    'operator',
    'Il destinatario comunica un numero di registrazione diverso dal precedente: {detail}.',
    409,
  ),
  'answers-too-many': row(
    'operator',
    "Nell'ultima ora sono già partite molte risposte automatiche verso lo stesso indirizzo: {detail}; alla prossima provvede una persona.",
    429,
  ),
  'message-repeated': row('note', 'Copia di un messaggio già ricevuto: non viene registrata di nuovo.', 409),
  'receipt-of-another': row(
    'operator',
    'La ricevuta cita un nostro messaggio ma riguarda un altro invio: {detail}.',
    409,
  ),
  'receipt-unmatched': row(
    'note',
    'La ricevuta si riferisce a un messaggio che non è stato inviato da questo servizio.',
    404,
  ),
  'mail-seen-before': row('note', 'Lo stesso messaggio era già stato letto da questa casella.', 409),
  'mail-judged-anew': row('note', 'Il messaggio è stato riesaminato: ora la sua busta è riconosciuta.', 409),
} as const satisfies Record<string, ProblemRow>;
