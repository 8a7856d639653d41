import type { Sha256 } from '../../kernel/ids.ts';

/** The growing files of uploads, beside the document store and on its file system. Rejects with DocumentsError. */
export interface PartFiles {
  /**
   * Opens a part file to go on at `offset`, and cuts off what lies behind. Null: the file is shorter than that. A digest in
   * memory is used only if it is of the bytes that `writtenBy` wrote; from now on they are `writer`'s.
   */
  open(uploadId: string, offset: number, writtenBy: string | null, writer: string): Promise<PartWriter | null>;
  remove(uploadId: string): Promise<void>;
  /**
   * Moves the complete file into the document store, where it is durable under its digest. True: the bytes are there, now
   * or from before. False: they are gone.
   */
  keep(uploadId: string, document: { readonly sha256: Sha256; readonly size: number }): Promise<boolean>;
  /** Removes at most `limit` part files that nobody has written to since `before`: their rows are long gone. */
  removeAbandoned(before: Date, limit: number): Promise<number>;
}

export interface PartWriter {
  write(piece: Buffer): Promise<void>;
  /** Makes everything written durable. */
  sync(): Promise<void>;
  readonly size: number;
  /** SHA-256 of the whole file, from memory if this process wrote it all, else read again. Ask once. */
  digest(): Promise<Sha256>;
  /** Starts again from nothing. */
  empty(): Promise<void>;
  /** May be called more than once. */
  close(): Promise<void>;
}
