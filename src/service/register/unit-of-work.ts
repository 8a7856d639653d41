import type { Exchange, IncomingExchange, OutgoingExchange } from '../../domain/exchange/exchange.ts';
import { identifierOf, indexable, type Registration } from '../../domain/register/registration.ts';
import { CLOSED_BY_MOVING } from '../../kernel/tasks.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { Identifier } from '../../model/segnatura.ts';
import { type ByHandWrites, noByHandWrites } from './by-hand-writes.ts';
import type {
  AnnulmentDecision,
  AnnulmentRequest,
  AssignmentChange,
  Changes,
  CommandAnswer,
  Handed,
  HistoryEvent,
  MailAside,
  NewTask,
  QueuedMail,
  RegistrationAnnulment,
  RegistrationChange,
  RegistrationNote,
  Settlement,
} from './changes.ts';
import type { Office } from './office.ts';
import type { RegisterClosing } from './register-closing.ts';
import { type NumberSource, type TakenNumbers, takeNumber } from './take-number.ts';

/**
 * What one transaction of one office decides, collected in memory and written once by `OfficeTransaction.save`. Decisions
 * about several mails in a row see each other here: a message and its copy may lie in the same page.
 */
export interface UnitOfWork extends ExchangesAtHand {
  readonly at: Date;
  /**
   * Registers under the next number of the year, final once the transaction commits; or under `external`, the number that
   * the office's own protocol system gave.
   */
  register(
    draft: RegistrationDraft,
    external?: ExternalNumber,
  ): Promise<{ readonly registration: Registration; readonly identifier: Identifier }>;
  queue(mail: QueuedMail): void;
  requeue(outboxId: string): void;
  hand(handed: Handed): void;
  settle(settlement: Settlement): void;
  /** Puts something on a person's list. */
  show(task: Omit<NewTask, 'taskId'>): void;
  closeTask(taskId: string, by: string, outcome: string): void;
  putMailAside(aside: MailAside): void;
  annul(annulment: RegistrationAnnulment): void;
  changeRegistration(change: RegistrationChange): void;
  changeAssignment(change: AssignmentChange): void;
  /** What is written beside the register for those who register by hand. */
  readonly byHand: ByHandWrites;
  askAnnulment(request: AnnulmentRequest): void;
  decideAnnulment(decision: AnnulmentDecision): void;
  note(note: RegistrationNote): void;
  /** Fixes the register of a day or a year; its files are durable already. */
  closeRegister(closing: RegisterClosing): void;
  answerWith(answer: CommandAnswer): void;
  audit(action: string, subject: string, data: Record<string, unknown>): void;
  changes(): Changes;
}

/** The exchanges that decisions are about, as this transaction sees them. */
export interface ExchangesAtHand {
  exchange(id: string): Exchange | undefined;
  exchangeIds(): readonly string[];
  find(matches: (exchange: Exchange) => boolean): Exchange | undefined;
  findIncoming(matches: (exchange: IncomingExchange) => boolean): IncomingExchange | undefined;
  findOutgoing(matches: (exchange: OutgoingExchange) => boolean): OutgoingExchange | undefined;
  /** Makes exchanges known without changing them. */
  load(exchanges: readonly Exchange[]): void;
  /** Makes events known, each as `<exchangeId> <once>`. */
  seen(keys: ReadonlySet<string>): void;
  hasSeen(exchangeId: string, once: string): boolean;
  put(exchange: Exchange): void;
  /** Appends an event and keeps `exchange` as it is after it; false, and nothing happens, when the event was seen before. */
  append(exchange: Exchange, event: Omit<HistoryEvent, 'exchangeId' | 'version'>): boolean;
  /** The exchange has moved on: what a person was to do until then is done. */
  moved(exchangeId: string): void;
}

/** The number an office's own protocol system gave, with its legal date and time. */
export interface ExternalNumber {
  readonly register: string;
  readonly year: number;
  readonly number: number;
  readonly date: string;
  readonly time: string;
}

/** Whose register and audit chain it is. */
export type Registrar = Pick<Office, 'aoo' | 'administration' | 'code' | 'register'>;

export type RegistrationDraft = Omit<Registration, 'register' | 'year' | 'number' | 'registeredAt' | 'date' | 'time'>;

