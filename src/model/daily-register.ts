/** What stands in the register of a day or a year, for those who write it down. */

/** The head: all but the lines. */
export interface RegisterFrame {
  readonly kind: 'daily' | 'annual';
  /** Names this closing among all of the administration. */
  readonly name: string;
  /** IPA code of the administration; code and name of the AOO. */
  readonly administration: string;
  readonly code: string;
  readonly office: string;
  readonly register: string;
  /** `yyyy-mm-dd`; of a year, its last day. */
  readonly day: string;
  readonly year: number;
  readonly progressive: number;
  readonly closedAt: Date;
  readonly closedBy: string;
  readonly software: string;
  /** Null: nothing was registered. */
  readonly first: number | null;
  readonly last: number | null;
  readonly counts: { readonly registrations: number; readonly annulled: number; readonly changes: number };
}

export interface EntryKey {
  readonly number: number;
  readonly year: number;
  /** Legal date of the registration, `yyyy-mm-dd`. */
  readonly date: string;
}

export type EntryDirection = 'incoming' | 'outgoing' | 'internal';

/** A registration (DPR 445/2000 art. 53). A reserved one keeps number, date and direction. */
export interface RegisterEntry extends EntryKey {
  readonly type: 'entry';
  /** `hh:mm:ss` */
  readonly time: string;
  readonly direction: EntryDirection;
  readonly isAnnulled: boolean;
  /** Null: it is reserved. */
  readonly content: EntryContent | null;
}

export interface EntryContent {
  readonly subject: string;
  readonly sender: string;
  readonly recipients: readonly string[];
  /** The received document's own number and date, where they are known. */
  readonly received: { readonly number: string; readonly date: string } | null;
  readonly documents: readonly { readonly role: string; readonly name: string; readonly sha256: string }[];
  readonly classification: string | null;
  /** The office inside the AOO it was assigned to. */
  readonly assignedTo: string | null;
  /** Art. 54: what is annulled stays readable. */
  readonly annulment: EntryAnnulment | null;
}

export interface EntryAnnulment {
  readonly at: Date;
  readonly by: string;
  readonly reason: string;
  readonly provision: string;
}

/** Of that day, about what was registered before it. Of a reserved registration nothing is told that may say what it is about. */
export type RegisterMark = EntryKey & { readonly type: 'mark'; readonly at: Date; readonly by: string } & (
    | {
        readonly what: 'annulment';
        /** Null: reserved. */
        readonly reason: string | null;
        readonly provision: string;
      }
    | {
        readonly what: 'classification' | 'office' | 'assignment';
        readonly oldValue: string | null;
        readonly newValue: string | null;
        readonly isReserved: boolean;
      }
  );

/** A closed day, as the register of its year lists it. */
export interface RegisterOfDay {
  readonly type: 'day';
  readonly day: string;
  readonly progressive: number;
  readonly first: number | null;
  readonly last: number | null;
  readonly counts: RegisterFrame['counts'];
  readonly xmlSha256: string;
  readonly pdfSha256: string;
}

/** In this order: all entries, then all marks; or days alone. */
export type RegisterLine = RegisterEntry | RegisterMark | RegisterOfDay;
