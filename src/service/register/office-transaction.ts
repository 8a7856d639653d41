import type { Assignment, AssignmentEventType, Holder } from '../../domain/assignments/assignment.ts';
import type { Purpose } from '../../domain/exchange/event-types.ts';
import type { Exchange, IncomingExchange, OutgoingExchange } from '../../domain/exchange/exchange.ts';
import type { Registration } from '../../domain/register/registration.ts';
import type { PecReport } from '../../model/pec.ts';
import type {
  CorrespondentEntry,
  Deferral,
  EmergencyExtension,
  EmergencyNumber,
  EmergencyOpening,
  Filing,
  NewFile,
  PlanEntry,
  TemplateWrite,
} from './by-hand-writes.ts';
import type {
  AnnulmentDecision,
  AnnulmentRequest,
  Changes,
  CommandAnswer,
  NewTask,
  ReceiptTies,
  RegistrationAnnulment,
  RegistrationChange,
  RegistrationKey,
} from './changes.ts';
import type { KeptMail } from './kept-mail.ts';
import type { MailRecipe } from './mail-recipe.ts';

/**
 * A transaction that holds one office's lock: nobody else numbers, registers or audits for the office meanwhile. What is
 * asked stands by subject; what is decided is written once, by `save`.
 */
export interface OfficeTransaction {
  readonly mails: OfficeMails;
  readonly exchanges: OfficeExchanges;
  readonly outbox: OfficeOutbox;
  readonly registrations: OfficeRegistrations;
  readonly assignments: OfficeAssignments;
  readonly byHand: OfficeByHand;
  /** Null: no such task, or closed. */
  openTask(taskId: string): Promise<NewTask | null>;
  /** What a client was answered under this idempotency key. */
  commandAnswer(client: string, key: string): Promise<CommandAnswer | null>;
  save(changes: Changes): Promise<void>;
}

/** Mails of the office's mailboxes. */
export interface OfficeMails {
  /** Those of the mails that wait to be settled, with the exchange a mail opened when it was settled before (usually null). */
  unsettled(mailIds: readonly string[]): Promise<ReadonlyMap<string, string | null>>;
  /** Those read before under another UIDVALIDITY of their mailbox, with the exchange they belong to. */
  seenBefore(mails: readonly KeptMail[]): Promise<ReadonlyMap<string, { readonly exchangeId: string | null }>>;
  /**
   * Receipts that matched nothing and speak of these mails or transactions are to be settled again; and so are those that
   * counted before the acceptance of their exchange came, if they are of another transmission.
   */
  adoptReceipts(ties: readonly ReceiptTies[], accepted?: readonly Accepted[]): Promise<number>;
  /** The receipts that counted for each exchange, save those to be settled again. */
  receiptsOf(exchangeIds: readonly string[]): Promise<ReadonlyMap<string, PecReport[]>>;
  /** Annulments from these senders that matched nothing are to be settled again; their tasks are closed meanwhile. */
  adoptAnnulments(senders: readonly string[], at: Date): Promise<void>;
  /**
   * Mails that failed, and mails that wait for a person because nobody vouched for their envelope or for the address of an
   * answer, wait to be settled again if their bytes are kept. `mailIds` null: all of the office. Gives the ids of those that now wait.
   */
  unsettle(mailIds: readonly string[] | null): Promise<readonly string[]>;
}

/** An acceptance that found its mail. */
export interface Accepted {
  readonly exchangeId: string;
  readonly identifier: string;
}

