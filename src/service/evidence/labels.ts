/** Names in an export: Italian labels for people, and file names made of our own words only. */
import { type Purpose, RECEIPTS } from '../../domain/exchange/event-types.ts';
import type { IncomingState } from '../../domain/exchange/incoming.ts';
import type { OutgoingState } from '../../domain/exchange/outgoing.ts';
import type { EvidenceMail } from './evidence-record.ts';

const SENT: Readonly<Record<Purpose, readonly [file: string, label: string]>> = {
  message: ['messaggio', 'messaggio protocollato'],
  confirmation: ['conferma', 'conferma di ricezione'],
  exception: ['eccezione', 'notifica di eccezione'],
  update: ['aggiornamento', 'aggiornamento di conferma'],
  annulment: ['annullamento', 'annullamento di protocollazione'],
  receipt: ['ricevuta-di-registrazione', 'ricevuta di registrazione'],
};
export const sentFile = (purpose: Purpose): string => SENT[purpose][0];
export const sentLabel = (purpose: Purpose): string => SENT[purpose][1];

const RECEIVED: Readonly<Record<string, readonly [file: string, label: string]>> = {
  'protocol-message': ['messaggio', 'messaggio protocollato'],
  confirmation: ['conferma', 'conferma di ricezione'],
  exception: ['eccezione', 'notifica di eccezione'],
  update: ['aggiornamento', 'aggiornamento di conferma'],
  annulment: ['annullamento', 'annullamento di protocollazione'],
  'plain-pec': ['pec-senza-segnatura', 'messaggio PEC senza segnatura'],
  anomaly: ['anomalia', 'busta di anomalia'],
  'ordinary-mail': ['posta-ordinaria', 'posta ordinaria'],
  unreadable: ['illeggibile', 'messaggio illeggibile'],
};

/** A receipt type that a provider invented does not become part of a file name. */
const KNOWN_RECEIPTS: ReadonlySet<string> = new Set(RECEIPTS);

export function receivedFile({ kind, inspection }: EvidenceMail): string {
  const type = inspection?.pec?.type ?? '';
  if (kind === 'pec-receipt') return KNOWN_RECEIPTS.has(type) ? `ricevuta-${type}` : 'ricevuta';
  return RECEIVED[kind ?? '']?.[0] ?? 'messaggio-non-esaminato';
}

export function receivedLabel({ kind, inspection }: EvidenceMail): string {
  if (kind === 'pec-receipt') return `ricevuta PEC: ${inspection?.pec?.type ?? 'tipo non indicato'}`;
  return RECEIVED[kind ?? '']?.[1] ?? 'messaggio non ancora esaminato';
}

const EVENTS: Readonly<Record<string, string>> = {
  received: 'messaggio ricevuto',
  registered: 'messaggio registrato in uscita',
  'registered-by-hand': 'registrato da un operatore o dal sistema di protocollo',
  'refused-by-hand': 'rifiutato da un operatore',
  'confirmed-by-hand': 'conferma disposta da un operatore',
  closed: 'archiviato senza registrazione',
  'handed-to-a-person': 'affidato a un operatore',
  'annulled-here': 'registrazione annullata da questo ufficio',
  'update-here': 'assegnazione o classificazione modificata da questo ufficio',
  resend: 'nuovo invio disposto da un operatore',
  'sent-elsewhere': 'nuovo invio a un altro indirizzo disposto da un operatore',
  overdue: 'termine scaduto senza riscontro',
  confirmation: 'conferma di ricezione ricevuta',
  exception: 'notifica di eccezione ricevuta',
  update: 'aggiornamento di conferma ricevuto',
  annulment: 'annullamento ricevuto',
  'receipt-of-another': "ricevuta PEC di un'altra trasmissione, non considerata",
};

/** An event in words; an unknown type is shown as recorded. */
export function eventLabel(type: string): string {
  const known = EVENTS[type];
  if (known !== undefined) return known;
  for (const [purpose, [, label]] of Object.entries(SENT)) {
    if (type === `${purpose}-sent`) return `${label}: invio al gestore PEC riuscito`;
    if (type === `${purpose}-given-up`) return `${label}: invio non riuscito`;
  }
  // Behind our own mails: one of them is a receipt, too.
  return type.startsWith('receipt-') ? `ricevuta PEC: ${type.slice('receipt-'.length)}` : type;
}

const INCOMING_STATES: Readonly<Record<IncomingState, string>> = {
  new: 'ricevuto',
  operator: 'in attesa di una decisione',
  held: 'in attesa del sistema di protocollo',
  registered: 'registrato, senza conferma',
  confirming: 'registrato, conferma da inviare',
  confirmed: 'registrato e confermato',
  refusing: 'rifiutato, notifica di eccezione da inviare',
  refused: 'rifiutato con notifica di eccezione',
  unanswered: 'risposta non consegnata',
  annulled: 'annullato',
  closed: 'archiviato senza registrazione',
};
const OUTGOING_STATES: Readonly<Record<OutgoingState, string>> = {
  queued: 'da inviare',
  sent: 'inviato',
  accepted: 'accettato dal gestore PEC',
  unevidenced: 'accettato, senza ricevuta di consegna (posta ordinaria)',
  delivered: 'consegnato',
  failed: 'non consegnato',
  replaced: 'non consegnato, inviato a un altro indirizzo',
  confirmed: 'consegnato, registrazione confermata',
  excepted: 'rifiutato dal destinatario con notifica di eccezione',
  annulled: 'annullato dal destinatario',
  withdrawn: 'annullato da questo ufficio',
};
const EXCHANGE_STATES: ReadonlyMap<string, string> = new Map([
  ...Object.entries(INCOMING_STATES).map(([state, label]) => [`incoming ${state}`, label] as const),
  ...Object.entries(OUTGOING_STATES).map(([state, label]) => [`outgoing ${state}`, label] as const),
]);
export const exchangeStateLabel = (direction: string, state: string): string =>
  EXCHANGE_STATES.get(`${direction} ${state}`) ?? state;

export const LABELS = {
  index: 'questo indice, in forma leggibile',
  audit: 'annotazioni del registro di controllo che riguardano lo scambio',
  verification: 'verifica, eseguita ora, di quanto è conservato',
  verdict: (file: string) => `esame fatto alla ricezione: ${file}`,
  sentSegnatura: (file: string) => `segnatura inviata (${file})`,
  receivedSegnatura: (file: string) => `segnatura ricevuta (${file})`,
  unsent: (label: string) => `${label} (non inviato)`,
  documentOf: (mail: string, digest: string) => `${mail} (documento ${digest})`,
} as const;

const STATES: Readonly<Record<FileState, string>> = {
  intact: 'integro',
  damaged: 'ALTERATO',
  missing: 'MANCANTE',
  interrupted: 'INCOMPLETO',
  derived: 'ricavato',
};
/** `intact`: the digest is the one recorded when the bytes were kept. `derived`: made for this export from what is recorded. */
export type FileState = 'intact' | 'damaged' | 'missing' | 'interrupted' | 'derived';
export const stateLabel = (state: FileState): string => STATES[state];
