import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { VARIABLES } from '../../src/config/config.ts';
import { repository } from '../support/shared.ts';

interface Service {
  readonly image?: string;
  readonly build?: string | { readonly context: string; readonly target: string };
  readonly user?: string;
  readonly restart?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly volumes?: readonly string[];
  readonly profiles?: readonly string[];
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const read = (path: string) => readFileSync(join(repository, path), 'utf8');
/** At least major and minor: `postgres:18` would change under a running office. */
const PINNED = /^[a-z0-9./-]+:\d+\.\d+[a-z0-9.-]*$/;
const SECRET = /password|token|secret/i;
/** The image of PostgreSQL reads these. */
const OF_POSTGRES = /^POSTGRES_/;

function serviceComplaints(name: string, service: Service): readonly string[] {
  const found: string[] = [];
  if (!PINNED.test(service.image ?? '')) found.push(`${name}: image ${service.image} is not pinned`);
  if (!service.healthcheck?.test.length) found.push(`${name}: no health check`);
  if (service.restart !== 'unless-stopped') found.push(`${name}: no restart policy`);
  if (service.user === undefined || service.user === 'root') found.push(`${name}: runs as root`);
  for (const variable of Object.keys(service.environment ?? {})) {
    if (!(variable in VARIABLES) && !OF_POSTGRES.test(variable)) found.push(`${name}: nothing reads ${variable}`);
  }
  for (const [variable, value] of Object.entries(service.environment ?? {})) {
    if (SECRET.test(variable) && !/^\$\{\w+:\?[^}]+\}$/.test(value)) found.push(`${name}: ${variable} is written down`);
    if (/:\/\/[^/:]*:(?!\$\{)[^/]*@/.test(value)) found.push(`${name}: ${variable} holds a password`);
  }
  const [program, script] = service.command ?? [];
  if (service.build !== undefined && (program !== 'node' || !script || !existsSync(join(repository, script)))) {
    found.push(`${name}: the start command ${program} ${script} does not exist`);
  }
  return found;
}

function complaints(compose: Compose): readonly string[] {
  return Object.entries(compose.services).flatMap(([name, service]) => {
    const named = (service.volumes ?? [])
      .map((volume) => volume.split(':')[0] ?? '')
      .filter((volume) => /^[a-z]/.test(volume));
    const undeclared = named.filter((volume) => !(volume in compose.volumes));
    return [
      ...serviceComplaints(name, service),
      ...undeclared.map((volume) => `${name}: volume ${volume} is not declared`),
    ];
  });
}

const compose = parse(read('docker-compose.yml')) as Compose;

describe('docker-compose.yml', () => {
  it('is refused where it does not fit the code', () => {
    const bad = {
      image: 'interpro:latest',
      build: '.',
      user: 'root',
      command: ['node', 'src/gone.ts'],
      environment: { INTERPRO_TYPO: '1', INTERPRO_API_TOKEN: 'abc', DATABASE_URL: 'postgres://a:b@c/d' },
      volumes: ['nowhere:/x', './here:/y'],
    };
    expect(complaints({ services: { bad }, volumes: {} })).toEqual([
      'bad: image interpro:latest is not pinned',
      'bad: no health check',
      'bad: no restart policy',
      'bad: runs as root',
      'bad: nothing reads INTERPRO_TYPO',
      'bad: INTERPRO_API_TOKEN is written down',
      'bad: DATABASE_URL holds a password',
      'bad: the start command node src/gone.ts does not exist',
      'bad: volume nowhere is not declared',
    ]);
  });

  it('fits the code', () => {
    expect(complaints(compose)).toEqual([]);
  });

  it('has the service, PostgreSQL 18 and a provider for trials', () => {
    const { interpro, postgres, sandbox } = compose.services;
    expect(interpro?.profiles).toBeUndefined();
    expect(postgres?.image).toMatch(/^postgres:18\./);
    expect(postgres?.volumes).toEqual(['database:/var/lib/postgresql']);
    expect(sandbox?.profiles).toEqual(['sandbox']);
    expect(Object.keys(interpro?.environment ?? {})).toEqual(
      expect.arrayContaining(['DATABASE_URL', 'INTERPRO_OFFICES']),
    );
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(interpro?.image).toBe(`interpro:${version}`);
    expect(sandbox?.image).toBe(`interpro-sandbox:${version}`);
  });

  it('finds what it needs in the example files', () => {
    const asked = [...read('docker-compose.yml').matchAll(/\$\{(\w+):\?/g)].map((match) => match[1] ?? '');
    expect(asked.length).toBeGreaterThan(2);
    for (const file of ['deploy/env.example', 'deploy/env.sandbox']) {
      const named = read(file)
        .split('\n')
        .map((line) => line.split('=')[0]);
      expect(
        asked.filter((name) => !named.includes(name)),
        file,
      ).toEqual([]);
    }
    expect(read('deploy/env.example')).not.toMatch(/^\w*(?:PASSWORD|TOKEN)\w*=./m);
  });

  it('describes the councils of the sandbox as the service reads them', () => {
    const offices = JSON.parse(read('deploy/sandbox/offices.json')) as { offices: readonly { address: string }[] };
    const validate = new Ajv({ allErrors: true }).compile(JSON.parse(read('schemas/offices.schema.json')));
    expect(validate(offices), JSON.stringify(validate.errors)).toBe(true);
    const mailboxes = (compose.services['sandbox']?.command ?? []).flatMap(
      (word) => /^--mailbox=([^:]+):/.exec(word)?.[1] ?? [],
    );
    expect(mailboxes).toEqual(offices.offices.map(({ address }) => address));
    expect(read('deploy/env.sandbox')).toContain(`SANDBOX_PASSWORD=${read('deploy/sandbox/password').trim()}\n`);
  });

  it('is read by docker compose, where there is one', ({ skip }) => {
    const has = spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' });
    if (has.status !== 0) {
      process.stderr.write('\n*** docker compose is not here: `docker compose config` was not run ***\n\n');
      skip();
    }
    const run = spawnSync(
      'docker',
      ['compose', '--env-file', 'deploy/env.sandbox', '--profile', 'sandbox', 'config', '--quiet'],
      {
        cwd: repository,
        encoding: 'utf8',
      },
    );
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
  });
});

interface Stage {
  readonly from: string;
  readonly name: string | null;
  readonly lines: readonly string[];
}

/** The stages of a Dockerfile, continued lines joined. */
function stagesOf(dockerfile: string): readonly Stage[] {
  const [, ...stages] = dockerfile.replaceAll(/\\\n\s*/g, '').split(/^FROM /m);
  return stages.map((text) => {
    const [head = '', ...lines] = text.split('\n');
    const [, from = '', name = null] = /^(\S+)(?: AS (\S+))?$/.exec(head) ?? [];
    return { from, name, lines };
  });
}

describe('Dockerfile', () => {
  const stages = stagesOf(read('Dockerfile'));
  const stage = (name: string) => stages.find((one) => one.name === name);
  const production = stages.at(-1);

  it('is pinned to the Node of the project', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    const outside = stages.filter(({ from }) => stage(from) === undefined).map(({ from }) => from);
    expect(outside).toEqual([`node:${dependencies['node']}-slim`]);
  });

  it('has the targets that docker-compose.yml builds', () => {
    const targets = Object.values(compose.services).flatMap(({ build }) =>
      typeof build === 'object' ? [build.target] : [],
    );
    expect(targets).toEqual(['sandbox']);
    expect(targets.filter((target) => stage(target) === undefined)).toEqual([]);
  });

  it('runs what exists, as an ordinary user', () => {
    const started = stages.filter(({ lines }) => lines.some((line) => line.startsWith('CMD ')));
    expect(started.map(({ name }) => name)).toEqual(['sandbox', null]);
    for (const { lines } of started) {
      expect(lines).toContain('USER node');
      const command = lines.find((line) => line.startsWith('CMD ')) ?? '';
      const [program, script] = JSON.parse(command.slice(4)) as string[];
      expect(program).toBe('node');
      expect(existsSync(join(repository, script ?? ''))).toBe(true);
    }
  });

  it('leaves the sandbox, the region and their packages out of production, and watches its health', () => {
    expect(production?.name).toBeNull();
    const lines = production?.lines ?? [];
    expect(lines.some((line) => line.startsWith('HEALTHCHECK '))).toBe(true);
    expect(lines.some((line) => line.startsWith('RUN npm ci --omit=dev --omit=optional '))).toBe(true);
    expect(lines.filter((line) => line.startsWith('COPY '))).toEqual(['COPY --from=sources /app/src ./src']);
    expect(stage('sources')?.lines).toContain('RUN rm -r src/sandbox src/region');
  });

  it('copies what exists, and lets it into the build', () => {
    const copied = stages
      .flatMap(({ lines }) => lines)
      .flatMap((line) => (/^COPY (?!--from)(.*) \S+$/.exec(line)?.[1] ?? '').split(' ').filter(Boolean));
    expect(copied.length).toBeGreaterThan(3);
    expect(copied.filter((path) => !existsSync(join(repository, path)))).toEqual([]);
    const allowed = read('.dockerignore').split('\n');
    expect(copied.filter((path) => !allowed.includes(`!${path}`))).toEqual([]);
  });
});
