import { row } from './problem-row.ts';

/** The emergency register (DPR 445/2000 art. 63): why it is not opened, extended, taken over or closed. */
export const EMERGENCY_PROBLEMS = {
  'emergency-incomplete': row('note', 'Indica causa, provvedimento e inizio.'),
  'emergency-future': row('note', 'Questo momento è nel futuro.'),
  'emergency-open': row('note', 'Un registro di emergenza è già aperto: prima va chiuso.', 409),
  'emergency-not-open': row('note', 'Questo registro di emergenza non esiste o è già chiuso.', 409),
  'emergency-overlaps': row('note', 'In quel momento era aperto un altro registro di emergenza.', 409),
  'emergency-provision-missing': row('note', 'Indica il provvedimento.'),
  'emergency-extension-unfit': row(
    'note',
    'La proroga va oltre la fine attuale e dura al massimo una settimana: {detail}.',
  ),
  'emergency-declaration-missing': row('note', 'Scrivi la dichiarazione di chiusura.'),
  'emergency-end-unfit': row(
    'note',
    "La fine va dopo l'inizio e l'ultima registrazione, e non oltre il periodo autorizzato: {detail}.",
  ),
  'emergency-file-unreadable': row('note', 'Il file del registro di emergenza non si legge: {detail}.'),
  'emergency-file-empty': row('note', 'Il file non contiene nessuna registrazione.'),
  'emergency-row': row('note', 'Riga {detail}.'),
} as const;
