/** Asks the provider over https, or on this machine; reads no more than an answer can have. */
import type { CustomFetch } from 'openid-client';
import { LIMITS } from '../../kernel/limits.ts';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

export const isSafeAddress = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));

/** The provider names addresses of its own: each is looked at. No redirect is followed. */
export const boundedFetch = (): CustomFetch => async (url, options) => {
  if (!isSafeAddress(new URL(url))) throw new TypeError('not asked', { cause: new Error(`${url} is not https`) });
  const { body, method, headers, signal } = options;
  const answer = await fetch(url, {
    method,
    headers,
    redirect: 'manual',
    ...(body != null && { body }),
    ...(signal !== undefined && { signal }),
  });
  const { status, statusText } = answer;
  return new Response(answer.body?.pipeThrough(bound()) ?? null, { status, statusText, headers: answer.headers });
};

function bound(): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(piece, sink) {
      bytes += piece.byteLength;
      if (bytes <= LIMITS.accountAnswerBytes) sink.enqueue(piece);
      else sink.error(new Error('the answer is too long'));
    },
  });
}
