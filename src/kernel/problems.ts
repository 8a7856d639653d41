import { ACCESS_PROBLEMS } from './access-problems.ts';
import { ASSIGNMENT_PROBLEMS } from './assignment-problems.ts';
import { BY_HAND_PROBLEMS } from './by-hand-problems.ts';
import { COMMAND_PROBLEMS } from './command-problems.ts';
import { CONVERSION_PROBLEMS } from './conversion-problems.ts';
import { COPY_PROBLEMS } from './copy-problems.ts';
import { DELIVERY_PROBLEMS } from './delivery-problems.ts';
import { EMERGENCY_PROBLEMS } from './emergency-problems.ts';
import { EVIDENCE_PROBLEMS } from './evidence-problems.ts';
import { EXCHANGE_PROBLEMS } from './exchange-problems.ts';
import { INDEX_PROBLEMS } from './index-problems.ts';
import { MAIL_PROBLEMS } from './mail-problems.ts';
import { MAILBOX_PROBLEMS } from './mailbox-problems.ts';
import { PEOPLE_PROBLEMS } from './people-problems.ts';
import { PREVIEW_PROBLEMS } from './preview-problems.ts';
import { type ProblemRow, row } from './problem-row.ts';
import { REQUEST_PROBLEMS } from './request-problems.ts';
import { SEAL_PROBLEMS } from './seal-problems.ts';
import { SEGNATURA_PROBLEMS } from './segnatura-problems.ts';
import { SENDING_PROBLEMS } from './sending-problems.ts';
import { TEXT_PROBLEMS } from './text-problems.ts';
import { UPLOAD_PROBLEMS } from './upload-problems.ts';
import { WEBHOOK_PROBLEMS } from './webhook-problems.ts';

/**
 * The one table of what can be wrong. A code is stable: peers, clerks and tests rely on it. `onReceipt` is the default
 * policy for an incoming message with that problem. Registering is mandatory wherever it is possible (Linee guida AgID
 * 2021): `note` and `flag` register, and a flag stays with the registration; `operator` leaves the message to a person;
 * `exception` answers with a NotificaEccezione whose Motivo is the sentence. `strict` is the other policy an office may
 * choose. `{detail}` stands for what the finder adds.
 */
export const PROBLEMS = {
  ...MAIL_PROBLEMS,
  ...SEGNATURA_PROBLEMS,
  ...CONVERSION_PROBLEMS,
  ...SEAL_PROBLEMS,
  ...EXCHANGE_PROBLEMS,
  ...DELIVERY_PROBLEMS,
  ...MAILBOX_PROBLEMS,
  ...INDEX_PROBLEMS,
  ...UPLOAD_PROBLEMS,
  ...COMMAND_PROBLEMS,
  ...ASSIGNMENT_PROBLEMS,
  ...SENDING_PROBLEMS,
  ...BY_HAND_PROBLEMS,
  ...EMERGENCY_PROBLEMS,
  ...EVIDENCE_PROBLEMS,
  ...PREVIEW_PROBLEMS,
  ...COPY_PROBLEMS,
  ...TEXT_PROBLEMS,
  // configuration and running
  'database-unavailable': row('note', 'La base di dati non risponde.', 503),
  'register-behind': row(
    'note',
    "Il registro dell'ufficio è fermo: la base di dati è più vecchia di quanto è già uscito ({detail}). L'amministratore del nodo esegua interpro recover.",
    503,
  ),
  'not-found': row('note', 'La risorsa richiesta non esiste.', 404),
  'bad-request': row('note', 'La richiesta non è corretta: {detail}.', 400),
  ...ACCESS_PROBLEMS,
  ...REQUEST_PROBLEMS,
  ...WEBHOOK_PROBLEMS,
  // the desk
  ...PEOPLE_PROBLEMS,
  internal: row('note', 'Errore interno, annotato nei log del servizio.', 500),
} as const satisfies Record<string, ProblemRow>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Something wrong with what came from outside: what it is, where, and the sentence for a person. */
export interface Problem {
  readonly code: ProblemCode;
  /** Where: a path inside the XML (`/Segnatura/Intestazione`), a MIME part (`1.2`), a header, or ''. */
  readonly at: string;
  readonly message: string;
}

export function problem(code: ProblemCode, at = '', detail = ''): Problem {
  return { code, at, message: complete(PROBLEMS[code].sentence, detail) };
}

/** The sentence without what a finder adds: the same for every problem of this code. */
export const titleOf = (code: ProblemCode): string =>
  PROBLEMS[code].sentence
    .replace(/ \([^()]*\{detail\}[^()]*\)/, '')
    .replace(/[:,] [^.:,]*\{detail\}[^.]*/, '')
    .replace(/ «?\{detail\}»?/, '');

/** A reply of a server often ends in a full stop of its own, and a subject may be empty. */
function complete(sentence: string, detail: string): string {
  if (detail === '') return sentence.replace(': {detail}', '').replaceAll('{detail}', '').trimEnd();
  return sentence
    .replaceAll('{detail}.', () => `${detail.replace(/\.+$/, '')}.`)
    .replaceAll('{detail}', () => detail)
    .trimEnd();
}
