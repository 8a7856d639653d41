import { identifierOf, indexable, type Registration } from '../../domain/register/registration.ts';
import { legalTime } from '../../kernel/clock.ts';
import { CLOSED_BY_MOVING } from '../../kernel/tasks.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { Identifier } from '../../model/segnatura.ts';
import type { Office } from './office.ts';
import type {
  Changes,
  CommandAnswer,
  Exchange,
  ExchangeEvent,
  Handed,
  NewTask,
  OfficeTransaction,
  QueuedMail,
  RegistrationAnnulment,
  RegistrationChange,
  Settlement,
} from './store.ts';

/**
 * What one transaction of one office decides, collected in memory and written once. Decisions about several mails in a
 * row see each other here (a message and its copy may lie in the same page); the database sees the outcome.
 */
export interface UnitOfWork {
  readonly at: Date;
  /**
   * Takes the next number of the year and registers; the number is final once the transaction commits. With `given`,
   * the office's own protocol system has numbered it: nothing is taken.
   */
  register(
    draft: RegistrationDraft,
    given?: GivenNumber,
  ): Promise<{ readonly registration: Registration; readonly identifier: Identifier }>;
  /** The exchange as this transaction sees it, changed or not. */
  exchange(id: string): Exchange | undefined;
  find(matches: (exchange: Exchange) => boolean): Exchange | undefined;
  exchangeIds(): readonly string[];
  /** Makes an exchange known without changing it. */
  load(exchanges: readonly Exchange[]): void;
  put(exchange: Exchange): void;
  /** Appends an event and moves the exchange on; false when the exchange has seen the event before. */
  append(exchange: Exchange, event: Omit<ExchangeEvent, 'exchangeId' | 'version'>, change?: Partial<Exchange>): boolean;
  /** The exchange has moved on: what a person was to do until then is done. */
  moved(exchangeId: string): void;
  seen(keys: ReadonlySet<string>): void;
  queue(mail: QueuedMail): void;
  requeue(outboxId: string): void;
  hand(handed: Handed): void;
  settle(settlement: Settlement): void;
  /** Puts something on a person's list. */
  show(task: Omit<NewTask, 'taskId'>): void;
  closeTask(taskId: string, by: string, outcome: string): void;
  annul(annulment: RegistrationAnnulment): void;
  changeRegistration(change: RegistrationChange): void;
  answerWith(answer: CommandAnswer): void;
  audit(action: string, subject: string, data: Record<string, unknown>): void;
  changes(): Changes;
}

/** The number an office's own protocol system gave, with its legal date and time. */
export interface GivenNumber {
  readonly register: string;
  readonly year: number;
  readonly number: number;
  readonly date: string;
  readonly time: string;
}

/** Whose register and audit chain it is. */
export type Registrar = Pick<Office, 'aoo' | 'administration' | 'code' | 'register'>;

export type RegistrationDraft = Omit<Registration, 'register' | 'year' | 'number' | 'registeredAt' | 'date' | 'time'>;

const isDone = (code: NewTask['code']): boolean => CLOSED_BY_MOVING.includes(code);

export function openUnitOfWork(office: Registrar, tx: OfficeTransaction, at: Date): UnitOfWork {
  const { year, date, time } = legalTime(at);
  const exchanges = new Map<string, Exchange>();
  const touched = new Set<string>();
  const seenEvents = new Set<string>();
  const counters = new Map<string, number>();
  const moved = new Set<string>();
  let answer: CommandAnswer | null = null;
  const lists = {
    tasks: [] as NewTask[],
    closedTasks: [] as Changes['closedTasks'][number][],
    annulments: [] as RegistrationAnnulment[],
    registrationChanges: [] as RegistrationChange[],
    events: [] as ExchangeEvent[],
    registrations: [] as Registration[],
    queued: [] as QueuedMail[],
    requeued: [] as string[],
    handed: [] as Handed[],
    settled: [] as Settlement[],
    audit: [] as Changes['audit'][number][],
  };

  const next = async (): Promise<number> => {
    const key = `${office.register}|${year}`;
    const number = (counters.get(key) ?? (await tx.lastNumber(office.register, year))) + 1;
    counters.set(key, number);
    return number;
  };

  const work: UnitOfWork = {
    at,
    async register(draft, given) {
      const numbered = given ?? { register: office.register, year, number: await next(), date, time };
      const registration = { ...draft, ...numbered, registeredAt: at };
      lists.registrations.push(registration);
      work.audit('registered', `${numbered.register}/${numbered.year}/${numbered.number}`, {
        direction: draft.direction,
        mail: draft.mailId,
        documents: draft.documents.map((document) => document.sha256),
        flags: draft.flags.map((flag) => flag.code),
      });
      return { registration, identifier: identifierOf(office, registration) };
    },
    exchange: (id) => exchanges.get(id),
    find: (matches) => exchanges.values().find(matches),
    exchangeIds: () => [...exchanges.keys()],
    load(loaded) {
      for (const exchange of loaded)
        if (!exchanges.has(exchange.exchangeId)) exchanges.set(exchange.exchangeId, exchange);
    },
    put(exchange) {
      exchanges.set(exchange.exchangeId, exchange);
      touched.add(exchange.exchangeId);
    },
    append(exchange, event, change = {}) {
      const once = indexable(event.once);
      const key = `${exchange.exchangeId} ${once}`;
      if (seenEvents.has(key)) return false;
      seenEvents.add(key);
      const version = exchange.version + 1;
      lists.events.push({ ...event, once, exchangeId: exchange.exchangeId, version });
      work.put({ ...exchange, ...change, version, updatedAt: at });
      return true;
    },
    moved(exchangeId) {
      moved.add(exchangeId);
      const left = lists.tasks.filter((task) => task.exchangeId !== exchangeId || !isDone(task.code));
      lists.tasks.splice(0, lists.tasks.length, ...left);
    },
    seen(keys) {
      for (const key of keys) seenEvents.add(key);
    },
    queue: (mail) => lists.queued.push(mail),
    requeue: (outboxId) => lists.requeued.push(outboxId),
    hand: (handed) => lists.handed.push(handed),
    settle: (settlement) => lists.settled.push(settlement),
    show: (task) => lists.tasks.push({ ...task, taskId: uuidv7(at) }),
    closeTask: (taskId, by, outcome) => lists.closedTasks.push({ taskId, by, outcome }),
    annul: (annulment) => lists.annulments.push(annulment),
    changeRegistration: (change) => lists.registrationChanges.push(change),
    answerWith(given) {
      answer = given;
    },
    audit: (action, subject, data) => lists.audit.push({ action, subject, data }),
    changes: () => ({
      at,
      ...lists,
      moved: [...moved],
      answer,
      counters,
      exchanges: [...touched].flatMap((id) => exchanges.get(id) ?? []),
    }),
  };
  return work;
}
