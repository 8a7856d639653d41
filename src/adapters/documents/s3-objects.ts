/**
 * Documents as objects `<prefix>ab/<sha256>` of one bucket. Servers that speak S3 differ in what they check: some keep the
 * trailer of a checksum inside the object, some answer 200 and lose it. So no trailers are sent, and what was put is read back.
 */

import { createHash, randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Sha256 } from '../../kernel/ids.ts';
import { type ByteRange, DocumentsError } from '../../service/documents/documents.ts';
import type { StoredDocument } from '../../service/documents/sweep.ts';
import type { ByteSource } from './checked-bytes.ts';
import type { Kept } from './document-store.ts';
import { isWorthRepeating, s3Error } from './s3-errors.ts';
import { SilenceWatch } from './silence-watch.ts';

export interface S3Settings {
  readonly bucket: string;
  /** Null: the public one of the region. */
  readonly endpoint: string | null;
  readonly region: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
  /** Left out: what is found in the environment, in the user's files or from the machine's own service. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** So long a server may say nothing. */
  readonly silenceMs: number;
}

/** Without the prefix. */
export const objectName = (digest: Sha256): string => `${digest.slice(0, 2)}/${digest}`;

function nullIfMissing(error: unknown): null {
  if (error instanceof DocumentsError && error.fault === 'missing') return null;
  throw error;
}

const NOT_GIVEN_BACK = 'document store: S3 takes documents and does not give them back';
const TRIES = 3;
const FIRST_PAUSE_MS = 200;
const pauseAfter = (tried: number): number => FIRST_PAUSE_MS * 2 ** (tried - 1) * (1 + Math.random());

export class S3Objects implements ByteSource {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #silenceMs: number;

