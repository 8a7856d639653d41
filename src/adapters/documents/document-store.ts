import type { Sha256 } from '../../kernel/ids.ts';
import type { Documents, Staging } from '../../service/documents/documents.ts';
import type { Inventory } from '../../service/documents/sweep.ts';

export type Kept = { readonly sha256: Sha256; readonly size: number };

/** A document store as the service is wired with: a folder, or a bucket with a folder for what is on its way. */
export interface DocumentStore extends Documents, Staging, Inventory {
  /** Reads the bytes again and compares; false when they are damaged. Rejects with `missing` when there are none. */
  verify(sha256: Sha256): Promise<boolean>;
  /**
   * Takes over a complete and synced file of the same file system that has this digest. Two who do it at once both get
   * true; false when there is neither the file nor the document.
   */
  adopt(path: string, kept: Kept): Promise<boolean>;
  /** Rejects with the reason when nothing can be written, as `put` would. */
  probe(): Promise<void>;
  /** Where the documents lie and what protects them there, for the administrator. */
  described(): Promise<string>;
  /** Half-written files of dead processes that were removed at start. */
  readonly leftoversRemoved: number;
  close(): void;
}

export interface StoreOptions {
  /** Of one document. */
  readonly maxBytes?: number;
}
