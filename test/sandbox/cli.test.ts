import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runSandbox } from '../../src/sandbox/cli.ts';
import { temporaryFolder } from './support.ts';

async function run(...argv: string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runSandbox(
    argv,
    (line) => out.push(line),
    (line) => err.push(line),
    AbortSignal.abort(),
  );
  return { code, out: out.join('\n'), err: err.join('\n') };
}

/** No process.exit: a handle left open would keep the process alive, and the test would fail by its time limit. */
function startProcess(args: string) {
  const program = `
    import { runSandbox } from './src/sandbox/cli.ts';
    process.exitCode = await runSandbox([${args}], console.log);
  `;
  const argv = ['--input-type=module-typescript', '-e', program];
  return spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
}

it('explains itself', async () => {
  const { code, out } = await run('--help');
  expect(code).toBe(0);
  for (const option of ['--folder', '--smtp-port', '--imap-port', '--mailbox', '--ca', '--json'])
    expect(out).toContain(option);
});

it('prints where everything is, and exports the authority', async () => {
  const other = temporaryFolder();
  const ca = join(other.path, 'ca.pem');
  const { code, out } = await run(
    '--mailbox',
    'a@pec.esempio.example.it:pa:rola',
    '--domain',
    'pec.altro.example.it',
    '--ca',
    ca,
  );
  expect(code).toBe(0);
  expect(out).toMatch(/SMTP +127\.0\.0\.1:\d+/);
  expect(out).toMatch(/IMAP +127\.0\.0\.1:\d+/);
  expect(out).toContain('a@pec.esempio.example.it  password: pa:rola');
  expect(out).toContain(ca);
  expect(readFileSync(ca, 'utf8')).toMatch(/^-----BEGIN CERTIFICATE-----\n/);
  other.remove();
});

it.each([
  [['--smtp-port', 'x'], /--smtp-port/],
  [['--imap-port', '70000'], /--imap-port/],
  [['--mailbox', 'senza-parola@example.it'], /--mailbox/],
  [['--mailbox', 'non un indirizzo:x'], /--mailbox/],
  [['--digest', 'md5'], /--digest/],
  [['--unknown'], /unknown/],
])('refuses %j', async (argv, reason) => {
  const { code, err } = await run(...argv);
  expect(code).toBe(2);
  expect(err).toMatch(reason);
});

it.each(['--smtp-port', '--imap-port'])('names a taken port: %s', async (option) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { code, err } = await run(option, String(port));
  other.close();
  expect(code).toBe(1);
  expect(err).toContain(`port ${port} is taken by another program`);
});

it('says when the authority cannot be exported, and ends cleanly', async () => {
  const child = startProcess("'--ca', '/non/esiste/ca.pem'");
  const exit = once(child, 'exit');
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  expect(line).toContain('/non/esiste/ca.pem');
  expect(await exit).toEqual([1, null]);
});

it.each(['SIGINT', 'SIGTERM'] as const)(
  'a process of its own stops cleanly at %s, with nothing left open',
  async (signal) => {
    const child = startProcess("'--json'");
    const exit = once(child, 'exit');
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    const { smtp, imap, mailboxes } = JSON.parse(line);
    expect(smtp.port).not.toBe(imap.port);
    expect(mailboxes).toHaveLength(2);
    child.kill(signal);
    expect(await exit).toEqual([0, null]);
  },
);
