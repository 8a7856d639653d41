import type { Sha256 } from '../../kernel/ids.ts';

/** `annual`: of a whole year, closed after its last day. */
export type RegisterKind = 'daily' | 'annual';

export interface StoredFile {
  readonly sha256: Sha256;
  readonly size: number;
}

/** What stands at the head of the document: as it was when the register was closed, whatever it is called later. */
export interface RegisterHead {
  /** IPA code of the administration, code of the AOO, and its name. */
  readonly administration: string;
  readonly code: string;
  readonly office: string;
  /** The program that made it. */
  readonly software: string;
  /** The layout of the files: a later one never changes what an earlier one looks like. */
  readonly layout: 1;
}

/**
 * The closing of one register for one legal day in Rome, or for one year, as it is written once and for ever (Linee guida AgID
 * 3.1.6; DPR 445/2000 art. 53).
 */
export interface RegisterClosing {
  readonly register: string;
  readonly kind: RegisterKind;
  /** `yyyy-mm-dd`; of an annual register, the last day of its year. */
  readonly day: string;
  readonly year: number;
  /** From 1, for each register, kind and year. */
  readonly progressive: number;
  readonly closedAt: Date;
  /** `SISTEMA`, or the person who closed it by hand. */
  readonly closedBy: string;
  /** Of the registrations in it; null: there are none. */
  readonly first: number | null;
  readonly last: number | null;
  readonly counts: {
    readonly registrations: number;
    /** Those of them that were annulled before its end. */
    readonly annulled: number;
    /** Annulments and changes, in that time, of what was registered before. */
    readonly changes: number;
  };
  /** What the audit chain covered after the closing before this one, and now: it belongs to this one or to those before. */
  readonly afterSeq: number;
  readonly throughSeq: number;
  readonly head: RegisterHead;
  /** In the document store. */
  readonly xml: StoredFile;
  readonly pdf: StoredFile;
}
