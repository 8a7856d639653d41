import { ACCESS_PROBLEMS } from './access-problems.ts';
import { COMMAND_PROBLEMS } from './command-problems.ts';
import { CONVERSION_PROBLEMS } from './conversion-problems.ts';
import { DELIVERY_PROBLEMS } from './delivery-problems.ts';
import { EVIDENCE_PROBLEMS } from './evidence-problems.ts';
import { MAILBOX_PROBLEMS } from './mailbox-problems.ts';
import { mild, type ProblemRow, row, wished } from './problem-row.ts';
import { REQUEST_PROBLEMS } from './request-problems.ts';
import { WEBHOOK_PROBLEMS } from './webhook-problems.ts';

/**
 * The one table of what can be wrong. A code is stable: peers, clerks and tests rely on it. `onReceipt` is the default
 * policy for an incoming message that shows the problem ("register and flag": registering is mandatory wherever it is
 * possible, Linee guida AgID 2021): `flag` registers and shows it, `operator` leaves it to a person, `exception`
 * answers with a NotificaEccezione whose Motivo is the sentence. `strict` is the other policy an office may choose.
 * `{detail}` in a sentence is replaced by what the finder adds.
 */
export const PROBLEMS = {
  // mail
  'mime-empty': row('operator', 'Il messaggio è vuoto.'),
  'mime-malformed': row('operator', 'La struttura del messaggio di posta non è leggibile: {detail}.'),
  'mime-boundary-missing': row(
    'operator',
    'Il messaggio dichiara più parti, ma il separatore non è indicato o non si trova.',
  ),
  'mime-too-deep': row('operator', 'Il messaggio ha troppi livelli di annidamento (più di {detail}).'),
  'mime-too-many-parts': row('operator', 'Il messaggio ha troppe parti (più di {detail}).'),
  'mime-header-too-large': row('operator', "L'intestazione del messaggio supera i {detail} byte ammessi."),
  'mime-encoding-unknown': mild(
    'flag',
    'Una parte del messaggio usa una codifica di trasferimento sconosciuta: {detail}.',
  ),
  'mime-encoding-broken': mild(
    'flag',
    'La codifica di trasferimento di una parte del messaggio è danneggiata: {detail}.',
  ),
  'mime-header-broken': mild('flag', "Una riga dell'intestazione del messaggio non è leggibile: {detail}."),
  'mime-unclosed': mild(
    'flag',
    "Il messaggio di posta sembra troncato: manca il separatore che chiude l'ultima parte.",
  ),
  'mail-refused-by-server': row(
    'operator',
    'Il server di posta non permette di scaricare il messaggio, che resta nella casella: {detail}. Leggerlo dalla webmail del gestore; se non si apre, chiedere al gestore.',
  ),
  'mail-too-large': row('operator', 'Il messaggio supera la dimensione massima ammessa ({detail} byte).', 413),
  // certified mail
  'pec-signature-absent': row('operator', 'La busta non è firmata dal gestore PEC.'),
  'pec-signature-modified': row('operator', 'La busta è stata modificata dopo la firma del gestore PEC.'),
  'pec-signature-unreadable': row('operator', 'La firma della busta non è leggibile: {detail}.'),
  'pec-chain-untrusted': row('operator', 'La firma della busta non risale a un gestore PEC riconosciuto: {detail}.'),
  'pec-signer-mismatch': row(
    'operator',
    'Il firmatario della busta non corrisponde al mittente del messaggio: {detail}.',
  ),
  'pec-disagreement': row(
    'operator',
    'Le intestazioni e i dati di certificazione della busta non concordano: {detail}.',
  ),
  'pec-daticert-missing': row('operator', 'Nella busta manca il file daticert.xml.'),
  'pec-daticert-invalid': row('operator', 'I dati di certificazione (daticert.xml) non sono leggibili: {detail}.'),
  'daticert-repaired': mild(
    'note',
    'I dati di certificazione (daticert.xml) non sono scritti in XML corretto, ma si leggono. {detail}',
  ),
  'daticert-repeated': mild(
    'flag',
    'Nei dati di certificazione (daticert.xml) è ripetuto un elemento che può stare una volta sola: {detail}.',
  ),
  'pec-original-missing': row('operator', 'Nella busta manca il messaggio originale (postacert.eml).'),
  'pec-time-unreadable': mild('flag', "L'ora di certificazione non è leggibile: al suo posto vale {detail}."),
  'pec-time-implausible': mild('flag', "L'ora di certificazione non è plausibile: {detail}."),
  'pec-not-certified': row('operator', 'Il messaggio non è arrivato come posta elettronica certificata valida.'),
  // XML
  'xml-too-large': row('exception', 'Il file XML supera i {detail} byte ammessi.', 413, '000_Irricevibile'),
  'xml-doctype-internal': row(
    'exception',
    'Il file XML contiene dichiarazioni interne (DOCTYPE), non ammesse.',
    422,
    '000_Irricevibile',
  ),
  'xml-entity': row(
    'exception',
    'Il file XML contiene riferimenti a entità non ammessi: {detail}.',
    422,
    '000_Irricevibile',
  ),
  'xml-malformed': row('exception', 'Il file XML non è ben formato: {detail}.', 422, '000_Irricevibile'),
  'xml-encoding': row('flag', 'La codifica dei caratteri del file XML non è quella dichiarata: {detail}.'),
  'xml-encoding-unsupported': row(
    'exception',
    'La codifica dei caratteri del file XML non è ammessa: {detail}.',
    422,
    '000_Irricevibile',
  ),
  'xml-control-character': row('flag', 'Il file XML contiene caratteri di controllo non ammessi.'),
  'xml-too-deep': row(
    'exception',
    'Il file XML ha troppi livelli di annidamento (più di {detail}).',
    422,
    '000_Irricevibile',
  ),
  'xml-too-many': row(
    'exception',
    'Il file XML ha troppi elementi o attributi (più di {detail}).',
    422,
    '000_Irricevibile',
  ),
  'xml-unknown-root': row(
    'exception',
    'Il file XML non è una segnatura né un messaggio di ritorno: {detail}.',
    422,
    '000_Irricevibile',
  ),
  // segnatura
  'segnatura-invalid': row('flag', 'La segnatura non è conforme allo schema della sua versione: {detail}.'),
  'segnatura-no-identifier': row(
    'exception',
    "Nella segnatura l'identificatore della registrazione manca o non è leggibile: {detail}.",
    422,
    '000_Irricevibile',
  ),
  'segnatura-absent': row('operator', 'Il messaggio non contiene una segnatura di protocollo.'),
  'segnatura-duplicated': row('operator', 'Il messaggio contiene più di una segnatura.'),
  'segnatura-conflict': row(
    'operator',
    'È già arrivato un messaggio con lo stesso identificatore ma con un contenuto diverso ({detail}): confrontare i due messaggi e, se serve, chiedere al mittente.',
    409,
  ),
  'segnatura-operator-requested': row('operator', "Il mittente chiede l'intervento di un operatore: {detail}."),
  'segnatura-paper-documents': row(
    'operator',
    'Il messaggio fa riferimento a documenti cartacei, da verificare a mano.',
  ),
  'segnatura-header-incomplete': row(
    'note',
    'Nella parte iniziale del file XML mancano alcune dichiarazioni: {detail}.',
  ),
  'segnatura-version': row('flag', 'La versione dichiarata dalla segnatura non è quella prevista: {detail}.'),
  'segnatura-language': row('flag', 'La lingua della segnatura non è indicata nel modo previsto: {detail}.'),
  'segnatura-namespace': row('flag', 'Lo spazio dei nomi della segnatura non è quello previsto: {detail}.'),
  'segnatura-attribute-unqualified': row('flag', 'Un attributo della segnatura non ha il prefisso previsto: {detail}.'),
  'segnatura-element-order': row('flag', "Gli elementi della segnatura non sono nell'ordine previsto: {detail}."),
  'segnatura-element-repeated': row('flag', 'Un elemento della segnatura ammesso una sola volta è ripetuto: {detail}.'),
  'segnatura-name-case': row(
    'flag',
    'Un nome nella segnatura non rispetta le maiuscole e minuscole previste: {detail}.',
  ),
  'segnatura-empty-element': row('note', 'La segnatura contiene elementi vuoti: {detail}.'),
  'segnatura-text-unexpected': row('flag', "Nella segnatura l'elemento {detail} contiene testo non previsto."),
  'segnatura-private-markup': row(
    'note',
    'Le note della segnatura contengono codici interni del sistema del mittente.',
  ),
  'segnatura-value-unknown': row('flag', 'Un valore della segnatura non è fra quelli previsti: {detail}.'),
  'segnatura-register-missing': row('flag', 'Nella segnatura manca il codice del registro (CodiceRegistro).'),
  'segnatura-code-unusual': row('flag', 'Un codice della segnatura non ha la forma prevista: {detail}.'),
  'segnatura-number-short': row('flag', 'Il numero di registrazione ha meno di sette cifre: {detail}.'),
  'segnatura-date-format': row('flag', 'Una data della segnatura non è scritta nel formato previsto: {detail}.'),
  'segnatura-time-format': row('flag', "L'ora di registrazione non è scritta nel formato previsto: {detail}."),
  'segnatura-time-unreadable': row('flag', "L'ora di registrazione non è leggibile: {detail}."),
  'segnatura-subject-misplaced': row(
    'flag',
    "Nella segnatura l'oggetto è indicato solo nella descrizione del documento.",
  ),
  'segnatura-subject-missing': row('flag', "Nella segnatura manca l'oggetto."),
  'segnatura-address-mailto': row(
    'flag',
    'Un indirizzo della segnatura è scritto con il prefisso «mailto:», non ammesso: {detail}.',
  ),
  'segnatura-received-unreadable': row('flag', "L'identificatore del messaggio ricevuto non è leggibile: {detail}."),
  'segnatura-reason-missing': row('flag', 'Nel messaggio di ritorno non è indicato il motivo.'),
  'segnatura-provision-missing': row('flag', "Nell'annullamento non è indicato il provvedimento."),
  'segnatura-file-name': row('note', 'Il nome del file della segnatura non è quello previsto: «{detail}».'),
  'segnatura-not-expressible': row(
    'note',
    'Il messaggio non si può scrivere in questa versione della segnatura: {detail}.',
  ),
  'segnatura-illegal-character': row('note', 'Il testo contiene caratteri non ammessi: {detail}.', 400),
  'model-invalid': row('note', 'Il modello JSON non è corretto: {detail}.', 400),
  'digest-hexadecimal': row('flag', "L'impronta di un documento è scritta in esadecimale invece che in base64."),
  'digest-unreadable': row('flag', "L'impronta dichiarata per un documento non è leggibile: {detail}."),
  'digest-algorithm': row('flag', "L'algoritmo dell'impronta non è quello dichiarato o non è conosciuto: {detail}."),
  'document-name-missing': row('flag', 'Nella segnatura un documento è descritto senza il nome del file.'),
  'document-location-empty': row(
    'flag',
    'Il documento «{detail}» è indicato con un riferimento telematico, ma senza indirizzo.',
  ),
  'document-none': row('exception', 'Nel messaggio non è presente alcun documento.', 422, '000_Irricevibile'),
  'document-primary-renamed': row(
    'flag',
    'Il documento primario «{detail}» non è presente con questo nome fra i file del messaggio.',
  ),
  'document-name-differs': row('note', 'Il documento «{detail}» è presente con un nome scritto in modo diverso.'),
  'document-name-repeated': row('flag', 'Più file del messaggio hanno lo stesso nome: «{detail}».'),
  'document-digest-differs': row(
    'exception',
    "L'impronta del documento «{detail}» non corrisponde al file ricevuto.",
    422,
    '002_AnomaliaImpronte',
  ),
  'document-primary-missing': row(
    'exception',
    'Il documento primario «{detail}» non è presente nel messaggio.',
    422,
    '000_Irricevibile',
  ),
  'document-missing': row('flag', 'Il documento «{detail}», descritto nella segnatura, non è presente nel messaggio.'),
  'document-undeclared': mild(
    'flag',
    'Il file «{detail}» è presente nel messaggio ma non è descritto nella segnatura.',
  ),
  'document-signature-broken': row(
    'exception',
    'La firma digitale di un documento non è integra: {detail}.',
    422,
    '004_DocumentoAllegatiErroreValidazioneFirma',
  ),
  'document-signature-unreadable': row(
    'flag',
    'La firma digitale di un documento non si può verificare: {detail}.',
    422,
    '004_DocumentoAllegatiErroreValidazioneFirma',
  ),
  'document-signature-missing': row(
    'flag',
    'Il documento «{detail}» è dichiarato firmato, ma non contiene una firma digitale riconoscibile.',
    422,
    '004_DocumentoAllegatiErroreValidazioneFirma',
  ),
  'document-signature-partial': mild(
    'note',
    'Il documento «{detail}» contiene aggiunte successive alla firma digitale.',
  ),
  // Only a note: most mail between offices is unsigned, and a flag on every message would tell nobody anything.
  'document-unsigned': wished(
    'note',
    "Il messaggio viene da un'altra amministrazione, ma nessuno dei suoi documenti è firmato digitalmente.",
  ),
  ...CONVERSION_PROBLEMS,
  // seal
  'seal-absent': row('flag', 'La segnatura non ha il sigillo elettronico.', 422, '001_ValidazioneFirma'),
  'seal-unreadable': row('flag', 'Il sigillo non è leggibile: {detail}.', 422, '001_ValidazioneFirma'),
  'seal-position': row('flag', 'La struttura del sigillo non è ammessa: {detail}.', 422, '001_ValidazioneFirma'),
  'seal-coverage': row(
    'flag',
    'Il sigillo non copre la segnatura nel modo previsto: {detail}.',
    422,
    '001_ValidazioneFirma',
  ),
  'seal-algorithm': row(
    'flag',
    'Il sigillo usa un algoritmo o una trasformazione non ammessi: {detail}.',
    422,
    '001_ValidazioneFirma',
  ),
  'seal-modified': row(
    'flag',
    "La segnatura è stata modificata dopo l'apposizione del sigillo: {detail}.",
    422,
    '001_ValidazioneFirma',
  ),
  'seal-signature': row(
    'flag',
    'La firma del sigillo non corrisponde al suo certificato.',
    422,
    '001_ValidazioneFirma',
  ),
  'seal-certificate': row(
    'flag',
    'Il certificato del sigillo non è utilizzabile: {detail}.',
    422,
    '001_ValidazioneFirma',
  ),
  'seal-untrusted': mild(
    'flag',
    "Il sigillo non risale a un'autorità riconosciuta: {detail}.",
    422,
    '001_ValidazioneFirma',
  ),
  'seal-key': row('note', 'Il certificato o la chiave del sigillo non sono utilizzabili: {detail}.', 400),
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
  'sender-unknown': mild('flag', "I codici del mittente non risultano nell'indice: {detail}."),
  'sender-address-not-in-index': mild(
    'flag',
    "L'indirizzo certificato del mittente non risulta nell'indice fra quelli della sua AOO: {detail}.",
  ),
  'sender-ceased': mild('flag', "L'AOO del mittente risulta cessata: {detail}."),
  'registration-date-future': row('flag', 'La data di registrazione è nel futuro: {detail}.'),
  'registration-date-old': row('flag', 'La data di registrazione non è plausibile: {detail}.'),
  'registration-year-differs': row(
    'flag',
    "L'anno della registrazione ({detail}) non è quello in cui il messaggio è stato inviato.",
  ),
  'registration-number-zero': row('flag', 'Il numero di registrazione è zero.'),
  // correlation
  'answer-unmatched': row(
    'operator',
    'La risposta si riferisce a una registrazione che qui non risulta: {detail}.',
    404,
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
  'message-repeated': row('note', 'Copia di un messaggio già ricevuto: non viene registrata di nuovo.', 409),
  'receipt-unmatched': row(
    'note',
    'La ricevuta si riferisce a un messaggio che non è stato inviato da questo servizio.',
    404,
  ),
  'mail-seen-before': row('note', 'Lo stesso messaggio era già stato letto da questa casella.', 409),
  'mail-judged-anew': row('note', 'Il messaggio è stato riesaminato: ora la sua busta è riconosciuta.', 409),
  ...DELIVERY_PROBLEMS,
  ...MAILBOX_PROBLEMS,
  // the index
  'index-encoding': row('note', 'Il file non è scritto in UTF-8: {detail}.', 400),
  'index-header': row('note', "La riga di intestazione non è quella di un file dell'indice: {detail}.", 400),
  'index-truncated': row('note', 'Il file è troncato: {detail}.', 400),
  'index-unreadable': row('note', 'Il file non è leggibile: {detail}.', 400),
  'index-too-large': row('note', 'Il file supera la dimensione massima ammessa ({detail}).', 413),
  'index-empty': row('note', 'Il file non contiene alcuna riga utilizzabile.', 400),
  'index-shrunken': row('note', "Nel file mancano troppe voci già presenti nell'indice: {detail}.", 409),
  'index-older': row('note', 'Il file riguarda un giorno precedente a quello già importato: {detail}.', 409),
  'index-busy': row('note', "È in corso un'altra importazione dell'indice.", 409),
  'index-fetch': row('note', 'Il file non si può scaricare: {detail}.', 503),
  'index-row-cells': row('note', 'La riga non ha il numero di campi previsto: {detail}.', 400),
  'index-row-code': row('note', 'Nella riga un codice manca o non è leggibile: {detail}.', 400),
  'index-row-name': row('note', 'Nella riga manca la denominazione.', 400),
  'index-row-double': row('note', 'Lo stesso codice compare in più righe e vale la prima: {detail}.', 400),
  'index-row-mail': row('note', 'Un indirizzo di posta non è valido e non viene usato: {detail}.', 400),
  'index-row-date': row('note', 'Una data non è valida e non viene usata: {detail}.', 400),
  'index-row-text': row('note', 'Un campo della riga è troppo lungo o contiene caratteri non ammessi: {detail}.', 400),
  'index-recipient-unknown': row('note', "Il destinatario non risulta nell'indice: {detail}."),
  'index-recipient-ambiguous': row('note', 'Il destinatario non è univoco: {detail}.'),
  'index-recipient-ceased': row('note', 'Il destinatario è cessato: {detail}.'),
  'index-recipient-unreachable': row('note', 'Il destinatario non ha un indirizzo PEC: {detail}.'),
  'index-recipient-doubled': row('note', 'Due destinatari hanno lo stesso indirizzo: {detail}.'),
  'documents-too-large': row(
    'note',
    'I documenti, nel loro insieme, superano la dimensione massima ammessa ({detail} byte).',
    413,
  ),
  'index-layer-target': row('note', "L'ente o l'AOO non risulta nell'indice: {detail}.", 404),
  'index-layer-value': row('note', 'Il valore non è ammesso per questo campo: {detail}.', 400),
  'index-message-conflict': row(
    'note',
    'Un annuncio con lo stesso «messageId» ha già un altro contenuto o un altro esito.',
    409,
  ),
  'too-many-requests': row('note', 'Troppe richieste: riprovare fra {detail} secondi.', 429),
  // documents over the API
  'upload-unknown': row('note', 'Il caricamento non esiste: {detail}.', 404),
  'upload-expired': row('note', 'Il caricamento è scaduto: ricominciarlo.', 410),
  'upload-busy': row('note', 'Un altro invio sta già caricando questo documento: riprovare fra poco.', 409),
  'upload-complete': row('note', 'Il caricamento è già completo.', 409),
  'upload-incomplete': row('note', 'Il caricamento non è completo: {detail}.', 409),
  'upload-offset': row(
    'note',
    'I byte inviati non proseguono da quelli già arrivati: riprendere dal byte {detail}.',
    409,
  ),
  'upload-range': row('note', "L'intervallo di byte non corrisponde a questo caricamento: {detail}.", 416),
  'upload-length': row('note', 'Il numero di byte arrivati non è quello annunciato: {detail}.', 400),
  'upload-too-large': row('note', 'Il documento supera la dimensione massima ammessa ({detail} byte).', 413),
  'upload-digest-differs': row(
    'note',
    "L'impronta dei byte arrivati non è quella dichiarata: ripetere il caricamento dall'inizio.",
    422,
  ),
  'upload-interrupted': row('note', "L'invio si è interrotto: riprendere dal byte {detail}.", 408),
  'upload-quota': row('note', 'Ci sono troppi caricamenti non utilizzati: {detail}.', 429),
  'upload-repeated': row('note', 'Lo stesso caricamento è indicato più volte: {detail}.', 400),
  'media-type-unsupported': row('note', 'Il tipo di contenuto non è ammesso: {detail}.', 415),
  'file-name-invalid': row('note', 'Il nome del file non è ammesso: {detail}.', 400),
  'range-not-satisfiable': row('note', "L'intervallo richiesto è fuori dal documento, che ha {detail} byte.", 416),
  'document-unavailable': row('note', 'Il documento non si trova più nel messaggio conservato: {detail}.', 500),
  'document-too-large': row('note', 'Il documento supera la dimensione massima ammessa.', 413),
  'document-lost': row('note', "Il documento non si trova nell'archivio o è danneggiato.", 500),
  'multipart-invalid': row('note', 'La richiesta multipart non è corretta: {detail}.', 400),
  'storage-unavailable': row('note', "L'archivio dei documenti non è disponibile.", 503),
  ...COMMAND_PROBLEMS,
  ...EVIDENCE_PROBLEMS,
  // configuration and running
  'database-unavailable': row('note', 'La base di dati non risponde.', 503),
  'not-found': row('note', 'La risorsa richiesta non esiste.', 404),
  'bad-request': row('note', 'La richiesta non è corretta: {detail}.', 400),
  ...ACCESS_PROBLEMS,
  ...REQUEST_PROBLEMS,
  ...WEBHOOK_PROBLEMS,
  internal: row('note', 'Errore interno, annotato nei log del servizio.', 500),
} as const satisfies Record<string, ProblemRow>;

export type ProblemCode = keyof typeof PROBLEMS;

/** One finding about something that came from outside: what, where, and the sentence for a person. */
export interface Problem {
  readonly code: ProblemCode;
  /** Where: a path inside the XML (`/Segnatura/Intestazione`), a MIME part (`1.2`), a header, or ''. */
  readonly at: string;
  readonly message: string;
}

export function problem(code: ProblemCode, at = '', detail = ''): Problem {
  return { code, at, message: complete(PROBLEMS[code].sentence, detail) };
}

/** A reply of a server often ends in a full stop of its own, and a subject may be empty. */
function complete(sentence: string, detail: string): string {
  if (detail === '') return sentence.replace(': {detail}', '').replaceAll('{detail}', '').trimEnd();
  return sentence
    .replaceAll('{detail}.', () => `${detail.replace(/\.+$/, '')}.`)
    .replaceAll('{detail}', () => detail)
    .trimEnd();
}
