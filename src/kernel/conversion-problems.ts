import { type ProblemRow, row } from './problem-row.ts';

/** How the table calls the segnatura that has no place for something; `sentenceForRecipient` names it. */
const SEGNATURA = 'La segnatura di quella versione';

/** The sentence of a loss for who has sent a message: which segnatura the recipient gets. */
export const sentenceForRecipient = (message: string, generation: string): string =>
  message.replace(SEGNATURA, `La segnatura ${generation} del destinatario`);

/** Part of the table in `problems.ts`: what a message loses on its way into another generation. */
export const CONVERSION_PROBLEMS = {
  'convert-seal': row('note', 'Il sigillo elettronico non vale per la nuova versione.'),
  'convert-register': row('note', `${SEGNATURA} non prevede il codice del registro: {detail}.`),
  'convert-number': row('note', 'Il numero di registrazione cambia forma: {detail}.'),
  'convert-code': row('note', `${SEGNATURA} prevede codici di un'altra forma: {detail}.`),
  'convert-code-name': row('note', `${SEGNATURA} non prevede il nome che accompagna un codice: {detail}.`),
  'convert-aoo-name': row(
    'note',
    `${SEGNATURA} richiede il nome dell'AOO, che manca: al suo posto si scrive {detail}.`,
  ),
  'convert-time': row('note', "L'ora di registrazione non si può riportare per intero: {detail}."),
  'convert-first-registration': row('note', `${SEGNATURA} non prevede la prima registrazione: {detail}.`),
  'convert-copy': row('note', `${SEGNATURA} richiede un destinatario principale: {detail} non è più per conoscenza.`),
  'convert-foreign': row('note', `${SEGNATURA} non prevede le amministrazioni estere: {detail}.`),
  'convert-office': row('note', `${SEGNATURA} non prevede questa indicazione dell'ufficio: {detail}.`),
  'convert-contacts': row('note', `${SEGNATURA} non prevede alcuni dei recapiti: {detail}.`),
  'convert-postal-address': row('note', `${SEGNATURA} non prevede l'indirizzo postale: {detail}.`),
  'convert-person': row('note', `${SEGNATURA} non prevede questi dati di una persona: {detail}.`),
  'convert-tax-code': row('note', `${SEGNATURA} non prevede il codice fiscale o la partita IVA.`),
  'convert-reply': row('note', `${SEGNATURA} non prevede l'indirizzo per le risposte: {detail}.`),
  'convert-classification': row('note', `${SEGNATURA} non prevede la classificazione per intero: {detail}.`),
  'convert-reserved': row('note', `${SEGNATURA} non prevede per intero le indicazioni di riservatezza: {detail}.`),
  'convert-operator-request': row(
    'note',
    `${SEGNATURA} non prevede la richiesta di intervento di un operatore: {detail}.`,
  ),
  'convert-paper-documents': row('note', `${SEGNATURA} non prevede il riferimento a documenti cartacei.`),
  'convert-telematic-references': row('note', `${SEGNATURA} non prevede i riferimenti telematici.`),
  'convert-notes': row('note', `${SEGNATURA} non prevede le note: {detail}.`),
  'convert-digest': row('note', `${SEGNATURA} non prevede questa impronta: {detail}.`),
  'convert-digest-encoding': row('note', "L'impronta è riscritta nella codifica prevista."),
  'convert-place': row('note', `${SEGNATURA} non prevede per intero la collocazione telematica.`),
  'convert-signature-flags': row(
    'note',
    `${SEGNATURA} non prevede le indicazioni su firme, sigilli e marche temporali del documento.`,
  ),
  'convert-media-type': row(
    'note',
    'Il tipo del file «{detail}» non è indicato: si scrive «application/octet-stream».',
  ),
  'convert-document': row('note', `${SEGNATURA} non prevede alcuni dati del documento: {detail}.`),
  'convert-dossier': row('note', `${SEGNATURA} non prevede i fascicoli che raccolgono documenti: {detail}.`),
  'convert-folder': row('note', `${SEGNATURA} non prevede il fascicolo: {detail}.`),
  'convert-more-info': row('note', `${SEGNATURA} non prevede le ulteriori informazioni (PiuInfo).`),
  'convert-references': row('note', `${SEGNATURA} non prevede per intero i riferimenti ad altri messaggi: {detail}.`),
  'convert-proceedings': row('note', `${SEGNATURA} non prevede il procedimento: {detail}.`),
  'convert-received': row('note', `${SEGNATURA} indica solo a parole il messaggio ricevuto: {detail}.`),
  'convert-detail': row('note', `${SEGNATURA} non prevede uno dei dati: {detail}.`),
} as const satisfies Record<string, ProblemRow>;
