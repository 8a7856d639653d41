/** What the index asks of the outside world. Import is one transaction; look-up and the layer are single questions. */
import type {
  EntryKind,
  EntryVersion,
  IndexEntry,
  LayerRow,
  Observation,
  Place,
  UpdateMessage,
} from '../../domain/index/model.ts';
import type { CarriedField } from '../../formats/ipa/model.ts';
import type { Sha256 } from '../../kernel/ids.ts';

export interface Fault {
  /** Line of the file where the row begins, counted from 1. */
  readonly line: number;
  /** Italian, for a person. */
  readonly reason: string;
}

export interface ImportCounts {
  /** Rows of the file, without the bad ones. */
  readonly rows: number;
  readonly added: number;
  readonly changed: number;
  readonly gone: number;
  readonly bad: number;
}

export interface ImportSummary extends ImportCounts {
  readonly importId: number;
  readonly source: string;
  readonly layout: string;
  readonly origin: string;
  readonly asOf: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly outcome: 'applied' | 'unchanged' | 'refused';
  readonly refusal: Fault | null;
}

export interface FieldChange {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

export interface EntryChange {
  readonly change: 'added' | 'changed' | 'gone';
  readonly kind: EntryKind;
  readonly key: string;
  readonly name: string;
  /** Only of a changed row. */
  readonly fields: readonly FieldChange[];
  /** Only of a gone row, where known. */
  readonly successor: string | null;
}

export interface ImportReport extends ImportSummary {
  readonly sha256: Sha256 | null;
  readonly bytes: number;
  /** The first bad rows; `bad` counts all. */
  readonly faults: readonly Fault[];
  /** At most as many of each sort as were asked for. */
  readonly changes: readonly EntryChange[];
}

/** A row of the staging table: an entry, and the end the source itself declares. */
export interface StagedEntry {
  readonly entry: IndexEntry;
  /** Declared day of suppression. */
  readonly ceased: string | null;
}

export interface Staged {
  readonly source: string;
  readonly kind: EntryKind;
  readonly asOf: string;
  /** Fields that the layout carries; the others keep what another layout said. */
  readonly carried: readonly CarriedField[];
  /** Fields that were worked out from others: they fill, and never empty, what is there. */
  readonly derived: readonly CarriedField[];
  /** Names of columns kept in `more` that the layout carries. */
  readonly carriedMore: readonly string[];
  /** Keys of bad rows: what they name has not gone. */
  readonly spared: readonly string[];
  /** The file is a part of the whole: what it does not name stays. */
  readonly partial: boolean;
  /** Largest share of rows (0 to 1) that may vanish; more refuses the file. */
  readonly shrinkLimit: number;
}

export interface ImportHeader {
  readonly source: string;
  /** Empty: not recognised. */
  readonly layout: string;
  readonly origin: string;
  /** The day the data speak of. */
  readonly asOf: string;
  readonly startedAt: Date;
}

export interface Applied {
  readonly added: number;
  readonly changed: number;
  readonly gone: number;
}

/** What became of the staged rows: applied, or refused because too many of the rows there were (`before`) vanish. */
export type Application =
  | { readonly outcome: 'applied'; readonly applied: Applied }
  | { readonly outcome: 'shrunken'; readonly gone: number; readonly before: number };

export interface ImportTransaction {
  /** The newest day that an import of this kind from this source spoke of. */
  newest(source: string, layouts: readonly string[]): Promise<string | null>;
  /** Writes rows to the staging table as they come; an error of `rows` comes back as it is. */
  stage(rows: AsyncIterable<readonly StagedEntry[]>): Promise<void>;
  apply(staged: Staged): Promise<Application>;
}

export interface ImportRecord extends ImportHeader, ImportCounts {
  readonly sha256: Sha256 | null;
  readonly bytes: number;
  readonly outcome: ImportSummary['outcome'];
  readonly faults: readonly Fault[];
  readonly refusal: Fault | null;
}

/** What is known of a file fetched before. */
export interface Download {
  readonly url: string;
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** Import and what is known of it. */
export interface IndexImports {
  /**
   * One import at a time in the whole database; null when another one runs. A record that was refused takes back all that
   * the transaction wrote, and is written alone; any other is written with what it applied.
   */
  importing(work: (tx: ImportTransaction) => Promise<ImportRecord>): Promise<ImportReport | null>;
  imports(limit: number): Promise<readonly ImportSummary[]>;
  report(importId: number, changes: number): Promise<ImportReport | null>;
  download(url: string): Promise<Download | null>;
  downloaded(download: Download, at: Date, importId: number | null): Promise<void>;
  downloadFailed(url: string, at: Date, reason: string): Promise<void>;
}

/** Look-up by key: exact, current unless a day is named. */
export interface IndexEntries {
  /** Every version of a row, oldest first; the code as in `keyOf`, in any case, or `<IPA code>/<code of the AOO>`. */
  history(code: string): Promise<readonly EntryVersion[]>;
  /** The version that held on a day. */
  on(kind: EntryKind, keys: readonly string[], day: string): Promise<readonly EntryVersion[]>;
  current(kind: EntryKind, keys: readonly string[]): Promise<readonly EntryVersion[]>;
  /** Current rows of these bodies (IPA codes). */
  ofBodies(kind: EntryKind, bodies: readonly string[]): Promise<readonly EntryVersion[]>;
  /** Current rows that have one of these addresses, certified or not. */
  byAddress(addresses: readonly string[]): Promise<readonly EntryVersion[]>;
  /** The last version of rows that no longer hold. */
  ceased(kind: EntryKind, keys: readonly string[]): Promise<readonly EntryVersion[]>;
  places(): Promise<readonly Place[]>;
  /** All current rows of some kinds, in pages, for an index in memory. */
  scan(kinds: readonly EntryKind[]): AsyncIterable<readonly EntryVersion[]>;
  /** Calls back when an import, the layer or an observation has changed something. */
  onChanged(listener: () => void): Promise<() => Promise<void>>;
}

/** The region's layer, what traffic teaches, and the messages between nodes. */
export interface IndexLayer {
  add(rows: readonly LayerRow[]): Promise<void>;
  /** What holds on a day for these (body, AOO) pairs: the latest row per field. */
  effective(
    targets: readonly { readonly body: string; readonly aoo: string }[],
    day: string,
  ): Promise<readonly LayerRow[]>;
  /** Every row ever written for a body, oldest first. */
  historyOf(body: string): Promise<readonly LayerRow[]>;
  observe(observations: readonly Omit<Observation, 'times' | 'firstAt'>[]): Promise<void>;
  observations(targets: readonly { readonly body: string; readonly aoo: string }[]): Promise<readonly Observation[]>;
  /** False when a message of this id was received before. */
  receive(message: UpdateMessage): Promise<boolean>;
  waiting(limit: number): Promise<readonly UpdateMessage[]>;
  message(messageId: string): Promise<UpdateMessage | null>;
  /** Decides once: an accepted one writes its layer rows and the feed in the same transaction. False: decided before. */
  decide(
    messageId: string,
    decision: { readonly state: 'accepted' | 'refused'; readonly by: string; readonly why: string; readonly at: Date },
    rows: readonly LayerRow[],
  ): Promise<boolean>;
  feed(
    after: number,
    limit: number,
  ): Promise<readonly { readonly seq: number; readonly at: Date; readonly content: unknown }[]>;
  peers(): Promise<readonly { readonly node: string; readonly url: string; readonly lastSeq: number }[]>;
  /** Accepts what a peer's feed says and moves its mark, in one transaction. */
  follow(node: string, lastSeq: number, rows: readonly LayerRow[]): Promise<void>;
}

export interface IndexStore extends IndexImports, IndexEntries, IndexLayer {}
