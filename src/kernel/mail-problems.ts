import { mild, type ProblemRow, row } from './problem-row.ts';

/** Part of the table in `problems.ts`: what is wrong with a mail or its PEC envelope. */
export const MAIL_PROBLEMS = {
  // mail
  'judging-too-long': row(
    'operator',
    'Il messaggio è conservato, ma il suo esame è durato più di {detail} secondi ed è stato interrotto: può essere costruito per bloccare il servizio. Aprirlo con prudenza in un programma di posta e decidere a mano.',
    503,
  ),
  'judging-interrupted': row(
    'operator',
    'Il messaggio è conservato, ma il suo esame si è interrotto: {detail}. Riprovare con «interpro retry»; se si ripete, aprirlo con prudenza in un programma di posta e decidere a mano.',
    503,
  ),
  'judging-too-large': row(
    'operator',
    "Il messaggio è conservato, ma l'esito del suo esame supera {detail} MiB, molto più di quanto un messaggio normale contiene: può essere costruito per bloccare il servizio. Aprirlo con prudenza in un programma di posta e decidere a mano.",
    503,
  ),
  'mime-empty': row('operator', 'Il messaggio è vuoto.'),
  'mime-malformed': row('operator', 'La struttura del messaggio di posta non è leggibile: {detail}.'),
  'mime-boundary-missing': row(
    'operator',
    'Il messaggio dichiara più parti, ma il separatore non è indicato o non si trova.',
  ),
  'mime-too-deep': row('operator', 'Il messaggio ha troppi livelli di annidamento (più di {detail}).'),
  'mime-too-many-parts': row('operator', 'Il messaggio ha troppe parti (più di {detail}).'),
  'mime-header-too-large': row('operator', "L'intestazione del messaggio supera i {detail} byte ammessi."),
  'mime-name-cut': mild(
    'flag',
    'Il nome di uno o più allegati supera i {detail} caratteri ed è stato accorciato; nel messaggio conservato è intero.',
  ),
  'mime-encoding-unknown': mild(
    'flag',
    "Una parte del messaggio usa una codifica di trasferimento sconosciuta ed è conservata com'è arrivata: {detail}.",
  ),
  'mime-encoding-broken': mild(
    'flag',
    'La codifica di trasferimento di una parte del messaggio è danneggiata e il contenuto può essere alterato o incompleto: {detail}.',
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
  'pec-certificate-revoked': row(
    'operator',
    'Quando la busta è stata firmata, il certificato era già revocato: {detail}. La busta non prova nulla: chiedere conferma al mittente per altra via.',
  ),
  'pec-certificate-revoked-later': mild(
    'note',
    'Il certificato che ha firmato la busta è stato revocato in seguito: {detail}. La busta, firmata prima, resta valida.',
  ),
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
    'I dati di certificazione (daticert.xml) contengono errori di XML, ma restano leggibili. {detail}',
  ),
  'daticert-repeated': mild(
    'flag',
    'Nei dati di certificazione (daticert.xml) è ripetuto un elemento ammesso una sola volta: {detail}.',
  ),
  'pec-original-missing': row('operator', 'Nella busta manca il messaggio originale (postacert.eml).'),
  'pec-receipt-incomplete': mild(
    'flag',
    'La ricevuta si dichiara completa, ma non contiene il messaggio consegnato (postacert.eml): prova la consegna, non il contenuto.',
  ),
  'pec-time-unreadable': mild('flag', "L'ora di certificazione non è leggibile: al suo posto vale {detail}."),
  'pec-time-implausible': mild('flag', "L'ora di certificazione non è plausibile: {detail}."),
  'pec-not-certified': row('operator', 'Il messaggio non è arrivato come posta elettronica certificata valida.'),
} as const satisfies Record<string, ProblemRow>;
