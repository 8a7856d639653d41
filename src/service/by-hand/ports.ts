/** What registering by hand asks of the database, besides the office's transaction. */
import type { RegistrationDirection } from '../../domain/register/registration.ts';
import type { AooId, Sha256 } from '../../kernel/ids.ts';
import type { Reader } from '../people/rights.ts';
import type { CorrespondentEntry, Deferral, NewFile, PlanEntry, TemplateWrite } from '../register/by-hand-writes.ts';
import type { RegistrationKey } from '../register/changes.ts';
import type { PresentEmergency } from '../register/office-transaction.ts';

export interface BookEntry extends CorrespondentEntry {
  readonly version: number;
  readonly updatedAt: Date;
}

export interface BookHistory {
  readonly version: number;
  readonly at: Date;
  readonly by: string;
  readonly act: 'added' | 'edited' | 'merged' | 'retired';
  readonly entry: CorrespondentEntry;
}

/** The address book of an office. */
export interface AddressBook {
  /** Entries whose words begin with those typed, best known first. */
  suggest(aoo: AooId, text: string, limit: number): Promise<readonly BookEntry[]>;
  /** In the order of names; `after`: the cursor of the page before. */
  list(aoo: AooId, text: string, after: string | null, limit: number): Promise<BookPage>;
  /** In the same order, those that are no longer offered. */
  retired(aoo: AooId, after: string | null, limit: number): Promise<BookPage>;
  /** Also one that was merged or retired. */
  find(aoo: AooId, correspondentId: string): Promise<FoundBookEntry | null>;
  history(aoo: AooId, correspondentId: string): Promise<readonly BookHistory[]>;
  /** Those that may be the same: same tax code, same address, or same name. */
  alike(aoo: AooId, entry: CorrespondentEntry): Promise<readonly BookEntry[]>;
}

export interface BookPage {
  readonly items: readonly BookEntry[];
  readonly cursor: string | null;
}

export interface FoundBookEntry extends BookEntry {
  readonly mergedInto: string | null;
  readonly isRetired: boolean;
}

/** A registration that may be the same document. */
export interface Likely extends RegistrationKey {
  readonly date: string;
  readonly direction: RegistrationDirection;
  readonly subject: string;
  readonly correspondent: string;
  readonly isAnnulled: boolean;
}

/** Each question is one look-up; what the reader may not see is not found. */
export interface Duplicates {
  byDocuments(aoo: AooId, digests: readonly Sha256[], reader: Reader): Promise<readonly Likely[]>;
  /** `number` as typed: case and leading zeros do not count. */
  byPeerNumber(aoo: AooId, number: string, reader: Reader): Promise<readonly Likely[]>;
  /** With this correspondent since then, newest first. */
  byCorrespondent(aoo: AooId, name: string, since: Date, reader: Reader): Promise<readonly Likely[]>;
}

/** How often something was chosen before, of how many times. */
export interface PastChoice {
  readonly value: string;
  readonly times: number;
  readonly of: number;
}

export interface PastFile {
  readonly fileId: string;
  readonly times: number;
}

export interface PastDecisions {
  /** Classes of the latest registrations with this correspondent, most frequent first. */
  classesOfCorrespondent(aoo: AooId, name: string, reader: Reader): Promise<readonly PastChoice[]>;
  classesOfTemplate(aoo: AooId, templateId: string, reader: Reader): Promise<readonly PastChoice[]>;
  /** Units that have had them for competence. */
  unitsOfCorrespondent(aoo: AooId, name: string, reader: Reader): Promise<readonly PastChoice[]>;
  /** Open files in which they lie. */
  filesOfCorrespondent(aoo: AooId, name: string, reader: Reader): Promise<readonly PastFile[]>;
}

export interface Template extends Omit<TemplateWrite, 'retired'> {
  readonly updatedAt: Date;
}

export interface OpenFile extends Omit<NewFile, 'by'> {
  readonly openedAt: Date;
  readonly closedAt: Date | null;
  readonly registrations: number;
}

/** Plan of classification, templates, files: what a registration is put under. */
export interface FilingViews {
  /** Null: the office has none of its own. */
  plan(aoo: AooId): Promise<readonly PlanEntry[] | null>;
  templates(aoo: AooId): Promise<readonly Template[]>;
  template(aoo: AooId, templateId: string): Promise<Template | null>;
  /** Open ones of a class, newest first, or whose words begin with those typed. */
  files(
    aoo: AooId,
    wanted: { readonly classification?: string; readonly text?: string },
    limit: number,
  ): Promise<readonly OpenFile[]>;
  file(aoo: AooId, fileId: string): Promise<OpenFile | null>;
}

