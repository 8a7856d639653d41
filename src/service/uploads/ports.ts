import type { AooId, Sha256 } from '../../kernel/ids.ts';
import type { CommandKey } from '../register/idempotent-command.ts';

/** A document on its way in: announced, then sent in as many pieces as it takes. */
export interface Upload {
  readonly aoo: AooId;
  readonly uploadId: string;
  readonly name: string;
  readonly mediaType: string;
  /** Bytes announced. */
  readonly size: number;
  readonly declaredSha256: Sha256 | null;
  /** Of the bytes that came; null until all have. */
  readonly sha256: Sha256 | null;
  /** Bytes that are durable: where the client goes on. */
  readonly received: number;
  readonly state: 'open' | 'complete' | 'expired';
  readonly client: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** What it was first used for. */
  readonly usedBy: string | null;
}

/** An upload taken by one writer. `writtenBy`: whose bytes the received ones are. */
export interface Claimed {
  readonly upload: Upload;
  readonly writtenBy: string | null;
}

export type NewUpload = Omit<Upload, 'sha256' | 'received' | 'state' | 'usedBy'>;

export interface UploadStore {
  /**
   * Gives it; under a key that has opened one before, that one as it was opened; `other`: the key was used for another
   * command. `full`: the office has so many unused uploads, or so many bytes in them, that this one would be too much.
   */
  create(
    upload: NewUpload,
    most: { readonly uploads: number; readonly bytes: number },
    key: CommandKey | null,
  ): Promise<NewUpload | 'full' | 'other'>;
  find(aoo: AooId, uploadId: string): Promise<Upload | null>;
  /** Takes an open upload for one writer, for so many seconds by the database's clock; null: another one has it, or it is not open. */
  claim(aoo: AooId, uploadId: string, writer: string, at: Date, seconds: number): Promise<Claimed | null>;
  /** Records what is durable and prolongs the lease; false when it was lost. */
  progress(claim: WriterOf, received: number, expiresAt: Date, seconds: number): Promise<boolean>;
  complete(claim: WriterOf, sha256: Sha256, expiresAt: Date): Promise<boolean>;
  release(claim: WriterOf): Promise<void>;
  /** Removes the row unless somebody is writing; says which it was, of a key that has removed it before too. */
  remove(
    aoo: AooId,
    uploadId: string,
    options: { readonly at: Date; readonly key: CommandKey | null },
  ): Promise<'removed' | 'busy' | 'unknown' | 'other'>;
  /** Those of the office, in no order. */
  findMany(aoo: AooId, uploadIds: readonly string[]): Promise<readonly Upload[]>;
  /** Marks complete uploads as used; what they were first used for stays. Doing it twice changes nothing. */
  markUsed(aoo: AooId, uploadIds: readonly string[], usedBy: string, at: Date): Promise<void>;
  /** Unused uploads whose time is over become `expired`; nobody can write to them from then on. At most `limit`. */
  expire(at: Date, limit: number): Promise<readonly { readonly aoo: AooId; readonly uploadId: string }[]>;
  /** Removes rows that were over before `before`; ids of what was removed. At most `limit`. */
  purge(before: Date, limit: number): Promise<readonly string[]>;
}

export interface WriterOf {
  readonly aoo: AooId;
  readonly uploadId: string;
  readonly writer: string;
}

/** Files that grow, beside the document store and on its file system. */
export interface PartialFiles {
  /**
   * Opens a part file to go on at `offset`: what lies behind is cut off. Null when less than that is there. `writtenBy`
   * and `writer` tell whether a digest in memory is of these bytes.
   */
  open(uploadId: string, offset: number, writtenBy: string | null, writer: string): Promise<PartialWriter | null>;
  remove(uploadId: string): Promise<void>;
  /**
   * Moves the complete file into the document store, where it is durable under its digest. True when these bytes are
   * there, also from before; false when they are nowhere any more.
   */
  keep(uploadId: string, document: { readonly sha256: Sha256; readonly size: number }): Promise<boolean>;
  /** Removes part files that nobody has written to since, at most `limit`: their rows are long gone. */
  removeAbandoned(before: Date, limit: number): Promise<number>;
}

export interface PartialWriter {
  write(piece: Buffer): Promise<void>;
  /** Everything written is durable when it resolves. */
  sync(): Promise<void>;
  readonly size: number;
  /** SHA-256 of the whole file, to be asked once: from memory where this process wrote it all, else read again. */
  digest(): Promise<Sha256>;
  /** Starts again from nothing. */
  empty(): Promise<void>;
  /** May be called more than once. */
  close(): Promise<void>;
}
