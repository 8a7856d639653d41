/** A client of InterPro for Node 22 or newer, nothing to install: copy it and make it yours (docs/join-in-a-day.md). */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export type Item = { id: string; state: string; version: number; position: number; peerNumber?: string };
export type Sent = { registration: { number: string }; recipients: { exchange: string; to: string }[] };
const ENDED = ['confirmed', 'excepted', 'failed', 'replaced', 'unevidenced', 'annulled', 'withdrawn'];

export function interpro(base: string, key: string, attempts = 8) {
  /** Asks again when there is no answer or it is "not now": one Idempotency-Key is done once, however often it is sent. */
  async function call(method: string, path: string, body: string | FormData | null = null, more = {}): Promise<Buffer> {
    const headers = { authorization: `Bearer ${key}`, ...more };
    for (let attempt = 1; ; attempt += 1) {
      const signal = AbortSignal.timeout(body instanceof FormData ? 1_800_000 : 60_000);
      const got = await fetch(base + path, { method, body, headers, signal })
        .then(async (answer) => ({ answer, bytes: Buffer.from(await answer.arrayBuffer()) }))
        .catch((lost: Error) => lost);
      if ('bytes' in got && got.answer.ok) return got.bytes;
      const [status, said] = 'bytes' in got ? [got.answer.status, got.answer.headers.get('retry-after')] : [503, null];
      const later = Number(said) || 0;
      const notNow = said !== null || status === 408 || status === 429 || status >= 500;
      if (!notNow || later > 120 || attempt >= attempts)
        throw 'bytes' in got ? Object.assign(new Error(String(got.bytes)), { status, path }) : got;
      await sleep(1000 * Math.max(later, 2 ** attempt * (0.25 + Math.random() / 4)));
    }
  }
  const json = async <T>(...asked: Parameters<typeof call>) => JSON.parse(String(await call(...asked))) as T;
  const decide = (id: string, what: string, body: object, once: string) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': once };
    return json<Item>('POST', `/incoming-messages/${id}/${what}`, JSON.stringify(body), headers);
  };
  /** `once`: yours for this message, kept with it before the first attempt; the same after a crash. */
  function submit(message: object, files: readonly File[], once: string): Promise<Sent> {
    const form = new FormData();
    form.append('message', JSON.stringify(message));
    for (const file of files) form.append('document', file);
    return json('POST', '/outgoing-messages/with-documents', form, { 'idempotency-key': once });
  }
  /** What became of the message at one recipient, as soon as that is final. */
  async function follow(exchange: string): Promise<Item> {
    for (let pause = 250; ; pause = Math.min(60_000, pause * 2)) {
      const now = await json<Item>('GET', `/exchanges/${exchange}`);
      if (ENDED.includes(now.state)) return now;
      await sleep(pause);
    }
  }
  /** Each message that arrives, in order, for ever; the file `checkpoint` remembers which one was handled last. */
  async function inbox(checkpoint: string, handle: (item: Item) => Promise<unknown>): Promise<never> {
    for (let after = await readFile(checkpoint, 'utf8').catch(() => '0'); ; )
      for (const item of (await json<{ items: Item[] }>('GET', `/incoming-messages?after=${after}&wait=30`)).items) {
        await handle(item);
        after = String(item.position);
        await writeFile(`${checkpoint}.new`, after).then(() => rename(`${checkpoint}.new`, checkpoint));
      }
  }
  const register = (id: string, registration: { number: number; date: string; time: string }, once: string) =>
    decide(id, 'registration', { registration }, once);
  const refuse = (id: string, reason: string, once: string) => decide(id, 'refusal', { reason }, once);
  return { call, submit, follow, inbox, register, refuse };
}
