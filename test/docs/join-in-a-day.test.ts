import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { repository } from '../support/shared.ts';
import { blocksOf, type Command, commandsOf, plain, runCommand, type Shell } from './guide.ts';
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

  it('has commands that answer as it says', async () => {
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
    const answers: Answered[] = [];
    const heard: string[] = [];
    for (const command of commandsOf(guide)) {
      if (command.text.includes('$WEBHOOK/test')) receiver = await startReceiver(guide, shell, port, heard);
      answers.push({ command, answer: await runCommand(command, shell) });
    }
    expect(answers.length).toBeGreaterThan(25);
    compare(FILE, answers);
    expect(heard.join('')).toMatch(/c_santangelo\/ASANTA1:test:\S+ test\n/);
  });
});

/** The program the guide shows, told the secret the guide's own command was answered with. */
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

  it('knows the answer of another run, and no other answer', () => {
    const said = plain(answer('confirmed', one, 'accettazione', 'consegna'));
    expect(plain(answer('confirmed', two, 'consegna', 'accettazione'))).toBe(said);
    expect(plain(answer('excepted', one, 'accettazione', 'consegna'))).not.toBe(said);
    expect(plain(answer('confirmed', one, 'accettazione'))).not.toBe(said);
    expect(plain(answer('confirmed', 'none', 'accettazione', 'consegna'))).not.toBe(said);
    expect(plain('HTTP/1.1 200 OK\n\n{}')).not.toBe(plain('HTTP/1.1 409 Conflict\n\n{}'));
  });
});

describe('the README', () => {
  it('shows a whole exchange as it goes', async () => {
    const region = await startGuideRegion();
    try {
      const places = [['/tmp/', `${region.folder}/`]] as const;
      const shell: Shell = { cwd: repository, env: region.env, places, values: new Map() };
      const file = join(repository, 'README.md');
      const answers: Answered[] = [];
      for (const command of commandsOf(readFileSync(file, 'utf8')))
        answers.push({ command, answer: await runCommand(command, shell) });
      expect(answers.length).toBe(3);
      compare(file, answers);
    } finally {
      await region.stop();
    }
  });
});

interface Answered {
  readonly command: Command;
  readonly answer: string;
}

/** What was answered against what stands there; with UPDATE_DOCS=1 it is written there first. */
function compare(file: string, answers: readonly Answered[]): void {
  const before = readFileSync(file, 'utf8');
  const text = process.env['UPDATE_DOCS'] === '1' ? withAnswers(before, answers) : before;
  if (text !== before) writeFileSync(file, text);
  const written = commandsOf(text);
  for (const [index, { command, answer }] of answers.entries()) {
    const said = written[index]?.answer;
    // A change that is meant is written by UPDATE_DOCS=1 npx vitest run test/docs
    if (said != null) expect(plain(answer), command.text).toBe(plain(said.text));
  }
}

function withAnswers(guide: string, answers: readonly Answered[]): string {
  let text = guide;
  // From the end, so that the places before stay what they are.
  for (const { command, answer } of answers.toReversed()) {
    if (command.answer === null) continue;
    text = `${text.slice(0, command.answer.from)}${answer}\n${text.slice(command.answer.to)}`;
  }
  return text;
}
