import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadGrammars } from '../../src/adapters/grammar-files.ts';
import type { Inspection } from '../../src/domain/exchange/inspection.ts';
import { anchorsFrom } from '../../src/formats/pec/trust.ts';
import { PROBLEMS } from '../../src/kernel/problems.ts';
import { judgeSegnatura } from '../../src/service/intake/judge-mail.ts';
import { LONG } from '../support/long.ts';
import { AT, testSeal } from '../support/test-seal.ts';
import { HOSTILE, type Hostile, type Means, ORDINARY } from './hostile/cases.ts';
import type { Cost, Question, Setting } from './hostile/child.ts';
import { MESSAGE } from './seal/workbench.ts';

/**
 * Hostile XML through the whole judgement of a segnatura. Each is refused or named by its code within 100 ms of processor time
 * and 50 MB beyond the input, and nothing is read or fetched for it. Measured in other processes, whose memory and time are
 * their own.
 */
const CPU_MS = 100;
const MEMORY = 50 * 1024 * 1024;
const CANARY = 'canarino-che-nessuno-deve-leggere';

const folder = mkdtempSync(join(tmpdir(), 'interpro-hostile-'));
let connections = 0;
const server = createServer((socket) => {
  connections += 1;
  socket.end('HTTP/1.0 200 OK\r\n\r\n<!ELEMENT a ANY>');
});
let means: Means;
let setting: Setting;
/** One for all small inputs and one for the large ones. A long run, where memory counts, has one for each large input. */
let small: Judge;
let large: Judge;

interface Judge {
  readonly process: ChildProcess;
  ask(question: Question): Promise<Cost>;
}

async function startJudge(): Promise<Judge> {
  const child = fork(new URL('./hostile/child.ts', import.meta.url), {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ask = <T>(message: object): Promise<T> =>
    new Promise((resolve, reject) => {
      const ended = (code: number | null) => reject(new Error(`the judge ended (${code})`));
      child.once('exit', ended);
      child.once('message', (answer) => {
        child.off('exit', ended);
        resolve(answer as T);
      });
      child.send(message);
    });
  await ask(setting);
  return { process: child, ask };
}

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const canary = join(folder, 'canary.xml');
  writeFileSync(canary, CANARY);
  const seal = await testSeal();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  means = { url, canary: pathToFileURL(canary).href, sealed: (await seal.seal(MESSAGE)).toString() };
  const ordinary = [means.sealed, ...ORDINARY.map(([, text]) => text)];
  setting = {
    rootPem: seal.rootPem,
    at: AT.toISOString(),
    ordinary: ordinary.map((text) => Buffer.from(text).toString('base64')),
  };
  [small, large] = await Promise.all([startJudge(), startJudge()]);
});
afterAll(async () => {
  for (const judge of [small, large]) judge?.process.kill();
  await new Promise<void>((done) => void server.close(() => done()));
  rmSync(folder, { recursive: true });
});

/** The smallest cost of several tries, because other programs may slow the machine. */
async function cost(hostile: Hostile): Promise<Cost> {
  const file = join(folder, 'input');
  writeFileSync(file, hostile.make(means));
  const apart = LONG && hostile.large;
  const judge = apart ? await startJudge() : hostile.large ? large : small;
  try {
    const first = await judge.ask({ file });
    let { cpu } = first;
    for (let more = 0; more < 15 && cpu >= CPU_MS; more += 1) cpu = Math.min(cpu, (await judge.ask({ file })).cpu);
    return { ...first, cpu };
  } finally {
    if (apart) judge.process.kill();
  }
}

const codesOf = ({ problems, segnatura }: Inspection): readonly string[] =>
  [...problems, ...(segnatura?.problems ?? [])].map(({ code }) => code);

describe('hostile XML', () => {
  it.each(HOSTILE.map((hostile) => [hostile.name, hostile] as const))('%s', async (_name, hostile) => {
    const { inspection, cpu, memory, calls } = await cost(hostile);
    if (inspection === null) throw new Error('not judged');
    if (hostile.code !== null) expect(codesOf(inspection)).toContain(hostile.code);
    if (hostile.verdict === 'refused') expect([inspection.kind, inspection.segnatura]).toEqual(['unreadable', null]);
    if (hostile.verdict === 'invalid') expect(inspection.segnatura?.valid).toBe(false);
    if (hostile.verdict === 'harmless') expect(inspection.segnatura?.valid).toBe(true);
    if (hostile.verdict === 'no-seal') expect(inspection.segnatura?.seal).toBe('invalid');
    expect(cpu).toBeLessThan(CPU_MS);
    // In a shared process the memory peak of one input would count against the next.
    if (LONG || !hostile.large) expect(memory).toBeLessThan(MEMORY);
    expect(calls).toEqual([]);
    expect(JSON.stringify(inspection)).not.toContain(CANARY);
    expect(connections).toBe(0);
  });

  it('is not confused with ordinary XML', async () => {
    const { validate } = await loadGrammars();
    const { trust } = anchorsFrom([{ name: 'root.pem', bytes: Buffer.from(setting.rootPem) }]);
    const judge = (text: string) =>
      judgeSegnatura(Buffer.from(text), { trust, validate, at: AT, policy: new Map() }).segnatura;
    expect(judge(means.sealed)).toMatchObject({ generation: '3.0.0', valid: true, seal: 'valid', problems: [] });
    for (const [generation, text] of ORDINARY) expect(judge(text)).toMatchObject({ generation, valid: true });
  });

  it('has a sentence for every code', () => {
    for (const { code } of HOSTILE) if (code !== null) expect(PROBLEMS).toHaveProperty(code);
  });

  it('would be noticed if it read, fetched, or took too much time or memory', async () => {
    const judge = await startJudge();
    const { port } = server.address() as AddressInfo;
    const seen = await judge.ask({ planted: join(folder, 'canary.xml'), port });
    expect(seen.cpu).toBeGreaterThan(CPU_MS);
    expect(seen.memory).toBeGreaterThan(MEMORY);
    expect(seen.calls).toEqual(expect.arrayContaining(['fs.readFileSync', 'net.connect']));
    await expect.poll(() => connections).toBe(1);
    judge.process.kill();
  });
});
