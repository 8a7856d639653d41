/** The example receivers, called by a real node and by impostors. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSignedByNode } from '../../docs/clients/receiver.ts';
import { signIntegrity } from '../../src/formats/modi/sign.ts';
import type { ModiSigner } from '../../src/model/modi.ts';
import { freePort } from '../support/free-port.ts';
import { type Caller, caller, ESEMPIO, type Node, startNode } from '../support/node.ts';
import { needs, repository } from '../support/shared.ts';

const python = await new Promise<boolean>((resolve) => {
  const child = spawn('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))'], { stdio: 'ignore' });
  child.once('error', () => resolve(false)).once('close', (code) => resolve(code === 0));
});
const hasPython = needs(python, 'python3 (3.8 or newer), for the receiver in Python');
const LANGUAGES = [
  { name: 'TypeScript', file: 'receiver.ts', run: process.execPath, skip: false },
  { name: 'Python', file: 'receiver.py', run: 'python3', skip: !hasPython },
] as const;

const signer: ModiSigner = {
  key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  algorithm: 'ES256',
  keyId: 'chiave-del-nodo',
  certificates: [],
};
let node: Node;
let ask: Caller;
beforeAll(async () => {
  node = await startNode({ webhookHosts: ['127.0.0.1'], signer });
  ask = caller(node.origin, await node.key(ESEMPIO));
});
afterAll(() => node?.stop());

describe.each(LANGUAGES)('the receiver in $name', ({ file, run, skip }) => {
  const running: ChildProcess[] = [];
  afterAll(() => {
    for (const child of running) child.kill('SIGKILL');
  });

  async function start(port: number, secret: string, more: Record<string, string> = {}) {
    const env = { PATH: process.env['PATH'] ?? '', PYTHONDONTWRITEBYTECODE: '1', SECRET: secret, PORT: String(port) };
    const child = spawn(run, [join(repository, 'docs/clients', file)], { env: { ...env, ...more } });
    running.push(child);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (said += piece));
    while (!(await listens(port))) await sleep(50);
    return {
      said: () => said,
      async stop() {
        child.kill('SIGKILL');
        await once(child, 'close');
      },
    };
  }

  it('has seventy lines at most', () => {
    expect(readFileSync(join(repository, 'docs/clients', file), 'utf8').split('\n').length).toBeLessThanOrEqual(70);
  });

  it.skipIf(skip)('accepts what the node sends, also while its secret changes', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/eventi`;
    const { id, secret } = (await ask('POST', '/webhooks', { body: { url } })).json;
    const node_ = { NODE: node.origin, ORIGIN: `http://127.0.0.1:${port}` };
    const tried = async () => (await ask('POST', `/webhooks/${id}/test`)).json;
    const before = await start(port, secret, node_);
    expect(await tried()).toMatchObject({ delivered: true, outcome: '204' });
    const fresh = (await ask('POST', `/webhooks/${id}/secret`)).json.secret;
    const { eventId } = await tried();
    expect(before.said()).toContain(`${eventId} test\n`);
    await before.stop();
    const after = await start(port, fresh, node_);
    expect(await tried()).toMatchObject({ delivered: true, outcome: '204' });
    await after.stop();
    const stranger = await start(port, `whsec_${'x'.repeat(43)}`, node_);
    expect(await tried()).toMatchObject({ delivered: false, outcome: '401' });
    expect(stranger.said()).toBe('');
    await stranger.stop();
    await ask('DELETE', `/webhooks/${id}`);
  });

  it.skipIf(skip)('rejects everything else, and handles a repeat once', async () => {
    const port = await freePort();
    const { said, stop } = await start(port, 'segreto');
    const body = '{"id": "1", "type":"città" }';
    const now = Math.floor(Date.now() / 1000);
    const mac = (text: string, key = 'segreto') => createHmac('sha256', key).update(text).digest('hex');
    const good = mac(`${now}.${body}`);
    const send = (signature: string | null, sent = body, name = 'InterPro-Signature') =>
      post(port, sent, signature === null ? {} : { [name]: signature });
    expect(await send(`t=${now},v1=${good}`)).toBe(204);
    expect(await send(`t=${now},v1=${mac('other')},v1=${good}`, body, 'INTERPRO-signature')).toBe(204);
    expect(await send(`t=${now}, v2=abc, v1=${good}`)).toBe(204);
    for (const wrong of [
      null,
      '',
      `v1=${good}`,
      `t=${now}`,
      `t=${now},v1=`,
      `t=${now},v1=${good.slice(1)}`,
      `t=${now},v1=${mac(`${now}.${body}`, 'altro')}`,
      `t=${now + 1},v1=${good}`,
      `t=${now - 400},v1=${mac(`${now - 400}.${body}`)}`,
      `t=${now + 400},v1=${mac(`${now + 400}.${body}`)}`,
      `t=x,v1=${mac(`x.${body}`)}`,
      `t=,v1=${mac(`.${body}`)}`,
      `t=²,v1=${good}`,
      `t=${now},v1=è${good}`,
    ])
      expect(await send(wrong), String(wrong)).toBe(401);
    // The same JSON value in other bytes.
    expect(await send(`t=${now},v1=${good}`, '{"id":"1","type":"città"}')).toBe(401);
    expect(said()).toBe('1 città\n');
    await stop();
  });
});

it('rejects what only looks signed by the node', async () => {
  const body = Buffer.from('{"id":"1"}');
  const origin = 'https://ricevitore.esempio.example.it';
  const signed = async (by = signer, change: Partial<Parameters<typeof signIntegrity>[0]> = {}) => ({
    'content-type': 'application/json',
    ...(await signIntegrity(
      {
        ...{ body, contentType: 'application/json', contentEncoding: null, audience: origin, issuer: 'locale' },
        ...{ subject: null, tokenId: '1', now: new Date(), lifetimeSeconds: 120, ...change },
      },
      by,
    )),
  });
  const judge = (headers: object, bytes = body) =>
    isSignedByNode({ ...headers }, bytes, node.origin, origin).catch(() => false);
  expect(await judge(await signed())).toBe(true);
  const own = { ...signer, key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey };
  const wrong = {
    'another key': await judge(await signed(own)),
    'a key of no name': await judge(await signed({ ...own, keyId: 'altra' })),
    'another receiver': await judge(await signed(signer, { audience: 'https://altri.example.it' })),
    'too late': await judge(await signed(signer, { now: new Date(Date.now() - 200_000) })),
    'too early': await judge(await signed(signer, { now: new Date(Date.now() + 200_000) })),
    'another body': await judge(await signed(), Buffer.from('{"id":"2"}')),
    'another digest': await judge({ ...(await signed()), digest: 'SHA-256=x' }),
    'another type': await judge({ ...(await signed()), 'content-type': 'text/plain' }),
    'no signature': await judge({ digest: 'SHA-256=x' }),
    'no algorithm': await judge({
      ...(await signed()),
      'agid-jwt-signature': unsigned((await signed())['agid-jwt-signature']),
    }),
  };
  expect(wrong).toEqual(Object.fromEntries(Object.keys(wrong).map((name) => [name, false])));
});

const unsigned = (token: string): string =>
  `${Buffer.from('{"alg":"none","kid":"chiave-del-nodo"}').toString('base64url')}.${token.split('.')[1]}.`;

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

/** Sends header names as written and values in UTF-8. */
const post = (port: number, body: string, headers: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    const bytes = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, Buffer.from(value).toString('latin1')]),
    );
    const length = { 'Content-Length': Buffer.byteLength(body) };
    const asked = request({ port, host: '127.0.0.1', method: 'POST', headers: { ...bytes, ...length } }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
    });
    asked.once('error', reject).end(body);
  });
