import { type ProblemRow, row } from './problem-row.ts';

/** Part of the table in `problems.ts`: what a message loses on its way into another generation. */
export const CONVERSION_PROBLEMS = {
  'convert-seal': row('note', 'Il sigillo elettronico non vale per la nuova versione.'),
  'convert-register': row('note', 'La versione di arrivo non prevede il codice del registro: {detail}.'),
  'convert-number': row('note', 'Il numero di registrazione cambia forma: {detail}.'),
  'convert-code': row('note', 'Il codice ha una forma non prevista nella versione di arrivo: {detail}.'),
  'convert-code-name': row('note', 'La versione di arrivo non prevede il nome che accompagna un codice: {detail}.'),
  'convert-aoo-name': row(
    'note',
    "Manca il nome dell'AOO, obbligatorio nella versione di arrivo: al suo posto si scrive {detail}.",
  ),
  'convert-time': row('note', "L'ora di registrazione non si può riportare per intero: {detail}."),
  'convert-first-registration': row('note', 'La versione di arrivo non prevede la prima registrazione.'),
  'convert-copy': row(
    'note',
    'La versione di arrivo richiede un destinatario principale: {detail} non è più per conoscenza.',
  ),
  'convert-foreign': row('note', 'La versione di arrivo non prevede le amministrazioni estere: {detail}.'),
  'convert-office': row('note', "La versione di arrivo non permette di indicare l'ufficio per intero. {detail}"),
  'convert-contacts': row('note', 'La versione di arrivo non prevede alcuni dei recapiti. {detail}'),
  'convert-postal-address': row('note', "La versione di arrivo non prevede l'indirizzo postale. {detail}"),
  'convert-person': row('note', 'La versione di arrivo non prevede alcuni dati delle persone. {detail}'),
  'convert-tax-code': row('note', 'La versione di arrivo non prevede il codice fiscale o la partita IVA.'),
  'convert-reply': row('note', "La versione di arrivo non prevede l'indirizzo per le risposte: {detail}."),
  'convert-classification': row(
    'note',
    'La classificazione non si può riportare per intero nella versione di arrivo. {detail}',
  ),
  'convert-reserved': row(
    'note',
    'Le indicazioni di riservatezza non si possono riportare per intero nella versione di arrivo. {detail}',
  ),
  'convert-operator-request': row(
    'note',
    'La versione di arrivo non prevede la richiesta di intervento di un operatore. {detail}',
  ),
  'convert-paper-documents': row('note', 'La versione di arrivo non prevede il riferimento a documenti cartacei.'),
  'convert-telematic-references': row('note', 'La versione di arrivo non prevede i riferimenti telematici.'),
  'convert-notes': row('note', 'La versione di arrivo non prevede le note. {detail}'),
  'convert-digest': row('note', "L'impronta non si può indicare nella versione di arrivo. {detail}"),
  'convert-digest-encoding': row('note', "L'impronta è riscritta nella codifica prevista."),
  'convert-place': row('note', 'La collocazione telematica non si può riportare per intero nella versione di arrivo.'),
  'convert-signature-flags': row(
    'note',
    'La versione di arrivo non prevede le indicazioni su firme, sigilli e marche temporali del documento.',
  ),
  'convert-media-type': row(
    'note',
    'Il tipo del file «{detail}» non è indicato: si scrive «application/octet-stream».',
  ),
  'convert-document': row('note', 'La versione di arrivo non prevede alcuni dati del documento. {detail}'),
  'convert-dossier': row('note', 'La versione di arrivo non prevede i fascicoli che raccolgono documenti. {detail}'),
  'convert-folder': row('note', 'La versione di arrivo non prevede il fascicolo. {detail}'),
  'convert-more-info': row('note', 'La versione di arrivo non prevede le ulteriori informazioni (PiuInfo).'),
  'convert-references': row(
    'note',
    'I riferimenti non si possono riportare per intero nella versione di arrivo. {detail}',
  ),
  'convert-received': row(
    'note',
    'Nella versione di arrivo il messaggio ricevuto si può indicare solo a parole. {detail}',
  ),
  'convert-detail': row('note', 'La versione di arrivo non prevede uno dei dati. {detail}'),
} as const satisfies Record<string, ProblemRow>;
