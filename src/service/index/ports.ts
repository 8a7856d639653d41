/** What the index asks of the outside world. Import is one transaction; look-up and the layer are single questions. */
import type { EntryVersion, LayerRow, Observation, UpdateMessage } from '../../domain/index/model.ts';
import type { SearchKind, SearchRow } from '../../domain/index/search-index.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import type { EntryKind } from '../../kernel/index-keys.ts';
import type { ProblemCode } from '../../kernel/problems.ts';
import type { Result } from '../../kernel/result.ts';
import type { CarriedField, IndexEntry, LayoutName } from '../../model/ipa.ts';
import type { CommandKey } from '../register/idempotent-command.ts';

export interface Fault {
  /** Line of the file where the row begins, counted from 1. */
  readonly line: number;
  /** Italian, for a person. */
  readonly reason: string;
  /** Why a file was refused whole. */
  readonly code?: ProblemCode;
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
  /** All that bring rows of this kind. */
  readonly layouts: readonly LayoutName[];
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

/**
 * What became of the staged rows: applied, or refused, because too many of the rows there were (`before`) vanish or because
 * of some another source has spoken of a later day.
 */
export type Application =
  | { readonly outcome: 'applied'; readonly applied: Applied }
  | { readonly outcome: 'shrunken'; readonly gone: number; readonly before: number }
  | { readonly outcome: 'older'; readonly rows: number; readonly source: string; readonly day: string };

export interface ImportTransaction {
  /** Takes the turn of the caller's key; gives what it was used for before: a digest, and the import where it was one. */
  before(key: ImportKey): Promise<{ readonly digest: Sha256; readonly importId: number | null } | null>;
  /** The newest day that an import of this kind from this source spoke of. */
  newest(source: string, layouts: readonly string[]): Promise<string | null>;
  /** Writes rows to the staging table as they come; an error of `rows` comes back as it is. */
  stage(rows: AsyncIterable<readonly StagedEntry[]>, what: Pick<Staged, 'kind' | 'source' | 'asOf'>): Promise<void>;
  apply(staged: Staged): Promise<Application>;
}

export interface ImportRecord extends ImportHeader, ImportCounts {
  readonly sha256: Sha256 | null;
  readonly bytes: number;
  readonly outcome: ImportSummary['outcome'];
  readonly faults: readonly Fault[];
  readonly refusal: Fault | null;
}

/** The caller's key: its digest is of the file too, and known when that has been read. */
export type ImportKey = Omit<CommandKey, 'digest'>;

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
   * the transaction wrote, and is written alone; any other is written with what it applied, and under the key it gives.
   * `again`: nothing is written, it is the report of that one; null: of none.
   */
  importing(
    work: (
      tx: ImportTransaction,
    ) => Promise<
      { readonly record: ImportRecord; readonly key: CommandKey | null } | { readonly again: number | null }
    >,
  ): Promise<ImportReport | null>;
  imports(limit: number): Promise<readonly ImportSummary[]>;
  report(importId: number, changes: number): Promise<ImportReport | null>;
  download(url: string): Promise<Download | null>;
  downloaded(download: Download, at: Date, importId: number | null): Promise<void>;
  downloadFailed(url: string, at: Date, reason: string): Promise<void>;
}

/** What a list of entries is asked by; what is not named does not matter. */
export interface Criteria {
  readonly kinds: readonly EntryKind[];
  /** `yyyy-mm-dd`; null: as it holds now. */
  readonly day: string | null;
  /** Those that no longer hold too, by their last version; of a day there are none. */
  readonly ceased?: boolean;
  /** Of these versions alone. */
  readonly versions?: readonly number[];
  /** IPA code. */
  readonly body?: string;
  /** IPA code of a body, code of an AOO within its body, Codice_uni_uo of an office. */
  readonly code?: string;
  readonly uniCode?: string;
  readonly taxCode?: string;
  /** A certified address. */
  readonly address?: string;
  readonly municipality?: string;
  readonly istat?: string;
  readonly cadastral?: string;
  readonly province?: string;
  readonly region?: string;
  readonly category?: string;
  /** Value of the layer's field `network`, of the AOO or else of its body. */
  readonly network?: string;
}

/** A version as a look-up finds it, with whether there is more to ask for: most entries have neither. */
export interface HeldEntry extends EntryVersion {
  /** The region's layer has rows for its body. */
  readonly layered: boolean;
  /** Traffic taught something about its body or one of its AOOs. */
  readonly observed: boolean;
  /** The day on which the index saw its body end; null while that goes on or is not known, and of bodies. */
  readonly bodyEnded: string | null;
}

