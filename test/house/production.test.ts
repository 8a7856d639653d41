import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase } from '../support/postgres.ts';
import { run, start } from '../support/run.ts';
import { repository } from '../support/shared.ts';

interface LockEntry {
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
}

const lock = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, LockEntry>>;
};
const places = Object.entries(lock.packages).filter(([place]) => place.startsWith('node_modules/'));
/** What `npm ci --omit=dev --omit=optional` installs. */
const installed = places.filter(([, { dev, optional, devOptional }]) => !dev && !optional && !devOptional);
const optional = places.filter(([, entry]) => entry.optional && !entry.dev).map(([place]) => place);

const RECORDER = pathToFileURL(join(repository, 'test/support/record-loads.mjs')).href;

/** As the image for production is made: no tests, no sandbox, no region, and none of the packages that only they need. */
function installWithoutTrials(copy: string): void {
  for (const part of ['package.json', 'migrations', 'schemas'])
    cpSync(join(repository, part), join(copy, part), { recursive: true });
  const forTrials = ['sandbox', 'region'].map((room) => join(repository, 'src', room));
  cpSync(join(repository, 'src'), join(copy, 'src'), { recursive: true, filter: (path) => !forTrials.includes(path) });
  for (const [place] of installed) {
    if (place.indexOf('node_modules/', 1) >= 0) continue;
    mkdirSync(dirname(join(copy, place)), { recursive: true });
    symlinkSync(join(repository, place), join(copy, place));
  }
}

describe('the process in production', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-production-'));
  const copy = join(folder, 'copy');
  const file = (name: string) => relative(repository, join(copy, name));
  let database: Awaited<ReturnType<typeof createDatabase>>;

  beforeAll(async () => {
    mkdirSync(copy);
    installWithoutTrials(copy);
    database = await createDatabase();
  });
  afterAll(async () => {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What the environment of a process says so that its loads are written to a file, and the loads. */
  const recorder = (name: string) => {
    const loads = join(folder, name);
    return {
      env: { NODE_OPTIONS: `--import=${RECORDER}`, LOADS_FILE: loads },
      loads: () => readFileSync(loads, 'utf8').trimEnd().split('\n'),
    };
  };
  const ofTrials = (loads: readonly string[]) =>
    loads.filter(
      (url) => /\/src\/(?:sandbox|region)\//.test(url) || optional.some((place) => url.includes(`/${place}/`)),
    );

  it('works without the sandbox, the region and their packages, and loads nothing of them', async () => {
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, 'x', { mode: 0o600 });
    const address = 'protocollo@pec.esempio.example.it';
    const account = { host: '127.0.0.1', port: 1, passwordFile };
    const office = { administration: 'c_esempio', code: 'AESEMP1', name: 'Comune di Esempio', address };
    const offices = [{ ...office, mailboxes: [{ address, ...account }], smtp: account }];
    writeFileSync(join(folder, 'offices.json'), JSON.stringify({ offices }));
    const { env, loads } = recorder('service');
    const service = start(file('src/main.ts'), [], {
      ...env,
      DATABASE_URL: database.url,
      INTERPRO_OFFICES: join(folder, 'offices.json'),
      INTERPRO_DATA: join(folder, 'data'),
      INTERPRO_HTTP_PORT: '0',
    });
    const [, url = ''] = /status: (http:\S+)/.exec(await service.says(/status: http:\S+\n/)) ?? [];
    expect((await fetch(url)).status).toBe(200);
    expect(await service.end('SIGTERM')).toBe(0);
    expect(loads().some((one) => one.endsWith('/src/wiring/service.ts'))).toBe(true);
    expect(loads().some((one) => one.includes('/node_modules/fastify/'))).toBe(true);
    expect(ofTrials(loads())).toEqual([]);
  });

  it('is seen to load them where they are asked for', async () => {
    const { env, loads } = recorder('sandbox');
    const sandbox = start('src/entrances/cli/interpro.ts', ['sandbox', '--json'], env);
    await sandbox.says('"smtp"');
    await sandbox.end('SIGTERM');
    const found = ofTrials(loads());
    expect(found.some((url) => url.endsWith('/src/sandbox/sandbox.ts'))).toBe(true);
    expect(found.some((url) => url.includes('/node_modules/smtp-server/'))).toBe(true);
  });

  it.each([
    ['the region', 'src/main.ts', []],
    ['the demo', 'src/main.ts', ['demo']],
    ['the sandbox', 'src/entrances/cli/interpro.ts', ['sandbox']],
  ])('says what to do when somebody asks for %s that was left out', async (_, name, args) => {
    const ran = await run(file(name), args, { INTERPRO_DATA: join(folder, 'empty') });
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(
      /is not part of this installation: .*Install the project in full \(npm ci\), or set DATABASE_URL and INTERPRO_OFFICES/,
    );
  });

  it('says so too where the rooms are there and only their packages are not', async () => {
    for (const room of ['sandbox', 'region'])
      cpSync(join(repository, 'src', room), join(copy, 'src', room), { recursive: true });
    for (const [name, args] of [
      ['src/main.ts', ['demo']],
      ['src/entrances/cli/interpro.ts', ['sandbox']],
    ] as const) {
      const ran = await run(file(name), args, { INTERPRO_DATA: join(folder, 'empty') });
      expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('is not part of this installation') });
    }
  });
});
