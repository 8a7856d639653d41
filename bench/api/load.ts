/** A separate process that sends requests at a fixed pace, as fast as they are answered, or as long polls. */

import { randomFillSync, randomUUID } from 'node:crypto';
import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerTo } from '../exchange/questions.ts';
import { TOKEN } from './token.ts';

export interface Read {
  readonly kind: 'read';
  readonly port: number;
  readonly paths: readonly string[];
  readonly seconds: number;
  /** Null: as fast as they are answered, `connections` at a time. */
  readonly perSecond: number | null;
}
export interface Submit {
  readonly kind: 'submit';
  readonly port: number;
  readonly path: string;
  readonly count: number;
  readonly documentBytes: number;
  readonly recipient: string;
}
export interface UploadTask {
  readonly kind: 'upload';
  readonly port: number;
  readonly query: string;
  readonly bytes: number;
}
export interface Poll {
  readonly kind: 'poll';
  readonly port: number;
  readonly path: string;
  readonly count: number;
}
export type LoadTask = Read | Submit | UploadTask | Poll | 'collect';
export interface Answered {
  /** Milliseconds since the request was due (paced) or sent. */
  readonly milliseconds: readonly number[];
  readonly failures: number;
  readonly seconds: number;
}

const CONNECTIONS = 24;
const host = '127.0.0.1';

interface Reply {
  readonly status: number;
  readonly body: string;
}

function ask(
  agent: Agent,
  port: number,
  path: string,
  method = 'GET',
  headers: Record<string, string> = {},
  body: Iterable<Buffer> = [],
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const authorization = `Bearer ${TOKEN}`;
    const sent = request(
      { agent, host, port, path, method, headers: { authorization, ...headers } },
      (response: IncomingMessage) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces).toString('utf8') }),
        );
      },
    );
    sent.once('error', reject);
    write(sent, body).catch(reject);
  });
}

async function write(sent: ReturnType<typeof request>, body: Iterable<Buffer>): Promise<void> {
  for (const piece of body) if (!sent.write(piece)) await new Promise((resolve) => sent.once('drain', resolve));
  sent.end();
}

async function read({ port, paths, seconds, perSecond }: Read): Promise<Answered> {
  const agent = new Agent({ keepAlive: true, maxSockets: perSecond === null ? CONNECTIONS : 64 });
  const milliseconds: number[] = [];
  let failures = 0;
  const one = async (number: number, due: number): Promise<void> => {
    const answered = await ask(agent, port, paths[number % paths.length] ?? '/').catch(() => null);
    if (answered?.status === 200) milliseconds.push(performance.now() - due);
    else failures += 1;
  };
  const started = performance.now();
  if (perSecond === null) {
    let number = 0;
    const caller = async (): Promise<void> => {
      while (performance.now() - started < seconds * 1000) await one(number++, performance.now());
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, caller));
  } else {
    const all: Promise<void>[] = [];
    for (let number = 0; number < perSecond * seconds; number += 1) {
      const due = started + (1000 * number) / perSecond;
      while (performance.now() < due) await sleep(1);
      all.push(one(number, due));
    }
    await Promise.all(all);
  }
  agent.destroy();
  return { milliseconds, failures, seconds: (performance.now() - started) / 1000 };
}

async function submit({ port, path, count, documentBytes, recipient }: Submit): Promise<Answered> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const milliseconds: number[] = [];
  let failures = 0;
  let left = count;
  const message = { subject: 'Trasmissione di una delibera', recipients: [{ to: recipient }], addressAsItIs: true };
  const one = async (): Promise<void> => {
    const boundary = randomUUID();
    const document = randomFillSync(Buffer.allocUnsafe(documentBytes));
    const body = [
      Buffer.from(
        `--${boundary}\r\ncontent-disposition: form-data; name="message"\r\ncontent-type: application/json\r\n\r\n${JSON.stringify(message)}\r\n` +
          `--${boundary}\r\ncontent-disposition: form-data; name="documento"; filename="delibera.pdf"\r\ncontent-type: application/pdf\r\n\r\n`,
      ),
      document,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ];
    const length = body.reduce((sum, piece) => sum + piece.length, 0);
    const headers = {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(length),
      'idempotency-key': randomUUID(),
    };
    const start = performance.now();
    const answered = await ask(agent, port, path, 'POST', headers, body).catch(() => null);
    if (answered?.status === 201) milliseconds.push(performance.now() - start);
    else {
      failures += 1;
      if (failures === 1) console.error(answered?.status, answered?.body);
    }
  };
  const started = performance.now();
  const caller = async (): Promise<void> => {
    while (left-- > 0) await one();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, caller));
  agent.destroy();
  return { milliseconds, failures, seconds: (performance.now() - started) / 1000 };
}

async function upload({ port, query, bytes }: UploadTask): Promise<Answered> {
  const agent = new Agent({ keepAlive: true });
  const json = Buffer.from(JSON.stringify({ name: 'grande.pdf', mediaType: 'application/pdf', size: bytes }));
  const base = '/rest/interpro/v1/uploads';
  const made = await ask(agent, port, `${base}${query}`, 'POST', { 'content-type': 'application/json' }, [json]);
  const { id } = JSON.parse(made.body) as { id: string };
  const piece = randomFillSync(Buffer.allocUnsafe(64 * 1024));
  function* content(): Generator<Buffer> {
    for (let left = bytes; left > 0; left -= piece.length) yield left < piece.length ? piece.subarray(0, left) : piece;
  }
  const headers = { 'content-type': 'application/pdf', 'content-length': String(bytes) };
  const start = performance.now();
  const done = await ask(agent, port, `${base}/${id}/content${query}`, 'PUT', headers, content());
  agent.destroy();
  const time = performance.now() - start;
  return { milliseconds: [time], failures: done.status === 200 ? 0 : 1, seconds: time / 1000 };
}

let polls: Promise<Answered> | null = null;

/** Starts the long polls; `collect` returns when each was answered, in milliseconds since the epoch. */
async function poll({ port, path, count }: Poll): Promise<Answered> {
  const agent = new Agent({ keepAlive: true, maxSockets: count });
  const wait = async (): Promise<number> => {
    const answered = await ask(agent, port, path);
    return answered.status === 200 && !answered.body.includes('"items":[]')
      ? performance.timeOrigin + performance.now()
      : 0;
  };
  polls = Promise.all(Array.from({ length: count }, wait)).then((times) => {
    agent.destroy();
    return {
      milliseconds: times.filter((time) => time > 0),
      failures: times.filter((time) => time === 0).length,
      seconds: 0,
    };
  });
  polls.catch(() => undefined);
  await sleep(1_000);
  return { milliseconds: [], failures: 0, seconds: 0 };
}

answerTo(async (task: LoadTask): Promise<Answered> => {
  if (task === 'collect') return (await polls) ?? { milliseconds: [], failures: 0, seconds: 0 };
  switch (task.kind) {
    case 'read':
      return read(task);
    case 'submit':
      return submit(task);
    case 'upload':
      return upload(task);
    case 'poll':
      return poll(task);
  }
});
