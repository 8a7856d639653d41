import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { interpro } from '../../docs/clients/interpro.ts';
import { needs, repository } from '../support/shared.ts';
import { blocksOf } from './guide.ts';
import { type GuideRegion, startGuideRegion } from './region-of-the-guide.ts';

const guide = blocksOf(readFileSync(join(repository, 'docs/join-in-a-day.md'), 'utf8'));
const python = await new Promise<boolean>((resolve) => {
  const child = spawn('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))'], { stdio: 'ignore' });
  child.once('error', () => resolve(false)).once('close', (code) => resolve(code === 0));
});
const hasPython = needs(python, 'python3 (3.8 or newer), for the client in Python');
const LANGUAGES = [
  { name: 'TypeScript', language: 'ts', client: 'interpro.ts', run: process.execPath, next: 5001, skip: false },
  { name: 'Python', language: 'python', client: 'interpro.py', run: 'python3', next: 6001, skip: !hasPython },
] as const;

let region: GuideRegion;
let keys: { readonly KEY: string; readonly OTHER: string };
beforeAll(async () => {
  region = await startGuideRegion();
  keys = { KEY: await region.key('c_esempio/AESEMP1'), OTHER: await region.key('c_santangelo/ASANTA1') };
});
afterAll(() => region?.stop());

describe.each(LANGUAGES)('the client in $name', ({ language, client, run, next, skip }) => {
  const running: ChildProcess[] = [];
  afterAll(() => {
    for (const child of running) child.kill('SIGKILL');
  });

  /** A program from the guide, saved beside the client as a reader would. */
  function program(which: number, name: string, host: string, more: Record<string, string> = {}) {
    const folder = join(region.folder, language);
    mkdirSync(folder, { recursive: true });
    copyFileSync(join(repository, 'docs/clients', client), join(folder, client));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const file = join(folder, `${name}.${client.split('.')[1]}`);
    const text = guide.filter((block) => block.language === language)[which]?.text ?? '';
    // Each sender sends its own message.
    writeFileSync(file, text.replace(/pratica-[\d-]+/, `${language}-${name}`));
    const env = { PATH: process.env['PATH'] ?? '', PYTHONDONTWRITEBYTECODE: '1', HOST: host, ...keys, ...more };
    const child = spawn(run, [file], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    running.push(child);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (said += piece));
    const ended = new Promise<string>((resolve) => child.once('close', (code) => resolve(`${code}: ${said}`)));
    return { child, ended, text: () => said };
  }

  it('has sixty lines at most', () => {
    const lines = readFileSync(join(repository, 'docs/clients', client), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.length).toBeLessThanOrEqual(60);
  });

  it.skipIf(skip)('sends, and acknowledges what has arrived, as the guide shows', async () => {
    const register = program(1, 'register', region.host, { NEXT: String(next) });
    const sender = program(0, 'sender', region.host);
    expect(await sender.ended).toMatch(new RegExp(`^0: \\d{7} confirmed 000${next}/\\d{4}\\n$`));
    expect(register.text()).toBe(`${next} confirming\n`);
    register.child.kill('SIGKILL');
    await register.ended;
    // A restart continues after the last message handled.
    expect(Number(readFileSync(join(region.folder, language, 'inbox.position'), 'utf8'))).toBeGreaterThan(0);
  });

  it.skipIf(skip)('sends once, though answers are lost and the service is away for a while', async () => {
    const before = await registrations();
    const register = program(1, 'register', region.host, { NEXT: String(next + 100) });
    // A client waits twice as long after each fault in a row.
    const messages: Fault[][] = [
      ['lose', 'away', 'busy'],
      ['limited', 'dated'],
    ];
    for (const [index, faults] of messages.entries()) {
      const proxy = await startProxy(faults);
      try {
        const sent = program(0, `sender-${2 + index}`, proxy.host);
        expect(await sent.ended).toMatch(new RegExp(`^0: \\d{7} confirmed 000${next + 100 + index}/`));
      } finally {
        proxy.server.close();
      }
      expect(proxy.faults).toEqual([]);
    }
    register.child.kill('SIGKILL');
    expect(await registrations()).toBe(before + 2);
  });
});

