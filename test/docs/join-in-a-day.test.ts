import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/node.ts';
import { repository } from '../support/shared.ts';
import { expectAnswers } from './answers.ts';
import { blocksOf, plain, type Shell } from './guide.ts';
import { type GuideRegion, startGuideRegion } from './region-of-the-guide.ts';

const FILE = join(repository, 'docs/join-in-a-day.md');

describe('the guide', () => {
  let region: GuideRegion;
  let receiver: ChildProcess | null = null;
  beforeAll(async () => {
    region = await startGuideRegion();
  });
  afterAll(async () => {
    receiver?.kill();
    await region?.stop();
  });

  it('is pointed to by npm start', () => {
    expect(region.said).toContain(`Join: docs/join-in-a-day.md and ${region.host}/docs`);
  });

  it('has commands that answer as shown', async () => {
    const guide = readFileSync(FILE, 'utf8');
    const port = await freePort();
    const shell: Shell = {
      cwd: repository,
      env: region.env,
      places: [
        ['http://127.0.0.1:8080', region.host],
        ['127.0.0.1:9000', `127.0.0.1:${port}`],
        ['/tmp/', `${region.folder}/`],
      ],
      values: new Map(),
    };
    const heard: string[] = [];
    const ran = await expectAnswers(FILE, shell, async ({ text }) => {
      if (text.includes('$WEBHOOK/test')) receiver = await startReceiver(guide, shell, port, heard);
    });
    expect(ran).toBeGreaterThan(25);
    const bodies = () =>
      heard
        .join('')
        .split('\n')
        .filter((line) => line.startsWith('{'));
    expect(bodies()[0]).toMatch(/"id":"c_santangelo\/ASANTA1:test:[^"]+",.*"type":"test"}$/);
    const received = await until('the event', async () => bodies().find((body) => body.includes('"received"')) ?? null);
    const shown = blocksOf(readFileSync(FILE, 'utf8')).find(({ text }) =>
      /"id": "c_santangelo\/ASANTA1:\d+"/.test(text),
    );
    const numbered = (body: string) => plain(body).replace(/(ASANTA1:)\d+/, '$1<n>');
    expect(numbered(received)).toBe(numbered(shown?.text ?? ''));
  });
});

/** Starts the program the guide shows, with the secret that the guide's own command returned. */
async function startReceiver(guide: string, shell: Shell, port: number, heard: string[]): Promise<ChildProcess> {
  const program = blocksOf(guide).find(({ language }) => language === 'js')?.text ?? '';
  const file = join(shell.env['INTERPRO_DATA'] ?? '', 'receiver.mjs');
  writeFileSync(file, `${program}\nsetTimeout(() => console.log('ready'), 200);\n`);
  const secret = shell.values.get('SECRET')?.slice(1, -1) ?? '';
  const env = { PATH: process.env['PATH'] ?? '', SECRET: secret, PORT: String(port) };
  const child = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.on('data', (piece: Buffer) => heard.push(piece.toString()));
  await once(child.stdout, 'data');
  return child;
}

describe('the comparison', () => {
  const answer = (state: string, id: string, ...types: string[]) =>
    JSON.stringify({
      id,
      state,
      at: `2026-03-0${types.length}T10:00:00.000Z`,
      events: types.map((type) => ({ type })),
    });
  const [one, two] = ['01a20326-d96e-738c-8bee-9b268fc182e3', '01a20326-d96e-75fe-8563-b876d7b0374c'];

  it('accepts the answer of another run and no different answer', () => {
    const said = plain(answer('confirmed', one, 'accettazione', 'consegna'));
    expect(plain(answer('confirmed', two, 'consegna', 'accettazione'))).toBe(said);
    expect(plain(answer('excepted', one, 'accettazione', 'consegna'))).not.toBe(said);
    expect(plain(answer('confirmed', one, 'accettazione'))).not.toBe(said);
    expect(plain(answer('confirmed', 'none', 'accettazione', 'consegna'))).not.toBe(said);
    expect(plain('HTTP/1.1 200 OK\n\n{}')).not.toBe(plain('HTTP/1.1 409 Conflict\n\n{}'));
  });
});
