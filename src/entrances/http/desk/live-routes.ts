/**
 * The stream of hints: that something of the office has changed, and nothing of what. Whoever shows a list asks for it again,
 * so a hint that is lost costs nothing. One stream serves all tabs of a browser.
 */
import type { AooId } from '../../../kernel/ids.ts';
import type { EventWaiters } from '../../../service/events/long-poll.ts';
import type { Desk } from './desk.ts';

export interface LiveDeps {
  readonly waiters: Pick<EventWaiters, 'wait'>;
}

/** Proxies cut a silent connection after a minute at most. */
const SILENT_MS = 20_000;
/** Hints in a burst become one. */
const GATHER_MS = 250;

export function liveRoutes(desk: Desk, { waiters }: LiveDeps): void {
  const open = new Set<AbortController>();
  // A server closes only when its last request has ended.
  desk.server.addHook('preClose', async () => {
    for (const one of open) one.abort();
  });
  desk.server.get(
    '/vivo',
    { config: { access: 'desk', right: 'own', isBackground: true, compress: false }, schema: { hide: true } },
    async (request, reply) => {
      // A page has no use for the way to the sign-in; a stream that is answered like this is not asked for again.
      if (request.deskCaller === null) return reply.status(204).send();
      const visit = await desk.admit(request, reply, 'own');
      if (visit === null) return reply;
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
        'x-content-type-options': 'nosniff',
      });
      raw.write('retry: 2000\n\n');
      const ended = new AbortController();
      open.add(ended);
      raw.once('close', () => ended.abort());
      await hint(visit.aoo, waiters, ended.signal, (text) => raw.write(text));
      open.delete(ended);
      raw.end();
      return reply;
    },
  );
}

/** Until the browser goes, or the service stops. */
async function hint(
  aoo: AooId | null,
  waiters: LiveDeps['waiters'],
  signal: AbortSignal,
  write: (text: string) => void,
): Promise<void> {
  // Somebody without an office has nothing to wait for, and is only kept connected.
  const next = () => waiters.wait(aoo ?? ('' as AooId), SILENT_MS, signal);
  const startedAt = performance.now();
  let waiter = next();
  while (performance.now() - startedAt < LONGEST_MS) {
    const waitedFrom = performance.now();
    await waiter.until;
    if (signal.aborted) return;
    const isSilent = performance.now() - waitedFrom >= SILENT_MS - 5;
    // From now on, so that nothing is missed while this hint is gathered.
    waiter = next();
    write(isSilent ? ': \n\n' : 'event: cambiato\ndata: \n\n');
    if (!isSilent) await pause(GATHER_MS, signal);
  }
  waiter.cancel();
}

/** The browser connects anew, with the session it then has. */
const LONGEST_MS = 5 * 60_000;

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
