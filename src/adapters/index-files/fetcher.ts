/**
 * Files by http(s): asked for by ETag or date, kept on the disk until they are whole, resumed where a connection broke.
 * A file that changes between two pieces is begun anew.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sha256 } from '../../kernel/digest.ts';
import type { Fetched, Fetcher } from '../../service/index/fetch-index.ts';

export interface FetcherOptions {
  /** Where unfinished files lie. */
  readonly folder: string;
  /** Largest file, in bytes; the largest real one has some 50 MB. */
  readonly mostBytes?: number;
  /** A server that says nothing for so long is given up. */
  readonly silenceMs?: number;
  /** A server that is never done is given up too: the largest real file takes some minutes on a slow line. */
  readonly wholeMs?: number;
  /** How often a broken transfer is resumed. */
  readonly tries?: number;
}

type Known = Parameters<Fetcher['fetch']>[1];

interface Piece {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

class FetchError extends Error {
  /** Asking again may help. */
  readonly passing: boolean;

  constructor(reason: string, passing: boolean) {
    super(reason);
    this.passing = passing;
  }
}

export function httpFetcher(options: FetcherOptions): Fetcher {
  const { folder, mostBytes = 512 * 1024 * 1024, silenceMs = 30_000, wholeMs = 15 * 60_000, tries = 5 } = options;
  return {
    async fetch(url, known, signal) {
      if (!isWeb(url)) return { outcome: 'failed', reason: 'sono ammessi solo indirizzi http e https' };
      await mkdir(folder, { recursive: true });
      const file = join(folder, `${sha256(url).slice(0, 24)}.${process.pid}.part`);
      await rm(file, { force: true });
      let validator: Piece | null = null;
      let reason = '';
      const late = AbortSignal.timeout(wholeMs);
      const until = AbortSignal.any([signal, late]);
      for (let attempt = 0; attempt < tries && !until.aborted; attempt += 1) {
        try {
          const done = await transfer({
            url,
            file,
            known,
            validator,
            signal: until,
            mostBytes,
            silenceMs,
            onHead: (piece) => {
              validator = piece;
            },
          });
          if (done === null) return { outcome: 'unchanged' };
          return fetched(file, done);
        } catch (error) {
          reason = reasonOf(error);
          if (error instanceof FetchError && !error.passing) break;
        }
      }
      await rm(file, { force: true });
      if (signal.aborted) reason = 'interrotto';
      else if (late.aborted) reason = `il file non è arrivato per intero in ${wholeMs / 1000} secondi`;
      return { outcome: 'failed', reason };
    },
  };
}

const fetched = (file: string, { etag, lastModified }: Piece): Fetched => ({
  outcome: 'fetched',
  bytes: createReadStream(file, { highWaterMark: 256 * 1024 }),
  etag,
  lastModified,
  discard: () => rm(file, { force: true }),
});

function isWeb(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && (parsed.protocol === 'http:' || parsed.protocol === 'https:');
}

interface Transfer {
  readonly url: string;
  readonly file: string;
  readonly known: Known;
  /** What the pieces on the disk are of; null: none yet. */
  readonly validator: Piece | null;
  readonly signal: AbortSignal;
  readonly mostBytes: number;
  readonly silenceMs: number;
  onHead(piece: Piece): void;
}

/** Null: not modified. Rejects when the transfer broke; what came is on the disk. */
async function transfer(task: Transfer): Promise<Piece | null> {
  const { url, file, known, validator, signal, mostBytes, silenceMs } = task;
  const have =
    validator === null
      ? 0
      : await stat(file).then(
          ({ size }) => size,
          () => 0,
        );
  const mark = validator?.etag?.startsWith('W/')
    ? validator.lastModified
    : (validator?.etag ?? validator?.lastModified);
  const resumes = have > 0 && mark !== null && mark !== undefined;
  const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': 'InterPro' };
  if (resumes) Object.assign(headers, { range: `bytes=${have}-`, 'if-range': mark });
  else if (known?.etag) headers['if-none-match'] = known.etag;
  else if (known?.lastModified) headers['if-modified-since'] = known.lastModified;

  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new FetchError('il server non risponde più', true)), silenceMs);
  try {
    const response = await fetch(url, {
      headers,
      redirect: 'follow',
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (!isWeb(response.url)) throw new FetchError('il server rimanda a un indirizzo non ammesso', false);
    if (response.status === 304 && !resumes) return null;
    if (response.status !== 200 && response.status !== 206) {
      await response.body?.cancel();
      throw new FetchError(`il server risponde ${response.status}`, response.status >= 500 || response.status === 429);
    }
    const from = response.status === 206 ? startOf(response.headers.get('content-range'), have) : 0;
    const piece = { etag: response.headers.get('etag'), lastModified: response.headers.get('last-modified') };
    // What a server compresses unasked is unpacked on the way: its length is another one, and no piece of it fits ours.
    const isPacked = response.headers.get('content-encoding') !== null;
    task.onHead(isPacked ? { etag: null, lastModified: null } : piece);
    const declared = isPacked ? Number.NaN : Number(response.headers.get('content-length') ?? Number.NaN);
    if (from + declared > mostBytes) throw new FetchError(`il file ha più di ${mostBytes} byte`, false);
    if (response.body === null) throw new FetchError('la risposta è vuota', true);
    let size = from;
    await pipeline(
      Readable.fromWeb(response.body),
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          timer.refresh();
          size += chunk.length;
          if (size > mostBytes) throw new FetchError(`il file ha più di ${mostBytes} byte`, false);
          yield chunk;
        }
      },
      createWriteStream(file, { flags: from > 0 ? 'a' : 'w' }),
    );
    if (!Number.isNaN(declared) && size !== from + declared)
      throw new FetchError('la trasmissione si è interrotta', true);
    return piece;
  } finally {
    clearTimeout(timer);
  }
}

/** A server that sends another piece than the one asked for would make a broken file. */
function startOf(range: string | null, have: number): number {
  if (Number(/^bytes (\d+)-/.exec(range ?? '')?.[1]) !== have)
    throw new FetchError('il server invia una parte non richiesta', false);
  return have;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message;
  return cause.slice(0, 200);
}
