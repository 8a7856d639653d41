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
  /** Digest of the bytes received; null until all have come. */
  readonly sha256: Sha256 | null;
  /** Durable bytes: the client goes on from here. */
  readonly received: number;
  readonly state: 'open' | 'complete' | 'expired';
  readonly client: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** What it was first used for. */
  readonly usedBy: string | null;
}

export type NewUpload = Omit<Upload, 'sha256' | 'received' | 'state' | 'usedBy'>;

/** Once under an idempotency key: a repeat gets the first answer. `other`: the key was used for a different command. */
export interface UploadCommands {
  /** `full`: with this one the office's unused uploads would be too many, or their bytes. */
  create(
    upload: NewUpload,
    most: { readonly uploads: number; readonly bytes: number },
    key: CommandKey | null,
  ): Promise<NewUpload | 'full' | 'other'>;
  /** Removes the row. `busy`: somebody is writing to the upload. */
  remove(
    aoo: AooId,
    uploadId: string,
    options: { readonly at: Date; readonly key: CommandKey | null },
  ): Promise<'removed' | 'busy' | 'unknown' | 'other'>;
}

export interface UploadReading {
  find(aoo: AooId, uploadId: string): Promise<Upload | null>;
  /** Those that the office has, in any order. */
  findMany(aoo: AooId, uploadIds: readonly string[]): Promise<readonly Upload[]>;
}

/** A writer that has leased an upload. */
export interface WriterOf {
  readonly aoo: AooId;
  readonly uploadId: string;
  readonly writer: string;
}

export interface ClaimedUpload {
  readonly upload: Upload;
  /** The writer whose bytes were received so far. */
  readonly writtenBy: string | null;
}

export interface UploadWriters {
  /** Leases an open upload to one writer, by the database's clock. Null: another writer has it, or it is not open. */
  claim(aoo: AooId, uploadId: string, writer: string, at: Date, seconds: number): Promise<ClaimedUpload | null>;
  /** Records what is durable and prolongs the lease. False: the lease was lost. */
  progress(claim: WriterOf, received: number, expiresAt: Date, seconds: number): Promise<boolean>;
  complete(claim: WriterOf, sha256: Sha256, expiresAt: Date): Promise<boolean>;
  release(claim: WriterOf): Promise<void>;
}

/** Each call handles at most `limit` uploads. */
export interface UploadCleanup {
  /** Unused uploads whose time is over become `expired`: nobody can write to them any more. */
  expire(at: Date, limit: number): Promise<readonly { readonly aoo: AooId; readonly uploadId: string }[]>;
  /** Removes the rows of uploads that ended before `before`, and returns their ids. */
  purge(before: Date, limit: number): Promise<readonly string[]>;
}

export interface UploadStore extends UploadCommands, UploadReading, UploadWriters, UploadCleanup {
  /** Marks complete uploads as used. What they were first used for stays, so twice is like once. */
  markUsed(aoo: AooId, uploadIds: readonly string[], usedBy: string, at: Date): Promise<void>;
}
