/** What the list calls things. */
import { INCOMING_STATES } from '../../../../domain/exchange/incoming.ts';
import { OUTGOING_STATES } from '../../../../domain/exchange/outgoing.ts';
import { isAllowed, transition } from '../../../../domain/exchange/transition.ts';
import { TASKS, taskSentence } from '../../../../kernel/tasks.ts';
import type { WorkItem, WorkKind } from '../../../../service/queries/worklist.ts';
import type { Office } from '../../../../service/register/office.ts';
import type { BadgeKind } from '../components/badge.ts';
import { ended } from '../components/sentences.ts';
import { withWayBack } from '../components/way-back.ts';
import { registrationPath } from '../components/when.ts';

/** By kind: the address's word, the counter, the badge. */
export const WORK_WORDS: Readonly<
  Record<WorkKind, { readonly slug: string; readonly many: string; readonly one: string; readonly badge: BadgeKind }>
> = {
  flagged: { slug: 'segnalati', many: 'Messaggi segnalati', one: 'Segnalato', badge: 'warn' },
  'without-segnatura': { slug: 'senza-segnatura', many: 'Senza segnatura', one: 'Senza segnatura', badge: 'state' },
  undelivered: { slug: 'non-consegnati', many: 'Non consegnati', one: 'Non consegnato', badge: 'bad' },
  overdue: { slug: 'scadenze', many: 'Scadenze superate', one: 'Scadenza superata', badge: 'bad' },
  excepted: { slug: 'eccezioni', many: 'Eccezioni ricevute', one: 'Eccezione ricevuta', badge: 'bad' },
  unmatched: { slug: 'senza-invio', many: 'Ricevute senza invio', one: 'Ricevuta senza invio', badge: 'warn' },
  sick: { slug: 'caselle', many: 'Caselle da guardare', one: 'Da guardare', badge: 'bad' },
  'failed-mail': { slug: 'non-letti', many: 'Messaggi non letti', one: 'Non letto', badge: 'bad' },
};

export const kindOfSlug = (slug: string): WorkKind | null => {
  const found = Object.entries(WORK_WORDS).find(([, words]) => words.slug === slug);
  return found === undefined ? null : (found[0] as WorkKind);
};

/** Why it is here. */
export const whyHere = (item: WorkItem): string => ended(reasonOf(item));

const reasonOf = ({ code, detail, kind }: WorkItem): string =>
  code === 'decide' && detail !== ''
    ? detail
    : code !== null
      ? taskSentence(code, detail)
      : detail !== ''
        ? detail
        : kind === 'failed-mail'
          ? 'Il messaggio non è stato elaborato: è conservato com’è arrivato.'
          : 'Il messaggio non è di posta certificata, o non riguarda un invio di questo ufficio.';

/** What to do about it. */
export const whatToDo = ({ code, kind }: WorkItem): string =>
  code !== null
    ? TASKS[code].advice
    : kind === 'failed-mail'
      ? 'Avvisa l’amministratore del nodo: dopo il rimedio, il messaggio si riesamina da solo.'
      : 'Leggilo. Se va registrato, registralo a mano; altrimenti mettilo da parte.';

/** Nobody may close it without deciding. */
const mustBeDecided = ({ code }: WorkItem): boolean => code !== null && TASKS[code].until === 'decided';

export interface WorkActs {
  readonly register: boolean;
  readonly refuse: boolean;
  /** Archives a message without registering it; of a mail without exchange, takes it off the list. */
  readonly putAside: boolean;
  readonly sendAgain: boolean;
  /** Writes to the recipient who has not confirmed in time; the task stays until an answer comes. */
  readonly remind: boolean;
  /** Closes the task, saying how it was resolved. */
  readonly close: boolean;
}

/** What makes sense in place, of what the use cases take in this state. `numbering`: elsewhere given numbers are asked for. */
export function actsOf(item: WorkItem, { numbering }: Pick<Office, 'numbering'>): WorkActs {
  const decides = item.direction === 'incoming' && item.exchange !== null && mustBeDecided(item);
  return {
    register: decides && numbering === 'own',
    refuse: decides && item.code === 'decide',
    putAside: decides || (item.code === null && item.kind !== 'failed-mail'),
    sendAgain: (item.kind === 'undelivered' || item.code === 'delivery-late') && maySendAgain(item),
    remind:
      item.code === 'confirmation-late' && item.exchange !== null && item.registration !== null && numbering === 'own',
    close: item.code !== null && !mustBeDecided(item) && item.kind !== 'sick',
  };
}

/** Of what arrived, our answer: such a task speaks of one that has been sent, whichever it was. A lost notice cannot be sent again. */
function maySendAgain({ code, direction, state: name }: WorkItem): boolean {
  if (code === 'notice-failed') return false;
  if (direction === 'outgoing') {
    const state = OUTGOING_STATES.find((one) => one === name);
    const exchange = { direction, registered: null } as const;
    return state !== undefined && isAllowed(transition({ ...exchange, state }, { type: 'resend', answer: null }));
  }
  const state = INCOMING_STATES.find((one) => one === name);
  if (state === undefined || direction === null) return false;
  return isAllowed(transition({ direction, state, registered: null }, { type: 'resend', answer: 'confirmation' }));
}

/** Where it is seen whole, and from there back to this place of the list; null: the list says all there is. */
export const workPath = ({ message, direction, registration, exchange }: WorkItem, list: string): string | null => {
  if (direction === 'outgoing' && registration !== null) return withWayBack(registrationPath(registration), list);
  const shown = exchange ?? message;
  return shown === null ? null : withWayBack(`/messaggi/${shown}`, list);
};
