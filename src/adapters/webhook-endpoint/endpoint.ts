/**
 * Posts to subscribers over https. No redirect is followed; what is read and how long it may take is bounded; names are
 * resolved once per connection, and the socket connects to the very addresses that were judged, so that a name cannot
 * point elsewhere between judging and connecting.
 */
import { lookup as systemLookup } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { retryAfter, type UnreachableReason, type WebhookOutcome } from '../../domain/delivery/webhook.ts';
import {
  type AllowedHosts,
  allowedHosts,
  guardedLookup,
  hostOf,
  isForbidden,
  judgeSocket,
  type Resolver,
} from '../../kernel/public-address.ts';
import type { WebhookEndpoint, WebhookPost } from '../../service/webhooks/webhook-endpoint.ts';

export interface EndpointOptions {
  /** Names, addresses and nets that are allowed though they are not public; http too is allowed to them. */
  readonly allowed?: readonly string[];
  /** Everything together: resolving, connecting, sending, and the head of the answer. */
  readonly timeoutMs?: number;
  /** PEM; only for subscribers of a region's own authority. */
  readonly ca?: string;
  readonly resolver?: Resolver;
  readonly now?: () => Date;
}

/** What an answer says is of no interest; so much is read that the connection can be used again. */
const MOST_ANSWER_BYTES = 64 * 1024;
const MOST_HEAD_BYTES = 16 * 1024;
/** The rest of an answer may take so long once its head is here. */
const DRAIN_MS = 2_000;

export function webhookEndpoint(options: EndpointOptions = {}): WebhookEndpoint {
  const { timeoutMs = 10_000, now = () => new Date() } = options;
  const allowed = allowedHosts(options.allowed ?? []);
  const lookup = guardedLookup(allowed, options.resolver ?? systemLookup);
  const shared = { keepAlive: true, maxSockets: 8, maxTotalSockets: 256, maxFreeSockets: 64, timeout: 30_000 };
  const agents = { 'https:': new https.Agent(shared), 'http:': new http.Agent(shared) };
  const way: Way = { allowed, connection: { lookup, ...(options.ca !== undefined && { ca: options.ca }) } };
  const post = async (task: WebhookPost, signal: AbortSignal): Promise<WebhookOutcome> => {
    const url = URL.parse(task.url);
    if (url === null || refusalOf(url, allowed) !== null) return unreachable('address-not-allowed');
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const agent = url.protocol === 'https:' ? agents['https:'] : agents['http:'];
    try {
      // A connection kept from before may have been closed by the other side at this very moment: once more, anew.
      const answer = await exchange(url, task, agent, way, limit).catch((error: unknown) => {
        if (error instanceof EndpointClosedError) return exchange(url, task, false, way, limit);
        throw error;
      });
      return { kind: 'answered', status: answer.status, retryAfterSeconds: retryAfter(answer.retryAfter, now()) };
    } catch (error) {
      return unreachable(reasonOf(error, limit.aborted));
    }
  };
  return {
    refusal: (text) => {
      const url = text.length > 2_000 ? null : URL.parse(text);
      return url === null ? 'non è un indirizzo web' : refusalOf(url, allowed);
    },
    post,
    close() {
      agents['https:'].destroy();
      agents['http:'].destroy();
    },
  };
}

const unreachable = (reason: UnreachableReason): WebhookOutcome => ({ kind: 'unreachable', reason });

/** What can be said without asking the network. The parser has made every spelling of an IPv4 address a plain one. */
function refusalOf(url: URL, allowed: AllowedHosts): string | null {
  const host = hostOf(url);
  const named = allowed.names(host) || (isIP(host) !== 0 && allowed.contains(host));
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && named)) return 'serve un indirizzo https';
  if (url.username !== '' || url.password !== '') return "l'indirizzo contiene credenziali";
  if (url.hash !== '') return "l'indirizzo contiene un frammento";
  return isForbidden(host, allowed) ? "l'indirizzo non è della rete pubblica" : null;
}

class EndpointClosedError extends Error {}

interface Way {
  readonly allowed: AllowedHosts;
  readonly connection: { readonly lookup: LookupFunction; readonly ca?: string };
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

function exchange(
  url: URL,
  { headers, body }: WebhookPost,
  agent: http.Agent | https.Agent | false,
  { allowed, connection }: Way,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const client = url.protocol === 'https:' ? https : http;
    const request = client.request(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': String(body.length) },
      agent,
      signal,
      maxHeaderSize: MOST_HEAD_BYTES,
      ...connection,
    });
    request.on('socket', (socket: Socket) => judgeSocket(socket, url, allowed));
    request.on('error', (error: NodeJS.ErrnoException) => {
      const closed = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(closed ? new EndpointClosedError() : error);
    });
    request.on('response', (response) => {
      resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] });
      drain(response);
    });
    request.end(body);
  });
}

/** Reads a little, so that the connection can be used again; whoever says more is cut off. */
function drain(response: http.IncomingMessage): void {
  const timer = setTimeout(() => response.destroy(), DRAIN_MS);
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MOST_ANSWER_BYTES) response.destroy();
  });
  response.on('error', () => undefined);
  response.on('close', () => clearTimeout(timer));
}

function reasonOf(error: unknown, aborted: boolean): UnreachableReason {
  if (aborted) return 'timeout';
  const codes = codesOf(error);
  if (codes.includes('ADDRESS_NOT_ALLOWED')) return 'address-not-allowed';
  if (codes.some((code) => code === 'ENOTFOUND' || code.startsWith('EAI_'))) return 'name-not-resolved';
  if (codes.some((code) => /^E(?:CONNREFUSED|HOSTUNREACH|NETUNREACH|ADDRNOTAVAIL|TIMEDOUT|INVAL)$/.test(code)))
    return 'no-connection';
  if (codes.some((code) => /CERT|TLS|SSL|EPROTO|SIGNED|VERIFY/.test(code))) return 'tls';
  return 'no-answer';
}

/** Several addresses that were all tried come as one error with theirs inside. */
function codesOf(error: unknown): readonly string[] {
  const inner = error instanceof AggregateError ? error.errors : [];
  return [error, ...inner].flatMap((one) => {
    const code = one instanceof Error ? (one as NodeJS.ErrnoException).code : undefined;
    return code === undefined ? [] : [code];
  });
}
