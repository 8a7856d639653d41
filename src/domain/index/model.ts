/** The index as values: bodies, AOOs, offices, and what the region adds. */

import type { IndexEntry } from '../../model/ipa.ts';

/** Whether the source gives the date, or it is the day on which we noticed. */
export type Basis = 'observed' | 'declared';

export interface EntryVersion extends IndexEntry {
  readonly version: number;
  readonly source: string;
  readonly validFrom: string;
  readonly fromBasis: Basis;
  /** The first day on which it was no longer valid; null while it is. */
  readonly validTo: string | null;
  readonly toBasis: Basis | null;
  readonly previous: number | null;
  readonly importId: number;
  readonly closedBy: number | null;
  /** Key of the row that replaces it, where known. */
  readonly successor: string | null;
}

/** The first certified address; null when the row has none. */
export const mailboxOf = ({ mails }: Pick<IndexEntry, 'mails'>): string | null =>
  mails.find(({ kind }) => kind !== 'other')?.address ?? null;

/** Fields that the regional layer may add or override. */
export const LAYER_FIELDS = [
  'name',
  'mailbox',
  'endpoint',
  'generation',
  'carrier',
  'network',
  'contact',
  'established',
  'ceased',
  'successor',
] as const;
export type LayerField = (typeof LAYER_FIELDS)[number];

/** One addition or override of the region, with who says so and why. */
export interface LayerRow {
  readonly layerId: string;
  /** IPA code, lower case. */
  readonly body: string;
  /** Code within the body or Codice_uni_aoo, lower case; empty: the body itself. */
  readonly aoo: string;
  readonly field: LayerField;
  /** Null withdraws an earlier value, so that the national index shows again. */
  readonly value: string | boolean | null;
  readonly source: string;
  readonly author: string;
  readonly reason: string;
  readonly validFrom: string;
  readonly validTo: string | null;
  readonly recordedAt: Date;
  /** The update message it came by. */
  readonly messageId: string | null;
}

/** What its traffic tells about an AOO. */
export interface Observation {
  readonly body: string;
  readonly aoo: string;
  /** `confirms-2013`, `never-answers`, `mailbox-bounces`, … */
  readonly what: string;
  readonly times: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly evidence: Readonly<Record<string, unknown>>;
}

export interface LayerChange {
  readonly field: LayerField;
  readonly value: string | boolean | null;
  readonly validFrom: string;
  readonly validTo: string | null;
}

/** An AOO announces a change to its region's node. */
export interface UpdateMessage {
  readonly messageId: string;
  /** The node it was given to first. */
  readonly node: string;
  readonly body: string;
  readonly aoo: string;
  readonly changes: readonly LayerChange[];
  readonly author: string;
  readonly reason: string;
  readonly receivedAt: Date;
  readonly state: 'received' | 'accepted' | 'refused';
  readonly decidedAt: Date | null;
  readonly decidedBy: string | null;
  /** Why it was accepted or refused. */
  readonly decision: string | null;
}