describe('the client in TypeScript in detail', () => {
  it('refuses, and the sender learns why', async () => {
    const [esempio, santangelo] = [keys.KEY, keys.OTHER].map((key) => interpro(`${region.host}/rest/interpro/v1`, key));
    if (esempio === undefined || santangelo === undefined) throw new Error('two clients are needed');
    const file = new File(['illeggibile'], 'scansione.txt', { type: 'text/plain' });
    const { recipients } = await esempio.submit(
      { subject: 'Scansione', recipients: [{ to: 'c_santangelo' }] },
      [file],
      'scansione-1',
    );
    const refusing = santangelo.inbox(join(region.folder, 'refusals'), async ({ id, state }) => {
      if (state !== 'held') return;
      await santangelo.refuse(id, 'La scansione non è leggibile.', `refusal-${id}`);
      throw new Error('done');
    });
    await expect(refusing).rejects.toThrow('done');
    const ended = await esempio.follow(recipients[0]?.exchange ?? '');
    expect(ended).toMatchObject({
      state: 'excepted',
      tasks: [{ sentence: expect.stringContaining('non è leggibile') }],
    });
  });

  it('does not wait when told to come back much later', async () => {
    const proxy = await startProxy(['later']);
    try {
      const esempio = interpro(`${proxy.host}/rest/interpro/v1`, keys.KEY);
      const message = { subject: 'Prova', recipients: [{ to: 'c_santangelo' }] };
      await expect(esempio.submit(message, [new File(['x'], 'x.txt')], 'later-2')).rejects.toMatchObject({
        status: 503,
      });
      expect(proxy.asked()).toBe(1);
    } finally {
      proxy.server.close();
    }
  });

  it('handles only unfinished messages again after a stop', async () => {
    const [esempio, santangelo] = [keys.KEY, keys.OTHER].map((key) => interpro(`${region.host}/rest/interpro/v1`, key));
    if (esempio === undefined || santangelo === undefined) throw new Error('two clients are needed');
    for (const subject of ['Quattro', 'Cinque', 'Sei'])
      await esempio.submit(
        { subject, recipients: [{ to: 'c_santangelo' }] },
        [new File(['x'], 'x.txt', { type: 'text/plain' })],
        `ripresa-${subject}`,
      );
    const run = async () => {
      const seen: number[] = [];
      const handle = async ({ position }: { position: number }) => {
        if (seen.push(position) === 2) throw new Error('stopped');
      };
      await expect(santangelo.inbox(join(region.folder, 'resumed-ts'), handle)).rejects.toThrow('stopped');
      return seen;
    };
    const [first, second] = [await run(), await run()];
    expect(second[0]).toBe(first[1]);
    expect(second[1]).toBeGreaterThan(second[0] ?? 0);
  });

  it('does not repeat what is refused permanently', async () => {
    const faults: Fault[] = [];
    const proxy = await startProxy(faults);
    try {
      const esempio = interpro(`${proxy.host}/rest/interpro/v1`, keys.KEY);
      const nobody = { subject: 'Prova', recipients: [{ to: 'nessuno' }] };
      const refused = esempio.submit(nobody, [new File(['x'], 'x.txt')], 'nessuno-1');
      await expect(refused).rejects.toMatchObject({ status: 422, message: expect.stringContaining('index-recipient') });
      expect(proxy.asked()).toBe(1);
    } finally {
      proxy.server.close();
    }
  });
});

