import { randomUUID } from 'node:crypto';
import type { AooId } from '../../kernel/ids.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import type { PartWriter } from './part-files.ts';
import { expiry, isExpired, type UploadDeps } from './upload-lifetime.ts';
import type { Upload, WriterOf } from './upload-store.ts';

/** A piece that a client sends: `length` bytes from `start`. */
export interface Piece {
  readonly start: number;
  /** Null: a whole document in a request that does not state its length. */
  readonly length: number | null;
  /** The bytes were signed as a whole: of an interrupted piece none count. */
  readonly signed?: boolean;
  readonly bytes: AsyncIterable<Buffer>;
}

export type UploadResult =
  | { readonly ok: true; readonly upload: Upload }
  | {
      readonly ok: false;
      readonly problem: Problem;
      /** Where the client goes on; null: it cannot go on. */
      readonly received: number | null;
    };

/** Progress is made durable this often: a crash of ours costs the client no more. */
const CHECKPOINT_BYTES = 8 * 1024 * 1024;
/** And at least this often, so that a slow line does not lose its lease. */
const CHECKPOINT_MS = 10_000;
const LEASE_SECONDS = 60;
/** Once its lease is this old, a writer writes no more: another one may have begun. */
const LEASE_TRUSTED_MS = 45_000;

/**
 * Writes a piece as it arrives, with one chunk of it in memory. If the client goes away, what has arrived is kept unless it
 * was signed; `received` says how much. A piece from byte 0 starts the upload again.
 */
export async function writeUpload(aoo: AooId, uploadId: string, piece: Piece, deps: UploadDeps): Promise<UploadResult> {
  const upload = await deps.uploads.find(aoo, uploadId);
  const refused = refusal(upload, uploadId, piece, deps.clock.now());
  if (refused !== null) return refused;
  const claim: WriterOf = { aoo, uploadId, writer: randomUUID() };
  const claimed = await deps.uploads.claim(aoo, uploadId, claim.writer, deps.clock.now(), LEASE_SECONDS);
  if (claimed === null) return refuse(problem('upload-busy'), upload?.received ?? null);
  try {
    // Checked again: another writer may have come and gone in between.
    const again = refusal(claimed.upload, uploadId, piece, deps.clock.now());
    if (again !== null) return again;
    const writer = await deps.files.open(uploadId, piece.start, claimed.writtenBy, claim.writer);
    if (writer === null) return await startAgain(claim, deps);
    try {
      return await writePiece({ upload: claimed.upload, claim, piece, writer, deps, leasedAt: performance.now() });
    } finally {
      await writer.close();
    }
  } finally {
    await deps.uploads.release(claim);
  }
}

function refusal(upload: Upload | null, uploadId: string, { start, length }: Piece, at: Date): UploadResult | null {
  if (upload === null) return refuse(problem('upload-unknown', '', uploadId), null);
  if (isExpired(upload, at)) return refuse(problem('upload-expired'), null);
  if (upload.state === 'complete') return refuse(problem('upload-complete'), upload.received);
  if (start !== 0 && start !== upload.received)
    return refuse(problem('upload-offset', '', String(upload.received)), upload.received);
  if (length !== null && start + length > upload.size)
    return refuse(problem('upload-too-large', '', String(upload.size)), upload.received);
  return null;
}

/** The part file is shorter than its row says, as after a lost disk: the upload starts again. */
async function startAgain(claim: WriterOf, deps: UploadDeps): Promise<UploadResult> {
  await deps.uploads.progress(claim, 0, expiry(deps.clock.now()), LEASE_SECONDS);
  return refuse(problem('upload-offset', '', '0'), 0);
}

interface Writing {
  readonly upload: Upload;
  readonly claim: WriterOf;
  readonly piece: Piece;
  readonly writer: PartWriter;
  readonly deps: UploadDeps;
  leasedAt: number;
}

async function writePiece(writing: Writing): Promise<UploadResult> {
  const { upload, piece, writer } = writing;
  if (piece.start < upload.received && !(await record(writing))) return refuse(problem('upload-busy'), null);
  const end = piece.length === null ? upload.size : piece.start + piece.length;
  let durable = writer.size;
  let why: Problem | null = null;
  let overflows = false;
  try {
    for await (const bytes of piece.bytes) {
      if (performance.now() - writing.leasedAt > LEASE_TRUSTED_MS) return refuse(problem('upload-busy'), null);
      overflows = bytes.length > end - writer.size;
      if (overflows) break;
      await writer.write(bytes);
      const due = writer.size - durable >= CHECKPOINT_BYTES || performance.now() - writing.leasedAt >= CHECKPOINT_MS;
      if (!due || writer.size === upload.size) continue;
      if (!(await record(writing))) return refuse(problem('upload-busy'), null);
      durable = writer.size;
    }
  } catch (error) {
    if (!(error instanceof UploadSourceError)) {
      // The disk failed, or the body is not the one that was signed: none of this piece counts.
      if (durable > piece.start)
        await writing.deps.uploads.progress(
          writing.claim,
          piece.start,
          expiry(writing.deps.clock.now()),
          LEASE_SECONDS,
        );
      throw error;
    }
    why = problem('upload-interrupted', '', String(writer.size));
  }
  // Signed bytes are verified only at their end.
  if (piece.signed === true && (why !== null || overflows)) {
    const cut = why === null ? `più di ${end - piece.start}` : String(piece.start);
    return refuse(problem(why === null ? 'upload-length' : 'upload-interrupted', '', cut), piece.start);
  }
  // Complete, even if the line broke right after the last byte.
  if (writer.size === upload.size && !overflows) return finish(writing);
  // The last bytes are recorded only together with the digest: a crash in between must not look complete.
  if (writer.size < upload.size) {
    if (!(await record(writing, true))) return refuse(problem('upload-busy'), null);
    durable = writer.size;
  }
  if (overflows) why = problem('upload-length', '', `più di ${end - piece.start}`);
  else if (writer.size < end)
    why ??= problem('upload-length', '', `${writer.size - piece.start} su ${end - piece.start}`);
  return why === null ? { ok: true, upload: { ...upload, received: durable } } : refuse(why, durable);
}

async function record(writing: Writing, ended = false): Promise<boolean> {
  const { claim, piece, writer, deps } = writing;
  await writer.sync();
  const before = performance.now();
  const counted = piece.signed === true && !ended ? piece.start : writer.size;
  const held = await deps.uploads.progress(claim, counted, expiry(deps.clock.now()), LEASE_SECONDS);
  writing.leasedAt = before;
  return held;
}

async function finish({ upload, claim, writer, deps }: Writing): Promise<UploadResult> {
  await writer.sync();
  const sha256 = await writer.digest();
  const expiresAt = expiry(deps.clock.now());
  // Computing the digest from the disk may have taken a while.
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

const refuse = (why: Problem, received: number | null): UploadResult => ({ ok: false, problem: why, received });

/** Thrown by the `bytes` of a piece when the client goes away or stops sending. */
export class UploadSourceError extends Error {
  override readonly name = 'UploadSourceError';
}
