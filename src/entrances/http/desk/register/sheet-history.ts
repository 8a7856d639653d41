/** What happened to a registration: newest first, each with who did it. */
import type { RegistrationSheet, ReserveStep } from '../../../../service/queries/register-views.ts';
import type { HistoryEntry } from '../components/timeline.ts';
import { rome, shortDay } from '../components/when.ts';
import { html } from '../template.ts';
import { arrivedBy } from './register-filter.ts';

/** With its moment, so that entries of several sources can be put in one order. */
export interface SheetEntry extends HistoryEntry {
  readonly when: Date;
  readonly isExchange?: true;
}

/** The person who registered it, or who decided to register the message that came; null: the service did, by its rules. */
export const registeredBy = ({ arrival, lives }: RegistrationSheet): string | null =>
  arrival?.by ?? lives.find(({ decidedBy }) => decidedBy !== null)?.decidedBy ?? null;

export function sheetEntries(row: RegistrationSheet, now: Date): readonly SheetEntry[] {
  const by = registeredBy(row);
  const entry = (
    at: string,
    verb: string,
    rest: HistoryEntry['rest'],
    more: HistoryEntry['more'] = null,
  ): SheetEntry => ({
    when: new Date(at),
    at: rome(at, now),
    verb,
    rest,
    more,
  });
  return [
    entry(
      row.registeredAt,
      'Registrata',
      html`con il numero ${row.number}${by !== null && html` da ${by}`}`,
      row.emergency === null
        ? 'Non si può più cambiare: si annota, si riassegna o si annulla.'
        : `Ripresa dal registro di emergenza, dove ha il numero ${row.emergency}.`,
    ),
    ...(row.message === null ? [] : [entry(row.message.arrivedAt, 'Arrivata', `alla casella ${row.message.mailbox}`)]),
    ...(row.arrival?.receivedAt == null
      ? []
      : [
          entry(
            row.arrival.receivedAt,
            'Ricevuta',
            arrivedBy(row.arrival.carrier),
            row.arrival.deferral === null
              ? null
              : `Registrata in differita: ${row.arrival.deferral.reason} (${row.arrival.deferral.provision}).`,
          ),
        ]),
    ...row.notes.map(({ at, by, text }) => entry(at, 'Nota', `di ${by}`, `«${text}»`)),
    ...row.changes.map(({ at, by, field, oldValue, newValue }) =>
      entry(
        at,
        field === 'classification' ? 'Classificata' : 'Ufficio indicato',
        html`${newValue ?? 'senza classe'} da ${by}`,
        oldValue === null ? null : `Prima: ${oldValue}`,
      ),
    ),
    ...row.filings.map(({ at, by, file }) =>
      entry(
        at,
        file === null ? 'Tolta dal fascicolo' : 'Fascicolata',
        html`${file !== null && html`in ${file} `}da ${by}`,
      ),
    ),
    ...row.reserves.map((step) => reserveEntry(step, now)),
    ...row.requests.flatMap(({ at, by, reason, decision }) => [
      entry(at, 'Annullamento chiesto', `da ${by}`, `«${reason}»`),
      ...(decision === null || decision.outcome === 'accepted'
        ? []
        : [entry(decision.at, 'Annullamento rifiutato', `da ${decision.by}`, `«${decision.answer}»`)]),
    ]),
    ...(row.annulment === null
      ? []
      : [
          entry(
            row.annulment.at,
            'Annullata',
            `da ${row.annulment.by} (${row.annulment.provision})`,
            `«${row.annulment.reason}»`,
          ),
        ]),
    ...row.lives.flatMap((life) =>
      life.events.flatMap(({ type, at }) => {
        const known = EVENTS[type];
        return known === undefined
          ? []
          : [{ ...entry(at, known[0], html`${known[1]} ${life.peer}`), isExchange: true as const }];
      }),
    ),
  ];
}

const reserveEntry = ({ act, at, by, reason }: ReserveStep, now: Date): SheetEntry => ({
  ...{ when: new Date(at), at: rome(at, now), verb: act === 'set' ? 'Resa riservata' : 'Riserva tolta' },
  rest: `da ${by}`,
  more: reason === null ? 'Alla registrazione.' : `«${reason}»`,
});

/** Verb, and the word before the other office. What the register itself says is left out. */
const EVENTS: Readonly<Record<string, readonly [verb: string, of: string]>> = {
  'message-sent': ['Inviata', 'a'],
  'message-given-up': ['Invio non riuscito', 'a'],
  'receipt-accettazione': ['Accettata dal gestore', 'per'],
  'receipt-non-accettazione': ['Non accettata dal gestore', 'per'],
  'receipt-presa-in-carico': ['Presa in carico dal gestore', 'di'],
  'receipt-avvenuta-consegna': ['Consegnata', 'a'],
  'receipt-errore-consegna': ['Non consegnata', 'a'],
  'receipt-preavviso-errore-consegna': ['Consegna in ritardo', 'a'],
  'receipt-rilevazione-virus': ['Fermata per un virus', 'verso'],
  'confirmation-sent': ['Conferma inviata', 'a'],
  'confirmation-given-up': ['Conferma non riuscita', 'a'],
  'receipt-sent': ['Ricevuta di registrazione inviata', 'a'],
  'exception-sent': ['Rifiuto inviato', 'a'],
  'update-sent': ['Aggiornamento inviato', 'a'],
  'annulment-sent': ['Annullamento comunicato', 'a'],
  confirmation: ['Confermata', 'da'],
  exception: ['Rifiutata con eccezione', 'da'],
  update: ['Aggiornata', 'da'],
  annulment: ['Annullata dall’altro ufficio:', ''],
  resend: ['Inviata di nuovo', 'a'],
  'sent-elsewhere': ['Inviata a un altro indirizzo di', ''],
  overdue: ['Termine scaduto senza riscontro', 'da'],
};

export const peerNumberWords = ({ peerNumber, peerDate }: RegistrationSheet): string | null =>
  peerNumber === null ? null : `${peerNumber.split('/')[0]}${peerDate === null ? '' : ` del ${shortDay(peerDate)}`}`;
