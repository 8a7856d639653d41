/** The region a reader of the guide starts, with keys for the two systems the reader plays. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, type Started, start } from '../support/run.ts';

export interface GuideRegion {
  /** `http://127.0.0.1:PORT` */
  readonly host: string;
  readonly folder: string;
  /** Environment the command line needs to find it. */
  readonly env: Readonly<Record<string, string>>;
  /** Its output at the start. */
  readonly said: string;
  key(aoo: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startGuideRegion(): Promise<GuideRegion> {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-guide-'));
  // When run as root, PostgreSQL runs under its own user, which needs access here.
  chmodSync(folder, 0o711);
  const env = {
    INTERPRO_DATA: join(folder, 'var'),
    INTERPRO_HTTP_PORT: '0',
    INTERPRO_SAMPLE: 'exchange',
  };
  const process: Started = start('src/main.ts', [], env);
  const stop = async () => {
    await process.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const said = await process.says('Stop: Ctrl-C', 180);
    const host = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? '';
    return { host, folder, env, said, stop, key: (aoo) => keyFor(aoo, env) };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function keyFor(aoo: string, env: Record<string, string>): Promise<string> {
  const scopes = 'messages:send,messages:read,messages:receive,register:read,events:read';
  const args = ['credential', 'create', '--json', '--aoo', aoo, '--name', 'Prova', '--scope', scopes];
  const made = await run('src/entrances/cli/interpro.ts', args, env);
  if (made.code !== 0) throw new Error(made.stderr);
  return (JSON.parse(made.stdout) as { key: string }).key;
}
