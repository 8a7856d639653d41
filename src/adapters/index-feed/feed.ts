import type { FeedSource } from '../../service/index/layer.ts';

/** A page of 200 changes is under 1 MB. */
const MOST_BYTES = 4 * 1024 * 1024;
const SECONDS = 20;

/** Another node's feed over its API. Rejects when it cannot be read; what it says is checked by the caller. */
export function httpFeed(token: string | null = null): FeedSource {
  return {
    async changes(url, after, limit) {
      const address = new URL(`${url.replace(/\/+$/, '')}/rest/interpro/v1/index/changes`);
      address.searchParams.set('after', String(after));
      address.searchParams.set('limit', String(limit));
      const answer = await fetch(address, {
        headers: { accept: 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) },
        redirect: 'error',
        signal: AbortSignal.timeout(SECONDS * 1000),
      }).catch((error: Error) => {
        // "fetch failed" says nothing: its cause does.
        throw error.cause instanceof Error && error.cause.message !== '' ? error.cause : error;
      });
      if (answer.status === 401) throw new Error(`${address.href} answers 401: its index is not public`);
      if (!answer.ok || answer.body === null) throw new Error(`${address.href} answers ${answer.status}`);
      const pieces: Uint8Array[] = [];
      let size = 0;
      for await (const piece of answer.body as AsyncIterable<Uint8Array>) {
        size += piece.length;
        if (size > MOST_BYTES) throw new Error(`${address.href} answers more than ${MOST_BYTES} bytes`);
        pieces.push(piece);
      }
      const { items } = JSON.parse(Buffer.concat(pieces).toString()) as { items?: unknown };
      if (!Array.isArray(items)) throw new Error(`${address.href} answers no list`);
      return items.filter(isItem).slice(0, limit);
    },
  };
}

const isItem = (item: unknown): item is { seq: number; messageId: string; content: unknown } =>
  typeof item === 'object' && item !== null && 'seq' in item && 'messageId' in item && 'content' in item;