describe('the client in Python in detail', () => {
  /** Runs these lines with a client for each office and returns what they print. */
  async function ran(lines: string, host = region.host, more: Record<string, string> = {}): Promise<string> {
    const head = `import os, pathlib, json
from interpro import InterPro
esempio, santangelo = (InterPro(os.environ["HOST"] + "/rest/interpro/v1", os.environ[key]) for key in ("KEY", "OTHER"))
`;
    const env = { PATH: process.env['PATH'] ?? '', PYTHONDONTWRITEBYTECODE: '1', HOST: host, ...keys, ...more };
    const cwd = join(repository, 'docs/clients');
    const child = spawn('python3', ['-c', head + lines], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (said += piece));
    await new Promise((resolve) => child.once('close', resolve));
    return said;
  }
  const inFolder = (name: string) => ({ CHECKPOINT: join(region.folder, name) });

  it.skipIf(!hasPython)('refuses, and the sender learns why; files keep their names', async () => {
    const said = await ran(
      `
name = 'scansione "n. 1" è.txt'
sent = esempio.submit({"subject": "Scansione doppia", "recipients": [{"to": "c_santangelo"}]}, [(name, "text/plain", b"x")], "scansione-2")
exchange = sent["recipients"][0]["exchange"]
class Done(Exception): pass
def handle(item):
    if item["state"] == "held" and item["subject"] == "Scansione doppia":
        santangelo.refuse(item["id"], "La scansione non si legge.", "refusal-" + item["id"])
        raise Done
try:
    santangelo.inbox(os.environ["CHECKPOINT"], handle)
except Done:
    pass
ended = esempio.follow(exchange)
number = sent["registration"]
shown = esempio.ask("GET", "/outgoing-messages/PROT/%s/%d" % (number["date"][:4], int(number["number"])))
print(ended["state"], "non si legge" in ended["tasks"][0]["sentence"], shown["registration"]["documents"][0]["name"] == name)
`,
      region.host,
      inFolder('refusals-py'),
    );
    expect(said).toBe('excepted True True\n');
  });

  it.skipIf(!hasPython)('does not repeat what is refused for good, nor waits for what is long away', async () => {
    const proxy = await startProxy(['later']);
    const message = (to: string) => `{"subject": "Prova", "recipients": [{"to": "${to}"}]}`;
    const attempt = (to: string, once: string) => `
try:
    esempio.submit(${message(to)}, [("x.txt", "text/plain", b"x")], "${once}")
except RuntimeError as refused:
    print(refused.args[0], "index-recipient" in refused.args[1])
`;
    try {
      expect(await ran(attempt('c_santangelo', 'later-1') + attempt('nessuno', 'nessuno-2'), proxy.host)).toBe(
        '503 False\n422 True\n',
      );
      expect(proxy.asked()).toBe(2);
    } finally {
      proxy.server.close();
    }
  });

  it.skipIf(!hasPython)('handles only unfinished messages again after a stop', async () => {
    const said = await ran(
      `
class Stopped(Exception): pass
def run(stop_at):
    seen = []
    def handle(item):
        seen.append(item["position"])
        if len(seen) == stop_at:
            raise Stopped
    try:
        santangelo.inbox(os.environ["CHECKPOINT"], handle)
    except Stopped:
        return seen
for subject in ("Uno", "Due", "Tre"):
    sent = esempio.submit({"subject": subject, "recipients": [{"to": "c_santangelo"}]}, [("x.txt", "text/plain", b"x")], "ripresa-" + subject)
    esempio.ask("GET", "/exchanges/" + sent["recipients"][0]["exchange"])
first, second = run(2), run(2)
print(first[1] == second[0], second[1] > second[0], pathlib.Path(os.environ["CHECKPOINT"]).read_text() == str(first[1]))
`,
      region.host,
      inFolder('resumed-py'),
    );
    expect(said).toBe('True True True\n');
  });
});

async function registrations(): Promise<number> {
  const headers = { authorization: `Bearer ${keys.KEY}` };
  const answer = await fetch(`${region.host}/rest/interpro/v1/registrations?direction=outgoing&limit=500`, { headers });
  return ((await answer.json()) as { items: unknown[] }).items.length;
}

type Fault = 'lose' | 'away' | 'busy' | 'limited' | 'dated' | 'later';

interface Proxy {
  readonly host: string;
  readonly server: Server;
  readonly faults: Fault[];
  asked(): number;
}

/**
 * Passes requests on to the region, except that the first commands meet the given faults: the answer is lost, nobody
 * answers, the service is busy for a moment or for long, the rate is limited, or `Retry-After` is a date.
 */
async function startProxy(faults: Fault[]): Promise<Proxy> {
  let asked = 0;
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    asked += 1;
    const body = Buffer.concat(await request.toArray());
    const fault = request.method === 'POST' ? faults.shift() : undefined;
    if (fault === 'away') return void response.destroy();
    if (fault === 'busy') return void response.writeHead(503, { 'retry-after': '1' }).end('not now');
    if (fault === 'later') return void response.writeHead(503, { 'retry-after': '3600' }).end();
    if (fault === 'limited') return void response.writeHead(429).end();
    if (fault === 'dated') return void response.writeHead(503, { 'retry-after': new Date(0).toUTCString() }).end();
    const headers = Object.entries(request.headers).flatMap(([name, value]) =>
      typeof value === 'string' && !/^(host|connection|content-length|expect)$/.test(name)
        ? [[name, value] as const]
        : [],
    );
    const asks = { method: request.method ?? 'GET', headers: Object.fromEntries(headers) };
    const got = await fetch(region.host + request.url, body.length > 0 ? { ...asks, body } : asks);
    const bytes = Buffer.from(await got.arrayBuffer());
    if (fault === 'lose') return void response.destroy();
    response.writeHead(got.status, { 'content-type': got.headers.get('content-type') ?? '' }).end(bytes);
  };
  const server = createServer((request, response) => void handle(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { host: `http://127.0.0.1:${port}`, server, faults, asked: () => asked };
}