/** Exact look-up. A day of null asks for what holds now; codes and addresses are taken in any case. */
export interface IndexEntries {
  byKeys(kinds: readonly EntryKind[], keys: readonly string[], day: string | null): Promise<readonly HeldEntry[]>;
  /** AOOs by IPA code and code within the body. */
  byAooCodes(
    pairs: readonly { readonly body: string; readonly code: string }[],
    day: string | null,
  ): Promise<readonly HeldEntry[]>;
  ofBodies(kind: EntryKind, bodies: readonly string[], day: string | null): Promise<readonly HeldEntry[]>;
  /** Bodies only: their AOOs and offices bear the same one. */
  byTaxCodes(codes: readonly string[], day: string | null): Promise<readonly HeldEntry[]>;
  /** Bodies, AOOs, offices and listed addresses of bodies that have one of these as a certified address. */
  byAddresses(addresses: readonly string[], day: string | null): Promise<readonly HeldEntry[]>;
  byVersions(versions: readonly number[]): Promise<readonly HeldEntry[]>;
  /** The last version of rows that no longer hold. */
  ceased(kinds: readonly EntryKind[], keys: readonly string[]): Promise<readonly HeldEntry[]>;
  /** AOOs of these bodies that no longer hold, in their last version. */
  ceasedOfBodies(bodies: readonly string[]): Promise<readonly HeldEntry[]>;
  /** Ended versions that had this address, the newest first. */
  formerlyAt(address: string): Promise<readonly HeldEntry[]>;
  /** Municipalities that are no more, by the name they had. */
  formerTowns(name: string): Promise<readonly HeldEntry[]>;
  /** Municipalities that are, by ISTAT code or name. */
  townsNow(istat: string, name: string): Promise<readonly HeldEntry[]>;
  /** In the order of their versions, those after `after`. */
  find(criteria: Criteria, after: number, limit: number): Promise<readonly HeldEntry[]>;
  /** The last versions, which a search in memory knows, of the rows that meet the criteria. */
  lastVersionsOf(criteria: Criteria): Promise<ReadonlySet<number>>;
  /** All rows of a kind, then the last versions of those that no longer hold, in pages, for the index in memory. */
  searchRows(kind: SearchKind): AsyncIterable<readonly SearchRow[]>;
  /** Calls back when an import (`import`) or the layer (`layer`) has changed something; `unknown` after a lost connection. */
  onChanged(listener: (what: 'import' | 'layer' | 'unknown') => void): Promise<() => Promise<void>>;
}

/** A body (`aoo` empty) or one of its AOOs, in lower case; an AOO by its code within the body or by Codice_uni_aoo. */
export interface Target {
  readonly body: string;
  readonly aoo: string;
}

/** What other nodes read of an accepted change. */
export interface FeedItem {
  readonly seq: number;
  readonly at: Date;
  readonly messageId: string;
  readonly content: unknown;
}

export interface Peer {
  readonly node: string;
  readonly url: string;
  /** How far its feed was followed. */
  readonly lastSeq: number;
  readonly lastSuccess: Date | null;
  readonly failures: number;
  readonly lastError: string | null;
}

/** What commands write, in the transaction of one. */
export interface LayerTransaction {
  /** Writes rows and tells the nodes that follow us. */
  add(
    rows: readonly LayerRow[],
    feed: { readonly messageId: string; readonly content: unknown },
    at: Date,
  ): Promise<void>;
  /** False when a message of this id was received before. */
  receive(message: UpdateMessage): Promise<boolean>;
  message(messageId: string): Promise<UpdateMessage | null>;
  /** Decides once: an accepted one writes its layer rows and the feed. False: decided before. */
  decide(
    messageId: string,
    decision: { readonly state: 'accepted' | 'refused'; readonly by: string; readonly why: string; readonly at: Date },
    rows: readonly LayerRow[],
    /** What the feed says of it; null: nothing. */
    content: unknown,
  ): Promise<boolean>;
}

/** The region's layer, what traffic teaches, and the messages between nodes. */
export interface IndexLayer {
  /**
   * One transaction, under its caller's key once: the same command again, also at the same moment, has the same answer
   * and does nothing. What is answered has to be JSON. A refusal takes back what was written and leaves the key free.
   */
  command<T>(key: CommandKey | null, at: Date, work: (tx: LayerTransaction) => Promise<Result<T>>): Promise<Result<T>>;
  /** Rows of a body, written by one message. */
  rowsOf(body: string, messageId: string): Promise<readonly LayerRow[]>;
  /** What holds on a day for these targets: the latest row per field, withdrawals (value null) included, as they were written. */
  effective(targets: readonly Target[], day: string): Promise<readonly LayerRow[]>;
  /** Every row ever written for a body and its AOOs, oldest first. */
  historyOf(body: string): Promise<readonly LayerRow[]>;
  /** Whose field has this value on a day. */
  targetsWith(field: LayerRow['field'], value: string, day: string): Promise<readonly Target[]>;
  observe(observations: readonly Omit<Observation, 'times' | 'firstAt'>[]): Promise<void>;
  observations(targets: readonly Target[]): Promise<readonly Observation[]>;
  /** Newest first; a state of null: all. */
  messages(state: UpdateMessage['state'] | null, limit: number): Promise<readonly UpdateMessage[]>;
  message(messageId: string): Promise<UpdateMessage | null>;
  feed(after: number, limit: number): Promise<readonly FeedItem[]>;
  peers(): Promise<readonly Peer[]>;
  declarePeer(node: string, url: string): Promise<void>;
  peerFailed(node: string, at: Date, reason: string): Promise<void>;
  /**
   * Writes what a peer's feed says, passes it on in our own, and moves its mark, in one transaction; what is known by its
   * message is left out. False when the mark is no longer at `from`.
   */
  follow(
    node: string,
    from: number,
    to: number,
    items: readonly { readonly messageId: string; readonly rows: readonly LayerRow[]; readonly content: unknown }[],
    at: Date,
  ): Promise<boolean>;
}

/** Every version of every row. */
export interface IndexHistory {
  /** Oldest first; the code as in `keyOf`, in any case, or `<IPA code>/<code of the AOO>`. */
  history(code: string): Promise<readonly EntryVersion[]>;
}

export interface IndexStore extends IndexImports, IndexEntries, IndexLayer {}
