import { readFile } from 'node:fs/promises';
import type { JSONWebKeySet } from 'jose';
import type { JwksSource } from '../../service/access/issuer-keys.ts';

/** PDND's JWKS is under 10 KB. */
const MOST_BYTES = 512 * 1024;
const SECONDS = 5;

/** An issuer's keys from its address or from a file. Where they are is configured; nothing in a token leads anywhere. */
export const jwksSource = (seconds = SECONDS): JwksSource => ({
  async load(keys) {
    const text = 'file' in keys ? await readFile(keys.file, 'utf8') : await fetched(keys.url, seconds);
    return JSON.parse(text) as JSONWebKeySet;
  },
});

async function fetched(url: string, seconds: number): Promise<string> {
  const headers = { accept: 'application/jwk-set+json, application/json' };
  const answer = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(seconds * 1000) });
  if (!answer.ok || answer.body === null) throw new Error(`${url} answers ${answer.status}`);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of answer.body) {
    size += piece.byteLength;
    if (size > MOST_BYTES) throw new Error(`${url} sends more than ${MOST_BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
