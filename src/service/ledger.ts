import { identifierOf, indexable, type Registration } from '../domain/register/registration.ts';
import type { Identifier } from '../formats/segnatura/model.ts';
import { legalTime } from '../kernel/clock.ts';
import type { Office } from './office.ts';
import type { Changes, Exchange, ExchangeEvent, Handed, OfficeTransaction, QueuedMail, Settlement } from './store.ts';

/**
 * What one transaction of one office decides, collected in memory and written once. Decisions about several mails in a
 * row see each other here (a message and its copy may lie in the same page); the database sees the outcome.
 */
export interface Ledger {
  readonly at: Date;
  /** Takes the next number of the year and registers; the number is final once the transaction commits. */
  register(draft: RegistrationDraft): Promise<{ readonly registration: Registration; readonly identifier: Identifier }>;
  /** The exchange as this transaction sees it, changed or not. */
  exchange(id: string): Exchange | undefined;
  find(matches: (exchange: Exchange) => boolean): Exchange | undefined;
  exchangeIds(): readonly string[];
  /** Makes an exchange known without changing it. */
  load(exchanges: readonly Exchange[]): void;
  put(exchange: Exchange): void;
  /** Appends an event and moves the exchange on; false when the exchange has seen the event before. */
  append(exchange: Exchange, event: Omit<ExchangeEvent, 'exchangeId' | 'version'>, change?: Partial<Exchange>): boolean;
  seen(keys: ReadonlySet<string>): void;
  queue(mail: QueuedMail): void;
  requeue(outboxId: string): void;
  hand(handed: Handed): void;
  settle(settlement: Settlement): void;
  audit(action: string, subject: string, data: Record<string, unknown>): void;
  changes(): Changes;
}

export type RegistrationDraft = Omit<Registration, 'register' | 'year' | 'number' | 'registeredAt' | 'date' | 'time'>;

export function openLedger(office: Office, tx: OfficeTransaction, at: Date): Ledger {
  const { year, date, time } = legalTime(at);
  const exchanges = new Map<string, Exchange>();
  const touched = new Set<string>();
  const seenEvents = new Set<string>();
  const counters = new Map<string, number>();
  const lists = {
    events: [] as ExchangeEvent[],
    registrations: [] as Registration[],
    queued: [] as QueuedMail[],
    requeued: [] as string[],
    handed: [] as Handed[],
    settled: [] as Settlement[],
    audit: [] as Changes['audit'][number][],
  };

  const ledger: Ledger = {
    at,
    async register(draft) {
      const key = `${office.register}|${year}`;
      const number = (counters.get(key) ?? (await tx.lastNumber(office.register, year))) + 1;
      counters.set(key, number);
      const registration = { ...draft, register: office.register, year, number, registeredAt: at, date, time };
      lists.registrations.push(registration);
      ledger.audit('registered', `${office.register}/${year}/${number}`, {
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
      ledger.put({ ...exchange, ...change, version, updatedAt: at });
      return true;
    },
    seen(keys) {
      for (const key of keys) seenEvents.add(key);
    },
    queue: (mail) => lists.queued.push(mail),
    requeue: (outboxId) => lists.requeued.push(outboxId),
    hand: (handed) => lists.handed.push(handed),
    settle: (settlement) => lists.settled.push(settlement),
    audit: (action, subject, data) => lists.audit.push({ action, subject, data }),
    changes: () => ({
      at,
      ...lists,
      counters,
      exchanges: [...touched].flatMap((id) => exchanges.get(id) ?? []),
    }),
  };
  return ledger;
}
