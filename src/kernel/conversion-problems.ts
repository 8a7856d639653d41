import { type ProblemRow, row } from './problem-row.ts';

/** Part of the table in `problems.ts`: what a message loses on its way into another generation. */
export const CONVERSION_PROBLEMS = {
  'convert-seal': row('note', 'Il sigillo elettronico non vale per la nuova versione.'),
  'convert-register': row('note', 'La versione di arrivo non ha il codice del registro: {detail}.'),
  'convert-number': row('note', 'Il numero di registrazione cambia forma: {detail}.'),
  'convert-code': row('note', 'Il codice ha una forma che la versione di arrivo non prevede: {detail}.'),
  'convert-code-name': row('note', 'La versione di arrivo non ha posto per il nome del codice: {detail}.'),
  'convert-aoo-name': row('note', "Manca il nome dell'AOO, obbligatorio nella versione di arrivo: si scrive {detail}."),
  'convert-time': row('note', "L'ora di registrazione non si può scrivere per intero: {detail}."),
  'convert-first-registration': row('note', 'La prima registrazione non si può indicare nella versione di arrivo.'),
  'convert-copy': row(
    'note',
    'La versione di arrivo vuole un destinatario principale: {detail} non è più per conoscenza.',
  ),
  'convert-foreign': row('note', 'La versione di arrivo non conosce le amministrazioni estere: {detail}.'),
  'convert-office': row('note', "L'ufficio non si può indicare per intero nella versione di arrivo. {detail}"),
  'convert-contacts': row('note', 'Alcuni recapiti non hanno posto nella versione di arrivo. {detail}'),
  'convert-postal-address': row('note', "L'indirizzo postale non si può scrivere nella versione di arrivo. {detail}"),
  'convert-person': row('note', 'Alcuni dati delle persone non hanno posto nella versione di arrivo. {detail}'),
  'convert-tax-code': row('note', 'Il codice fiscale o la partita IVA non ha posto nella versione di arrivo.'),
  'convert-reply': row('note', "L'indirizzo per le risposte non ha posto nella versione di arrivo: {detail}."),
  'convert-classification': row(
    'note',
    'La classificazione non si può scrivere per intero nella versione di arrivo. {detail}',
  ),
  'convert-reserved': row('note', 'Le indicazioni di riservatezza non si possono scrivere per intero. {detail}'),
  'convert-operator-request': row(
    'note',
    'La richiesta di un operatore non ha posto nella versione di arrivo. {detail}',
  ),
  'convert-paper-documents': row('note', 'Il rinvio a documenti cartacei non ha posto nella versione di arrivo.'),
  'convert-telematic-references': row(
    'note',
    'Il rinvio a documenti telematici non ha posto nella versione di arrivo.',
  ),
  'convert-notes': row('note', 'Le note non hanno posto nella versione di arrivo. {detail}'),
  'convert-digest': row('note', "L'impronta non si può dichiarare nella versione di arrivo. {detail}"),
  'convert-digest-encoding': row('note', "L'impronta è riscritta nella codifica prevista."),
  'convert-place': row('note', 'La collocazione telematica non si può scrivere per intero nella versione di arrivo.'),
  'convert-signature-flags': row(
    'note',
    'Firme, sigilli e marche del documento non si possono indicare nella versione di arrivo.',
  ),
  'convert-media-type': row(
    'note',
    'Il tipo del file «{detail}» non è indicato: si scrive «application/octet-stream».',
  ),
  'convert-document': row('note', 'Alcuni dati del documento non hanno posto nella versione di arrivo. {detail}'),
  'convert-dossier': row(
    'note',
    'I fascicoli che raccolgono documenti non hanno posto nella versione di arrivo. {detail}',
  ),
  'convert-folder': row('note', 'Il fascicolo non ha posto nella versione di arrivo. {detail}'),
  'convert-more-info': row('note', 'Le ulteriori informazioni (PiuInfo) non hanno posto nella versione di arrivo.'),
  'convert-references': row(
    'note',
    'I riferimenti non si possono scrivere per intero nella versione di arrivo. {detail}',
  ),
  'convert-received': row(
    'note',
    'Il messaggio ricevuto si può indicare solo a parole nella versione di arrivo. {detail}',
  ),
  'convert-detail': row('note', 'Un dato non ha posto nella versione di arrivo. {detail}'),
} as const satisfies Record<string, ProblemRow>;
