/**
 * Documents that no row mentions: bytes come first and their row second, so a crash in between leaves them. They go in
 * three steps with a person at each, and come back by themselves where they are asked for in between.
 */
import type { Sha256 } from '../../kernel/ids.ts';

export interface StoredDocument {
  readonly sha256: Sha256;
  readonly size: number;
  /** Last written or found again by somebody who brought the same bytes; of one set aside: when that was. */
  readonly at: Date;
}

/** The store itself. Lists are in ascending order of the digests. Rejects with DocumentsError. */
export interface Inventory {
  list(): AsyncIterable<StoredDocument>;
  /** Out of the way, and still found by readers, who bring it back. False: it is younger than `before`, and stays. */
  setAside(sha256: Sha256, before: Date): Promise<boolean>;
  listAside(): AsyncIterable<StoredDocument>;
  bringBack(sha256: Sha256): Promise<void>;
  /** For good. */
  removeAside(sha256: Sha256): Promise<void>;
  /** Damaged bytes, under another name where nobody reads them. A copy from a backup or the same mail may take the place. */
  quarantine(sha256: Sha256, at: Date): Promise<void>;
}

/** Whatever looks like a digest anywhere in the database, ascending, each once, at one moment. */
export type MentionedDigests = () => AsyncIterable<string>;

export interface SweepDeps {
  readonly store: Inventory;
  readonly mentioned: MentionedDigests;
}

/** A document that is younger may wait for its row: requests and mailboxes are given up long before. */
export const SETTLED_MS = 24 * 60 * 60_000;
/** So long what was set aside can be had back. */
export const ASIDE_MS = 30 * 24 * 60 * 60_000;

/** What lay there before `before` and is mentioned nowhere. Reads all names and all rows once, with little memory. */
export async function* findOrphans({ store, mentioned }: SweepDeps, before: Date): AsyncGenerator<StoredDocument> {
  for await (const { document, isMentioned } of heldAgainst(store.list(), mentioned()))
    if (!isMentioned && document.at < before) yield document;
}

export interface SetAside {
  readonly documents: number;
  readonly bytes: number;
}

/** Sets aside those of `listed` that are orphans still. `listed` is a list of at least SETTLED_MS ago. */
export async function setOrphansAside(deps: SweepDeps, listed: ReadonlySet<string>, now: Date): Promise<SetAside> {
  const before = new Date(now.getTime() - SETTLED_MS);
  let documents = 0;
  let bytes = 0;
  for await (const { sha256, size } of findOrphans(deps, before)) {
    if (!listed.has(sha256) || !(await deps.store.setAside(sha256, before))) continue;
    documents += 1;
    bytes += size;
  }
  return { documents, bytes };
}

export interface RemovedForGood extends SetAside {
  /** Those that a row mentions meanwhile. */
  readonly broughtBack: number;
}

/** Removes for good what was set aside ASIDE_MS ago and is mentioned nowhere still. */
export async function removeAside({ store, mentioned }: SweepDeps, now: Date): Promise<RemovedForGood> {
  let [documents, bytes, broughtBack] = [0, 0, 0];
  for await (const { document, isMentioned } of heldAgainst(store.listAside(), mentioned())) {
    if (isMentioned) {
      await store.bringBack(document.sha256);
      broughtBack += 1;
    } else if (now.getTime() - document.at.getTime() >= ASIDE_MS) {
      await store.removeAside(document.sha256);
      documents += 1;
      bytes += document.size;
    }
  }
  return { documents, bytes, broughtBack };
}

/** Both sides are in order: each is read once. */
async function* heldAgainst(documents: AsyncIterable<StoredDocument>, mentioned: AsyncIterable<string>) {
  const digests = mentioned[Symbol.asyncIterator]();
  try {
    let next = await digests.next();
    for await (const document of documents) {
      while (!next.done && next.value < document.sha256) next = await digests.next();
      yield { document, isMentioned: !next.done && next.value === document.sha256 };
    }
  } finally {
    await digests.return?.();
  }
}