export function openUnitOfWork(office: Registrar, tx: NumberSource, at: Date): UnitOfWork {
  const lists = emptyLists();
  const taken: TakenNumbers = { counters: new Map(), moments: new Map() };
  const exchanges = exchangesAtHand(at, lists);
  let answer: CommandAnswer | null = null;
  const audit: UnitOfWork['audit'] = (action, subject, data) => lists.audit.push({ action, subject, data });
  return {
    at,
    ...exchanges.atHand,
    async register(draft, external) {
      const numbered =
        external === undefined ? await takeNumber(office.register, tx, at, taken) : { ...external, registeredAt: at };
      const registration = { ...draft, ...numbered };
      lists.registrations.push(registration);
      audit('registered', `${numbered.register}/${numbered.year}/${numbered.number}`, {
        direction: draft.direction,
        mail: draft.mailId,
        documents: draft.documents.map((document) => document.sha256),
        flags: draft.flags.map((flag) => flag.code),
      });
      return { registration, identifier: identifierOf(office, registration) };
    },
    queue: (mail) => lists.queued.push(mail),
    requeue: (outboxId) => lists.requeued.push(outboxId),
    hand: (handed) => lists.handed.push(handed),
    settle: (settlement) => lists.settled.push(settlement),
    show: (task) => lists.tasks.push({ ...task, taskId: uuidv7(at) }),
    closeTask: (taskId, by, outcome) => lists.closedTasks.push({ taskId, by, outcome }),
    putMailAside: (aside) => lists.mailsAside.push(aside),
    annul: (annulment) => lists.annulments.push(annulment),
    changeRegistration: (change) => lists.registrationChanges.push(change),
    changeAssignment: (change) => lists.assignments.push(change),
    byHand: lists.byHand,
    askAnnulment: (request) => lists.annulmentRequests.push(request),
    decideAnnulment: (decision) => lists.annulmentDecisions.push(decision),
    note: (note) => lists.notes.push(note),
    closeRegister: (closing) => lists.closings.push(closing),
    answerWith(kept) {
      answer = kept;
    },
    audit,
    changes: () => ({ at, ...lists, ...exchanges.changed(), answer, counters: taken.counters }),
  };
}

type Lists = ReturnType<typeof emptyLists>;
const emptyLists = () => ({
  tasks: [] as NewTask[],
  closedTasks: [] as Changes['closedTasks'][number][],
  mailsAside: [] as MailAside[],
  annulments: [] as RegistrationAnnulment[],
  registrationChanges: [] as RegistrationChange[],
  assignments: [] as AssignmentChange[],
  byHand: noByHandWrites(),
  annulmentRequests: [] as AnnulmentRequest[],
  annulmentDecisions: [] as AnnulmentDecision[],
  notes: [] as RegistrationNote[],
  closings: [] as RegisterClosing[],
  events: [] as HistoryEvent[],
  registrations: [] as Registration[],
  queued: [] as QueuedMail[],
  requeued: [] as string[],
  handed: [] as Handed[],
  settled: [] as Settlement[],
  audit: [] as Changes['audit'][number][],
});

function exchangesAtHand(at: Date, lists: Pick<Lists, 'events' | 'tasks'>) {
  const exchanges = new Map<string, Exchange>();
  const touched = new Set<string>();
  const seenEvents = new Set<string>();
  const moved = new Set<string>();
  const put = (exchange: Exchange): void => {
    exchanges.set(exchange.exchangeId, exchange);
    touched.add(exchange.exchangeId);
  };
  const atHand: ExchangesAtHand = {
    exchange: (id) => exchanges.get(id),
    exchangeIds: () => [...exchanges.keys()],
    find: (matches) => exchanges.values().find(matches),
    findIncoming: (matches) =>
      exchanges
        .values()
        .filter((exchange) => exchange.direction === 'incoming')
        .find(matches),
    findOutgoing: (matches) =>
      exchanges
        .values()
        .filter((exchange) => exchange.direction === 'outgoing')
        .find(matches),
    load(loaded) {
      for (const exchange of loaded)
        if (!exchanges.has(exchange.exchangeId)) exchanges.set(exchange.exchangeId, exchange);
    },
    seen(keys) {
      for (const key of keys) seenEvents.add(key);
    },
    hasSeen: (exchangeId, once) => seenEvents.has(`${exchangeId} ${indexable(once)}`),
    put,
    append(exchange, event) {
      const { exchangeId } = exchange;
      const once = indexable(event.once);
      const key = `${exchangeId} ${once}`;
      if (seenEvents.has(key)) return false;
      seenEvents.add(key);
      const version = exchange.version + 1;
      lists.events.push({ ...event, once, exchangeId, version });
      put({ ...exchange, version, updatedAt: at });
      return true;
    },
    moved(exchangeId) {
      moved.add(exchangeId);
      // Tasks of this very transaction included: two mails about one exchange may lie in the same page.
      const left = lists.tasks.filter((task) => task.exchangeId !== exchangeId || !isClosedByMoving(task.code));
      lists.tasks.splice(0, lists.tasks.length, ...left);
    },
  };
  const changed = () => ({ moved: [...moved], exchanges: [...touched].flatMap((id) => exchanges.get(id) ?? []) });
  return { atHand, changed };
}

const isClosedByMoving = (code: NewTask['code']): boolean => CLOSED_BY_MOVING.includes(code);