/** Forms as they were typed. */
export interface Draft {
  readonly draftId: string;
  readonly personId: string;
  readonly kind: DraftKind;
  readonly content: Readonly<Record<string, readonly string[]>>;
  readonly version: number;
  readonly savedAt: Date;
}
export type DraftKind = 'register' | 'send';

export interface Drafts {
  list(aoo: AooId, personId: string, kind: DraftKind, limit: number): Promise<readonly Draft[]>;
  find(aoo: AooId, personId: string, draftId: string): Promise<Draft | null>;
  /** Keeps it where it stands at `version` (0: it is new). False: it was saved elsewhere meanwhile. */
  save(aoo: AooId, draft: Draft, most: number): Promise<boolean>;
  remove(aoo: AooId, personId: string, draftId: string): Promise<void>;
  keptForNext(aoo: AooId, personId: string, kind: DraftKind): Promise<Draft['content'] | null>;
  /** Null: nothing is kept any more. */
  keepForNext(aoo: AooId, personId: string, kind: DraftKind, content: Draft['content'] | null): Promise<void>;
}

export interface Deferrals {
  /** Those under which something may still be registered on this day. */
  open(aoo: AooId, day: string): Promise<readonly Deferral[]>;
  /** Those that end last first. */
  list(aoo: AooId, reader: Reader, limit: number): Promise<readonly DeferralInUse[]>;
  find(aoo: AooId, deferralId: string, reader: Reader): Promise<DeferralInUse | null>;
  /** What was registered under it, newest first. */
  uses(aoo: AooId, deferralId: string, reader: Reader, limit: number): Promise<readonly DeferredRegistration[]>;
}

export interface DeferralInUse extends Deferral {
  readonly at: Date;
  /** Registrations under it that the reader may see. */
  readonly used: number;
}

export interface DeferredRegistration extends Likely {
  readonly receivedAt: Date;
  readonly registeredAt: Date;
  readonly registeredByName: string;
}

/** What stands beside a registration made by hand. */
export interface HandFacts {
  readonly carrier: string;
  readonly receivedAt: Date | null;
  readonly deferral: {
    readonly provision: string;
    readonly reason: string;
    readonly until: string;
    readonly by: string;
  } | null;
  readonly registeredBy: string;
  readonly registeredByName: string;
}

export interface HandRecords {
  arrival(aoo: AooId, key: RegistrationKey): Promise<HandFacts | null>;
  isReserved(aoo: AooId, key: RegistrationKey): Promise<boolean>;
  fileOf(aoo: AooId, key: RegistrationKey): Promise<OpenFile | null>;
  links(aoo: AooId, key: RegistrationKey, reader: Reader): Promise<readonly Likely[]>;
}

/** An emergency register, and how it ended if it did (DPR 445/2000 art. 63). */
export interface EmergencySheet extends PresentEmergency {
  readonly openedAt: Date;
  readonly registrations: number;
  readonly closing: {
    readonly endedAt: Date;
    readonly declaration: string;
    readonly registrations: number;
    readonly at: Date;
    readonly by: string;
  } | null;
}

/** Art. 63 c. 3: how many were registered on a day. */
export interface EmergencyDay {
  readonly date: string;
  readonly registrations: number;
}

export interface EmergencyLine extends Likely {
  readonly emergencyNumber: number;
  readonly emergencyYear: number;
  readonly emergencyDate: string;
  readonly emergencyTime: string;
  readonly operator: string;
}

export interface Emergencies {
  /** The newest first. */
  list(aoo: AooId, limit: number): Promise<readonly EmergencySheet[]>;
  find(aoo: AooId, emergencyId: string): Promise<EmergencySheet | null>;
  days(aoo: AooId, emergencyId: string): Promise<readonly EmergencyDay[]>;
  /** Those the reader may see, by their emergency numbers. */
  lines(aoo: AooId, emergencyId: string, reader: Reader, limit: number): Promise<readonly EmergencyLine[]>;
  /** The first number of the year that no registration has. */
  nextNumber(aoo: AooId, year: number): Promise<number>;
}

export interface ByHandStore {
  readonly book: AddressBook;
  readonly duplicates: Duplicates;
  readonly past: PastDecisions;
  readonly filing: FilingViews;
  readonly drafts: Drafts;
  readonly deferrals: Deferrals;
  readonly emergencies: Emergencies;
  readonly records: HandRecords;
}
