import { randomUUID } from 'node:crypto';
import type { AooId } from '../../kernel/ids.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import type { PartialWriter, Upload, WriterOf } from './ports.ts';
import { expiry, isExpired, type UploadDeps } from './uploads.ts';

/** The piece a client sends: `length` bytes from `start`. */
export interface Piece {
  readonly start: number;
  /** Null: a whole document whose length the request does not say. */
  readonly length: number | null;
  /** They were signed together: what is not all there when the client goes away proves nothing and does not count. */
  readonly signed?: boolean;
  readonly bytes: AsyncIterable<Buffer>;
}

export type Written =
  | { readonly ok: true; readonly upload: Upload }
  | {
      readonly ok: false;
      readonly problem: Problem;
      /** Where the client goes on; null where there is nothing to go on with. */
      readonly received: number | null;
    };

/** Made durable so often: what a crash of ours costs the client at most. */
const CHECKPOINT_BYTES = 8 * 1024 * 1024;
/** And so often, so that a slow line does not lose its lease. */
const CHECKPOINT_MS = 10_000;
const LEASE_SECONDS = 60;
/** Past this age of the lease nothing is written: another one may have begun. */
const LEASE_TRUSTED_MS = 45_000;

/**
 * Takes a piece as it comes, with no more of it in memory than the one chunk in hand. What has come when the client goes
 * away is kept, unless it was signed; `received` says how much. A whole document from byte 0 starts the upload again.
 */
export async function writeUpload(aoo: AooId, uploadId: string, piece: Piece, deps: UploadDeps): Promise<Written> {
  const upload = await deps.uploads.find(aoo, uploadId);
  const refused = refusal(upload, uploadId, piece, deps.clock.now());
  if (refused !== null) return refused;
  const claim: WriterOf = { aoo, uploadId, writer: randomUUID() };
  const claimed = await deps.uploads.claim(aoo, uploadId, claim.writer, deps.clock.now(), LEASE_SECONDS);
  if (claimed === null) return refuse(problem('upload-busy'), upload?.received ?? null);
  try {
    // Asked again: another writer may have come and gone in between.
    const again = refusal(claimed.upload, uploadId, piece, deps.clock.now());
    if (again !== null) return again;
    const writer = await deps.files.open(uploadId, piece.start, claimed.writtenBy, claim.writer);
    if (writer === null) return await lost(claim, deps);
    try {
      return await take({ upload: claimed.upload, claim, piece, writer, deps, leasedAt: performance.now() });
    } finally {
      await writer.close();
    }
  } finally {
    await deps.uploads.release(claim);
  }
}

function refusal(upload: Upload | null, uploadId: string, { start, length }: Piece, at: Date): Written | null {
  if (upload === null) return refuse(problem('upload-unknown', '', uploadId), null);
  if (isExpired(upload, at)) return refuse(problem('upload-expired'), null);
  if (upload.state === 'complete') return refuse(problem('upload-complete'), upload.received);
  if (start !== 0 && start !== upload.received)
    return refuse(problem('upload-offset', '', String(upload.received)), upload.received);
  if (length !== null && start + length > upload.size)
    return refuse(problem('upload-too-large', '', String(upload.size)), upload.received);
  return null;
}

/** The part file has less than the row says, as after a crash just before the end or a lost disk: all over again. */
async function lost(claim: WriterOf, deps: UploadDeps): Promise<Written> {
  await deps.uploads.progress(claim, 0, expiry(deps.clock.now()), LEASE_SECONDS);
  return refuse(problem('upload-offset', '', '0'), 0);
}

interface Taking {
  readonly upload: Upload;
  readonly claim: WriterOf;
  readonly piece: Piece;
  readonly writer: PartialWriter;
  readonly deps: UploadDeps;
  leasedAt: number;
}

async function take(taking: Taking): Promise<Written> {
  const { upload, piece, writer } = taking;
  if (piece.start < upload.received && !(await record(taking))) return refuse(problem('upload-busy'), null);
  const end = piece.length === null ? upload.size : piece.start + piece.length;
  let durable = writer.size;
  let why: Problem | null = null;
  let overflows = false;
  try {
    for await (const bytes of piece.bytes) {
      if (performance.now() - taking.leasedAt > LEASE_TRUSTED_MS) return refuse(problem('upload-busy'), null);
      overflows = bytes.length > end - writer.size;
      if (overflows) break;
      await writer.write(bytes);
      const due = writer.size - durable >= CHECKPOINT_BYTES || performance.now() - taking.leasedAt >= CHECKPOINT_MS;
      if (!due || writer.size === upload.size) continue;
      if (!(await record(taking))) return refuse(problem('upload-busy'), null);
      durable = writer.size;
    }
  } catch (error) {
    if (!(error instanceof UploadSourceError)) {
      // The disk, or a body that is not the one that was signed: none of this piece counts.
      if (durable > piece.start)
        await taking.deps.uploads.progress(taking.claim, piece.start, expiry(taking.deps.clock.now()), LEASE_SECONDS);
      throw error;
    }
    why = problem('upload-interrupted', '', String(writer.size));
  }
  // Of signed bytes the end is what tells that they are the right ones.
  if (piece.signed === true && (why !== null || overflows)) {
    const cut = why === null ? `più di ${end - piece.start}` : String(piece.start);
    return refuse(problem(why === null ? 'upload-length' : 'upload-interrupted', '', cut), piece.start);
  }
  // All bytes are there, also when the line broke right behind them.
  if (writer.size === upload.size && !overflows) return finish(taking);
  // All bytes are recorded only together with their digest: a crash in between must not look complete.
  if (writer.size < upload.size) {
    if (!(await record(taking, true))) return refuse(problem('upload-busy'), null);
    durable = writer.size;
  }
  if (overflows) why = problem('upload-length', '', `più di ${end - piece.start}`);
  else if (writer.size < end)
    why ??= problem('upload-length', '', `${writer.size - piece.start} su ${end - piece.start}`);
  return why === null ? { ok: true, upload: { ...upload, received: durable } } : refuse(why, durable);
}

async function record(taking: Taking, ended = false): Promise<boolean> {
  const { claim, piece, writer, deps } = taking;
  await writer.sync();
  const before = performance.now();
  const counted = piece.signed === true && !ended ? piece.start : writer.size;
  const held = await deps.uploads.progress(claim, counted, expiry(deps.clock.now()), LEASE_SECONDS);
  taking.leasedAt = before;
  return held;
}

async function finish({ upload, claim, writer, deps }: Taking): Promise<Written> {
  await writer.sync();
  const sha256 = await writer.digest();
  const expiresAt = expiry(deps.clock.now());
  // A digest read again may have taken a while.
  if (!(await deps.uploads.progress(claim, upload.received, expiresAt, LEASE_SECONDS)))
    return refuse(problem('upload-busy'), null);
  if (upload.declaredSha256 !== null && sha256 !== upload.declaredSha256) {
    await writer.empty();
    await deps.uploads.progress(claim, 0, expiresAt, LEASE_SECONDS);
    return refuse(problem('upload-digest-differs'), 0);
  }
  if (!(await deps.uploads.complete(claim, sha256, expiresAt))) return refuse(problem('upload-busy'), null);
  return { ok: true, upload: { ...upload, state: 'complete', received: upload.size, sha256, expiresAt } };
}

const refuse = (why: Problem, received: number | null): Written => ({ ok: false, problem: why, received });

/** What the entrance throws out of `bytes` when the client goes away or stops sending. */
export class UploadSourceError extends Error {
  override readonly name = 'UploadSourceError';
}