export interface OfficeExchanges {
  byId(ids: readonly string[]): Promise<readonly Exchange[]>;
  incomingByIdentity(identities: readonly string[]): Promise<readonly IncomingExchange[]>;
  outgoingByRegistration(
    keys: readonly { readonly register: string | null; readonly year: number; readonly number: number }[],
  ): Promise<readonly OutgoingExchange[]>;
  /** By the peer's registration, as `identityOf` names it, where the exchange's own identity is another. */
  byPeer(identities: readonly string[]): Promise<readonly Exchange[]>;
  /** In either direction by the peer's registration, whatever its register; `number` without leading zeros. */
  byPeerNumber(
    keys: readonly { readonly administration: string; readonly aoo: string; readonly number: string }[],
  ): Promise<readonly Exchange[]>;
  /** All of one registration: one per recipient, or the message it came by. */
  ofRegistration(registration: RegistrationKey): Promise<readonly Exchange[]>;
  /** The events of these exchanges, each as `<exchangeId> <once>`. */
  eventsSeen(exchangeIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Those whose deadline has passed, the oldest first. */
  overdue(now: Date, limit: number): Promise<readonly Exchange[]>;
}

/** Mails of ours, queued or handed over. */
export interface OfficeOutbox {
  byMessageId(messageIds: readonly string[]): Promise<ReadonlyMap<string, OwnMail>>;
  /** By the provider's `identificativo`, of receipts that found their mail. */
  byProviderId(identifiers: readonly string[]): Promise<ReadonlyMap<string, OwnMail>>;
  /** The latest mail of an exchange with this purpose. */
  latest(
    exchangeId: string,
    purpose: Purpose,
  ): Promise<{ readonly outboxId: string; readonly waiting: boolean } | null>;
  /** What the message of an exchange was made of; null: it has none. */
  messageOf(exchangeId: string): Promise<MailRecipe | null>;
  /** How many answers were queued for these addresses, in lower case, after `since`; counted up to `most`. */
  answersTo(addresses: readonly string[], since: Date, most: number): Promise<readonly (readonly [string, number])[]>;
  /** The latest answer of each exchange. */
  latestAnswers(exchangeIds: readonly string[]): Promise<ReadonlyMap<string, QueuedAnswer>>;
  /** Takes the message of an exchange out of the queue; false when it is being handed over, or was. */
  cancelMessage(exchangeId: string): Promise<boolean>;
}

/** Where a register stands. */
export interface LastOf {
  /** The last number of the year; 0: none yet. */
  readonly number: number;
  /** When the register's last registration of any year was made; null: there is none. */
  readonly registeredAt: Date | null;
}

export interface OfficeRegistrations {
  lastOf(register: string, year: number): Promise<LastOf>;
  find(key: RegistrationKey): Promise<Registration | null>;
  annulment(key: RegistrationKey): Promise<RegistrationAnnulment | null>;
  /** The request for its annulment that nobody has decided. */
  openAnnulmentRequest(key: RegistrationKey): Promise<KeptAnnulmentRequest | null>;
  annulmentRequest(requestId: string): Promise<KeptAnnulmentRequest | null>;
  /** The present value of what may be changed (DPR 445/2000 art. 54). */
  changeableFields(key: RegistrationKey): Promise<ChangeableFields>;
}

/** What stands beside the register for those who register by hand, as it is under the lock. */
export interface OfficeByHand {
  correspondent(correspondentId: string): Promise<BookedCorrespondent | null>;
  deferral(deferralId: string): Promise<Deferral | null>;
  /** Null: no such file, or closed. */
  openFile(fileId: string): Promise<Pick<NewFile, 'fileId' | 'year' | 'classification' | 'number'> | null>;
  /** Files are counted per class and year. */
  lastFileNumber(year: number, classification: string): Promise<number>;
  /** The file a registration lies in and how often that was said; null: in none. */
  filing(key: RegistrationKey): Promise<Pick<Filing, 'fileId' | 'version'> | null>;
  /** Whether it is reserved, and how often that was changed. */
  reserve(key: RegistrationKey): Promise<PresentReserve>;
  template(templateId: string): Promise<TemplateWrite | null>;
  /** The plan of classification in use; null: the office has none of its own. */
  plan(): Promise<readonly PlanEntry[] | null>;
  /** The emergency register that is not closed. */
  openEmergency(): Promise<PresentEmergency | null>;
  /** Of these numbers of the emergency register, those that are registered. */
  emergencyNumbers(year: number, numbers: readonly number[]): Promise<readonly KnownEmergency[]>;
  /** What was taken over from an emergency register. */
  takenOver(emergencyId: string): Promise<TakenOver>;
  /** When the last emergency register that is closed ended. */
  lastEmergencyEnd(): Promise<Date | null>;
  /** Whether this office has such a unit. */
  isUnit(unitId: string): Promise<boolean>;
  /** Whether another template is called so. */
  isTemplateNamed(name: string, exceptId: string | null): Promise<boolean>;
}

/** An emergency register as it stands. */
export interface PresentEmergency extends EmergencyOpening {
  /** In their order. */
  readonly extensions: readonly Omit<EmergencyExtension, 'emergencyId'>[];
}

export interface TakenOver {
  readonly registrations: number;
  /** Legal day and time of the last one, `yyyy-mm-dd hh:mm:ss`. */
  readonly last: string | null;
}

export type KnownEmergency = Pick<
  EmergencyNumber,
  'register' | 'year' | 'number' | 'emergencyNumber' | 'emergencyId' | 'row'
>;

export interface PresentReserve {
  readonly isReserved: boolean;
  readonly version: number;
  readonly registeredBy: string | null;
}

export interface BookedCorrespondent {
  readonly entry: CorrespondentEntry;
  readonly version: number;
  readonly mergedInto: string | null;
  /** No longer offered. */
  readonly isRetired: boolean;
}

/** A request for annulment, and how it was decided if it was. */
export interface KeptAnnulmentRequest extends AnnulmentRequest {
  readonly at: Date;
  readonly decision: (AnnulmentDecision & { readonly at: Date }) | null;
}

export type ChangeableFields = Readonly<Record<RegistrationChange['field'], string | null>> & {
  /** The number of changes so far. */
  readonly version: number;
};

/** A mail of ours, as a receipt speaks of it; its exchange may have another recipient by now. */
export interface OwnMail {
  readonly exchangeId: string;
  readonly purpose: Purpose;
  /** The address it is sent from, which the office may have changed since. */
  readonly from: string;
  readonly recipient: string;
  /** The providers' `identificativo` of the acceptances it had: one for each time it was handed over. */
  readonly transmissions: readonly string[];
}

/** An answer in the outbox. `waiting`: it has not been handed over. */
export interface QueuedAnswer {
  readonly outboxId: string;
  readonly purpose: Purpose;
  readonly waiting: boolean;
}

/** Who has registrations in hand, and who may be given them. */
export interface OfficeAssignments {
  /** Whether the registration is there for this reader: a reserved one is for a few. */
  isSeen(key: RegistrationKey, reader: RegistrationReader): Promise<boolean>;
  find(assignmentId: string): Promise<Assignment | null>;
  /** The one for competence first. */
  ofRegistration(key: RegistrationKey): Promise<readonly Assignment[]>;
  /** Units and persons as they are now. What does not exist here is left out. */
  holders(asked: readonly Holder[]): Promise<HolderFacts>;
  /** For whom this person stands in on this day (`yyyy-mm-dd`). */
  standsInFor(personId: string, day: string): Promise<readonly string[]>;
  /** Who had it before it came to this version; null: nobody, or there is none. */
  leftIn(assignmentId: string, version: number): Promise<Holder | null>;
  /** The last thing that changed it; null: nothing is known of it. */
  lastEvent(
    assignmentId: string,
  ): Promise<{ readonly byName: string; readonly act: AssignmentEventType; readonly at: Date } | null>;
}

/** Who asks for a registration: somebody who sees `all` of the office, `reserved` ones included, or what is with them. */
export interface RegistrationReader {
  readonly all: boolean;
  readonly reserved: boolean;
  readonly personId: string;
  readonly units: readonly string[];
}

export interface HolderFacts {
  readonly units: ReadonlyMap<string, UnitFacts>;
  readonly persons: ReadonlyMap<string, PersonFacts>;
}

export interface UnitFacts {
  readonly name: string;
  /** `yyyy-mm-dd`; `validTo` is the first day on which it is no more. */
  readonly validFrom: string;
  readonly validTo: string | null;
  readonly successor: string | null;
}

export interface PersonFacts {
  readonly name: string;
  /** They can still sign in, and have a role in this office. */
  readonly isActive: boolean;
  readonly units: readonly string[];
}