  constructor({ bucket, endpoint, region, prefix, credentials, silenceMs }: S3Settings) {
    this.#client = new S3Client({
      region,
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // Repeated here: a stream cannot be sent twice by the client.
      maxAttempts: 1,
      ...(endpoint !== null && { endpoint }),
      ...(credentials !== undefined && { credentials }),
    });
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#silenceMs = silenceMs;
  }

  /** Null: there is none. */
  async look(digest: Sha256): Promise<{ readonly size: number; readonly at: Date } | null> {
    const found = await this.#tries(digest, (abortSignal) =>
      this.#client.send(new HeadObjectCommand(this.#at(digest)), { abortSignal }),
    ).catch(nullIfMissing);
    return found === null ? null : { size: found.ContentLength ?? 0, at: found.LastModified ?? new Date(0) };
  }

  /** `body` is asked for anew at each try. Resolves once the bytes were read back from the server and are these. */
  async put({ sha256, size }: Kept, body: () => Buffer | Readable): Promise<void> {
    await this.#tries(sha256, async (abortSignal, alive) => {
      const bytes = body();
      const watched = Buffer.isBuffer(bytes) ? bytes : bytes.on('data', alive);
      try {
        await this.#client.send(new PutObjectCommand({ ...this.#at(sha256), Body: watched, ContentLength: size }), {
          abortSignal,
        });
      } finally {
        if (!Buffer.isBuffer(bytes)) bytes.destroy();
      }
      if (!(await this.#isThere(sha256, alive))) throw new DocumentsError('unusable', NOT_GIVEN_BACK);
    });
  }

  async #isThere(digest: Sha256, alive: () => void): Promise<boolean> {
    const hash = createHash('sha256');
    try {
      for await (const piece of this.#once(digest, null)) {
        alive();
        hash.update(piece);
      }
    } catch (error) {
      if (error instanceof DocumentsError && error.fault === 'missing') return false;
      throw error;
    }
    return hash.digest('hex') === digest;
  }

  async whole(digest: Sha256): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.pieces(digest, null)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** Asked for again as long as nothing has come. */
  async *pieces(digest: Sha256, range: ByteRange | null): AsyncGenerator<Buffer> {
    for (let tried = 1, hasBegun = false; ; tried += 1) {
      try {
        for await (const piece of this.#once(digest, range)) {
          hasBegun = true;
          yield piece;
        }
        return;
      } catch (error) {
        const fault = error instanceof DocumentsError && !hasBegun && tried < TRIES ? error.fault : null;
        if (fault === 'unusable') await pause(pauseAfter(tried));
        else if (fault !== 'missing' || !(await this.bringBack(digest))) throw error;
      }
    }
  }

  async *#once(digest: Sha256, range: ByteRange | null): AsyncGenerator<Buffer> {
    const watch = new SilenceWatch(this.#silenceMs);
    const part = range === null ? {} : { Range: `bytes=${range.start}-${range.end - 1}` };
    try {
      const { Body, ContentLength } = await this.#client.send(new GetObjectCommand({ ...this.#at(digest), ...part }), {
        abortSignal: watch.signal,
      });
      let got = 0;
      for await (const piece of Body as AsyncIterable<Buffer>) {
        watch.alive();
        got += piece.length;
        yield piece;
      }
      if (ContentLength !== undefined && got !== ContentLength)
        throw new DocumentsError('unusable', 'document store: S3 ended an answer too early');
    } catch (error) {
      // Behind its end there is nothing, as in a file.
      if (range !== null && (error as { name?: string }).name === 'InvalidRange') return;
      throw s3Error(error, digest, watch.isSilent);
    } finally {
      watch.stop();
    }
  }

  /** Puts something small, reads it back and removes it. */
  async probe(): Promise<void> {
    const at = { Bucket: this.#bucket, Key: `${this.#prefix}tmp/probe-${randomUUID()}` };
    await this.#tries('probe', async (abortSignal) => {
      await this.#client.send(new PutObjectCommand({ ...at, Body: 'x' }), { abortSignal });
      const back = await this.#client.send(new GetObjectCommand(at), { abortSignal }).catch((error: unknown) => {
        if ((error as Error).name === 'NoSuchKey') return null;
        throw error;
      });
      if ((await back?.Body?.transformToString()) !== 'x') throw new DocumentsError('unusable', NOT_GIVEN_BACK);
      await this.#client.send(new DeleteObjectCommand(at), { abortSignal });
    });
  }

  /** What protects the bucket against us; null: it does not say. */
  async protection(): Promise<{ readonly versions: boolean | null; readonly lock: boolean | null }> {
    const at = { Bucket: this.#bucket };
    const [versions, lock] = await Promise.all([
      this.#client.send(new GetBucketVersioningCommand(at)).then(
        ({ Status }) => Status === 'Enabled',
        () => null,
      ),
      this.#client.send(new GetObjectLockConfigurationCommand(at)).then(
        ({ ObjectLockConfiguration: found }) => found?.ObjectLockEnabled === 'Enabled',
        (error: { name?: string }) => (error.name === 'ObjectLockConfigurationNotFoundError' ? false : null),
      ),
    ]);
    return { versions, lock };
  }

  /** Objects in the order of their names, below `documents` or of those set aside. */
  async *entries(folder: 'documents' | 'aside'): AsyncGenerator<StoredDocument> {
    const prefix = folder === 'aside' ? `${this.#prefix}aside/` : this.#prefix;
    const named = folder === 'aside' ? /^([0-9a-f]{64})$/ : /^[0-9a-f]{2}\/([0-9a-f]{64})$/;
    for (let ContinuationToken: string | undefined; ; ) {
      const page = await this.#tries('list', (abortSignal) =>
        this.#client.send(new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, ContinuationToken }), {
          abortSignal,
        }),
      );
      for (const { Key = '', Size = 0, LastModified = new Date() } of page.Contents ?? []) {
        const sha256 = named.exec(Key.slice(prefix.length))?.[1];
        if (sha256 !== undefined) yield { sha256: sha256 as Sha256, size: Size, at: LastModified };
      }
      if (!page.IsTruncated) return;
      ContinuationToken = page.NextContinuationToken;
    }
  }

  /** The copy bears the time of now. False: there is no such object. */
  async move(from: string, to: string): Promise<boolean> {
    const [Bucket, CopySource] = [this.#bucket, `${this.#bucket}/${this.#prefix}${from}`];
    const copied = await this.#tries(from, (abortSignal) =>
      this.#client.send(new CopyObjectCommand({ Bucket, CopySource, Key: `${this.#prefix}${to}` }), { abortSignal }),
    ).catch(nullIfMissing);
    if (copied === null) return false;
    await this.remove(from);
    return true;
  }

  async remove(name: string): Promise<void> {
    const at = { Bucket: this.#bucket, Key: `${this.#prefix}${name}` };
    await this.#tries(name, (abortSignal) => this.#client.send(new DeleteObjectCommand(at), { abortSignal }));
  }

  /** What was set aside as an orphan is none: somebody asks for it. False: it was not. */
  bringBack(digest: Sha256): Promise<boolean> {
    return this.move(`aside/${digest}`, objectName(digest));
  }

  close(): void {
    this.#client.destroy();
  }

  readonly #at = (digest: Sha256) => ({
    Bucket: this.#bucket,
    Key: `${this.#prefix}${objectName(digest)}`,
  });

  async #tries<T>(what: string, work: (signal: AbortSignal, alive: () => void) => Promise<T>): Promise<T> {
    for (let tried = 1; ; tried += 1) {
      const watch = new SilenceWatch(this.#silenceMs);
      try {
        return await work(watch.signal, watch.alive);
      } catch (error) {
        if (tried >= TRIES || !isWorthRepeating(error)) throw s3Error(error, what, watch.isSilent);
        await pause(pauseAfter(tried));
      } finally {
        watch.stop();
      }
    }
  }
}
