import { mild, type ProblemRow, row, wished } from './problem-row.ts';

/** Part of the table in `problems.ts`: what is wrong with the XML of a message and with the documents it describes. */
export const SEGNATURA_PROBLEMS = {
  // XML. What a machine cannot read, a person may: only a strict office refuses it unseen.
  'xml-too-large': wished('operator', 'Il file XML supera i {detail} byte ammessi.', 413, '000_Irricevibile'),
  'xml-doctype-internal': wished(
    'operator',
    'Il file XML contiene dichiarazioni interne (DOCTYPE), non ammesse.',
    422,
    '000_Irricevibile',
  ),
  'xml-entity': wished(
    'operator',
    'Il file XML contiene riferimenti a entità non ammessi: {detail}.',
    422,
    '000_Irricevibile',
  ),
  'xml-malformed': wished('operator', 'Il file XML non è ben formato: {detail}.', 422, '000_Irricevibile'),
  'xml-encoding': row('flag', 'La codifica dei caratteri del file XML non è quella dichiarata: {detail}.'),
  'xml-encoding-unsupported': wished(
    'operator',
    'La codifica dei caratteri del file XML non è ammessa: {detail}.',
    422,
    '000_Irricevibile',
  ),
  'xml-control-character': row('flag', 'Il file XML contiene caratteri di controllo non ammessi.'),
  'xml-too-deep': wished(
    'operator',
    'Il file XML ha troppi livelli di annidamento (più di {detail}).',
    422,
    '000_Irricevibile',
  ),
  'xml-too-many': wished(
    'operator',
    'Il file XML ha troppi elementi o attributi (più di {detail}).',
    422,
    '000_Irricevibile',
  ),
  'xml-unknown-root': wished(
    'operator',
    'Il file XML non è una segnatura né un messaggio di ritorno: {detail}.',
    422,
    '000_Irricevibile',
  ),
  // segnatura
  'segnatura-invalid': row('flag', 'La segnatura non è conforme allo schema della sua versione: {detail}.'),
  'segnatura-repaired': row('flag', 'La segnatura contiene errori di XML, ma resta leggibile. {detail}'),
  'segnatura-unusable': mild(
    'operator',
    'Il file della segnatura non si può usare: il messaggio vale come posta certificata senza segnatura.',
  ),
  'segnatura-forwarded': mild(
    'operator',
    'La segnatura sembra quella di un altro messaggio, inoltrato da chi scrive ora: {detail}.',
  ),
  'segnatura-no-identifier': wished(
    'operator',
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
  'segnatura-number-format': row('flag', "Il numero di registrazione è scritto insieme all'anno: {detail}."),
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
  'document-winmail': mild(
    'flag',
    'Il file «{detail}» è nel formato proprio di Outlook (TNEF) e i documenti che contiene non sono visibili. Chiedere al mittente di inviarli di nuovo impostando in Outlook il formato HTML o solo testo.',
  ),
  // Only flagged: what seems broken to a machine may be our own reading, so a refusal is for a person or a strict office.
  'document-signature-broken': row(
    'flag',
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
} as const satisfies Record<string, ProblemRow>;
