/** What a transaction writes beside the register for those who register by hand: each a row, as values. */
import type { Registration } from '../../domain/register/registration.ts';

/** How a document came or went. */
export const ARRIVAL_CARRIERS = [
  'counter',
  'post',
  'registered-post',
  'courier',
  'notifier',
  'email',
  'fax',
  'internal',
  'pec',
  'other',
] as const;
export type ArrivalCarrier = (typeof ARRIVAL_CARRIERS)[number];

type Numbered = Pick<Registration, 'register' | 'year' | 'number'>;

/** The head's authorisation to register later, as it was when it was used. */
export interface UsedDeferral {
  readonly deferralId: string;
  readonly provision: string;
  readonly reason: string;
  readonly until: string;
  readonly by: string;
}

export interface HandArrival extends Numbered {
  readonly carrier: ArrivalCarrier;
  /** When it really came, whenever it was registered; null for what goes out. */
  readonly receivedAt: Date | null;
  readonly deferral: UsedDeferral | null;
  readonly registeredBy: string;
  readonly registeredByName: string;
  readonly correspondentId: string | null;
  readonly templateId: string | null;
}

export interface Reserved extends Numbered {
  readonly registeredBy: string | null;
  readonly by: string;
}

/** The head sets or lifts a reserve. `registeredBy`: who made the registration by hand, and goes on seeing it. */
export interface ReserveChange extends Numbered {
  readonly act: 'set' | 'lifted';
  readonly version: number;
  readonly by: string;
  readonly person: string | null;
  readonly reason: string;
  readonly registeredBy: string | null;
}

export interface RegistrationLink extends Numbered {
  readonly to: Numbered;
  readonly kind: 'precedent' | 'related';
  readonly by: string;
}

/** Into which file, and how often that was said. */
export interface Filing extends Numbered {
  readonly fileId: string;
  readonly version: number;
  readonly by: string;
}

export const CORRESPONDENT_KINDS = ['person', 'legal-person', 'administration', 'unknown'] as const;

/** An entry of the address book. */
export interface CorrespondentEntry {
  readonly correspondentId: string;
  readonly kind: (typeof CORRESPONDENT_KINDS)[number];
  readonly name: string;
  readonly taxCode: string | null;
  readonly administration: string | null;
  /** The AOO or office of an administration. */
  readonly office: string | null;
  /** Certified or ordinary mail. */
  readonly address: string | null;
  readonly postalAddress: string | null;
  readonly phone: string | null;
  readonly note: string | null;
}

export interface CorrespondentWrite {
  readonly entry: CorrespondentEntry;
  readonly act: 'added' | 'edited' | 'merged' | 'retired';
  readonly version: number;
  readonly mergedInto: string | null;
  readonly by: string;
}

export const FILE_KINDS = ['matter', 'activity', 'person', 'legal-person', 'procedure'] as const;

export interface NewFile {
  readonly fileId: string;
  readonly year: number;
  readonly classification: string;
  readonly number: number;
  readonly subject: string;
  readonly kind: (typeof FILE_KINDS)[number];
  readonly by: string;
}

export interface TemplateWrite {
  readonly templateId: string;
  readonly name: string;
  readonly subject: string;
  readonly direction: 'incoming' | 'outgoing' | 'internal' | null;
  readonly classification: string | null;
  readonly unitId: string | null;
  readonly reserved: boolean;
  readonly retention: string | null;
  readonly version: number;
  readonly retired: boolean;
}

export interface PlanEntry {
  readonly code: string;
  readonly title: string;
  readonly reserved: boolean;
}

export interface Deferral {
  readonly deferralId: string;
  readonly provision: string;
  readonly reason: string;
  /** Legal days, `yyyy-mm-dd`, both included. */
  readonly receivedFrom: string;
  readonly receivedTo: string;
  readonly registerUntil: string;
  readonly by: string;
}

/** DPR 445/2000 art. 63: why, by which provision and since when registering goes by the emergency register. */
export interface EmergencyOpening {
  readonly emergencyId: string;
  readonly cause: string;
  readonly provision: string;
  readonly startedAt: Date;
  readonly by: string;
}

/** Art. 63 c. 2: over a day only by provision, for a week at most each time. */
export interface EmergencyExtension {
  readonly emergencyId: string;
  /** 1 is the first. */
  readonly position: number;
  readonly endsAt: Date;
  readonly provision: string;
  readonly by: string;
}

export interface EmergencyClosing {
  readonly emergencyId: string;
  readonly endedAt: Date;
  readonly declaration: string;
  /** Taken over. */
  readonly registrations: number;
  readonly by: string;
}

/** Art. 63 c. 5: the number that a registration has on the emergency register, for ever. */
export interface EmergencyNumber extends Numbered {
  readonly emergencyId: string;
  readonly emergencyYear: number;
  readonly emergencyNumber: number;
  /** Legal day, and time `hh:mm:ss`, at which it was written there. */
  readonly emergencyDate: string;
  readonly emergencyTime: string;
  readonly operator: string;
  /** Digest of the row as it was brought. */
  readonly row: string;
}

/** All of one transaction, by table. */
export interface ByHandWrites {
  readonly arrivals: HandArrival[];
  readonly reserved: Reserved[];
  readonly reserveChanges: ReserveChange[];
  readonly links: RegistrationLink[];
  readonly filings: Filing[];
  readonly correspondents: CorrespondentWrite[];
  readonly files: NewFile[];
  readonly templates: TemplateWrite[];
  /** The whole plan, in its order: what is not in it is retired. Null: it stays. */
  plan: readonly PlanEntry[] | null;
  readonly deferrals: Deferral[];
  readonly emergencies: EmergencyOpening[];
  readonly emergencyExtensions: EmergencyExtension[];
  readonly emergencyClosings: EmergencyClosing[];
  readonly emergencyNumbers: EmergencyNumber[];
}

export const noByHandWrites = (): ByHandWrites => ({
  arrivals: [],
  reserved: [],
  reserveChanges: [],
  links: [],
  filings: [],
  correspondents: [],
  files: [],
  templates: [],
  plan: null,
  deferrals: [],
  emergencies: [],
  emergencyExtensions: [],
  emergencyClosings: [],
  emergencyNumbers: [],
});
