/**
 * Fetches lists of revoked certificates. Their addresses stand in certificates, so they are somebody else's: only the public
 * internet is reached unless the node allows more, redirects are few and judged like the first address, and size and time
 * are bounded. The lists are signed: http is as good as https.
 */
import { lookup as systemLookup } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import { LIMITS } from '../../kernel/limits.ts';
import {
  type AllowedHosts,
  allowedHosts,
  guardedLookup,
  hostOf,
  isForbidden,
  judgeSocket,
  type Resolver,
} from '../../kernel/public-address.ts';
import { errorMessage } from '../../kernel/thrown.ts';
import type { ListFetched, ListFetcher } from '../../service/revocation/list-store.ts';

export interface ListFetcherOptions {
  /** Names, addresses and nets that are allowed though they are not public. */
  readonly allowed?: readonly string[];
  readonly mostBytes?: number;
  /** A server that says nothing for so long is given up. */
  readonly silenceMs?: number;
  /** A server that is never done is given up too. */
  readonly wholeMs?: number;
  readonly resolver?: Resolver;
}

const MOST_REDIRECTS = 3;
const MOST_HEAD_BYTES = 16 * 1024;

interface Way {
  readonly allowed: AllowedHosts;
  readonly lookup: LookupFunction;
  readonly mostBytes: number;
  readonly silenceMs: number;
}

export function listFetcher(options: ListFetcherOptions = {}): ListFetcher {
  const { mostBytes = LIMITS.revocationListBytes, silenceMs = 15_000, wholeMs = 120_000 } = options;
  const allowed = allowedHosts(options.allowed ?? []);
  const lookup = guardedLookup(allowed, options.resolver ?? systemLookup);
  const way: Way = { allowed, lookup, mostBytes, silenceMs };
  return {
    async fetch(address, signal) {
      const late = AbortSignal.timeout(wholeMs);
      try {
        return await follow(address, way, AbortSignal.any([signal, late]));
      } catch (error) {
        if (late.aborted) return failed(`it was not here after ${wholeMs / 1000} seconds`);
        return failed(signal.aborted ? 'stopped' : reasonOf(error));
      }
    },
  };
}

const failed = (reason: string): ListFetched => ({ ok: false, reason });

async function follow(address: string, way: Way, signal: AbortSignal): Promise<ListFetched> {
  let url = URL.parse(address);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    if (url === null || !/^https?:$/.test(url.protocol)) return failed('its address is not one of the web');
    if (url.username !== '' || url.password !== '') return failed('its address holds credentials');
    if (isForbidden(hostOf(url), way.allowed)) return failed('its address is not public');
    const response = await request(url, way, signal);
    const { statusCode = 0, headers } = response;
    if (statusCode < 300 || statusCode >= 400) return read(response, way);
    response.destroy();
    url = URL.parse(headers.location ?? '', url);
  }
  return failed('the server redirects again and again');
}

function request(url: URL, { allowed, lookup, silenceMs }: Way, signal: AbortSignal): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const client = url.protocol === 'https:' ? https : http;
    const headers = { accept: 'application/pkix-crl, */*', 'accept-encoding': 'identity', 'user-agent': 'InterPro' };
    const asked = client.request(url, { headers, agent: false, signal, lookup, maxHeaderSize: MOST_HEAD_BYTES });
    asked.on('socket', (socket: Socket) => judgeSocket(socket, url, allowed));
    asked.setTimeout(silenceMs, () => asked.destroy(new Error('the server is silent')));
    asked.on('response', resolve);
    asked.on('error', reject);
    asked.end();
  });
}

async function read(response: http.IncomingMessage, { mostBytes }: Way): Promise<ListFetched> {
  const refuse = (reason: string): ListFetched => {
    response.destroy();
    return failed(reason);
  };
  if (response.statusCode !== 200) return refuse(`the server answers ${response.statusCode}`);
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') return refuse('the server sends it compressed');
  const tooLarge = `it is larger than ${mostBytes} bytes`;
  if (Number(response.headers['content-length'] ?? 0) > mostBytes) return refuse(tooLarge);
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > mostBytes) return refuse(tooLarge);
    pieces.push(piece);
  }
  return { ok: true, bytes: Buffer.concat(pieces, size) };
}

/** Several addresses that were all tried come as one error with theirs inside. */
function reasonOf(error: unknown): string {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  return errorMessage(first).slice(0, 200);
}
