import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sealedWith } from '../../../src/adapters/secrets/sealed.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts';
import { PASSWORD_CONTEXT } from '../../../src/service/access/secrets.ts';
import { until } from '../../exchange/councils.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { run, type Started, start } from '../../support/run.ts';

const CLI = 'src/entrances/cli/interpro.ts';
const address = 'protocollo@pec.esempio.example.it';
const password = 'parola-che-nessuno-legge';
const key = randomBytes(32);
const token = `gettone-${randomBytes(16).toString('hex')}`;
const sealed = sealedWith([key]).seal(password, PASSWORD_CONTEXT);

/** A service whose provider refuses the password: failures are what gets logged. */
let sandbox: Sandbox;
let database: TestDatabase;
let service: Started;
let api: string;
let env: Record<string, string>;
const folder = mkdtempSync(join(tmpdir(), 'interpro-secrets-'));
beforeAll(async () => {
  if (!sealed.ok) throw new Error(sealed.problem.message);
  database = await createDatabase();
  sandbox = await startSandbox({ mailboxes: [{ address, password: 'altra' }] });
  const account = { user: address, secure: false, passwordSealed: sealed.value };
  const office = { administration: 'c_esempio', code: 'AESEMP1', name: 'Comune di Esempio', address };
  const mailboxes = [{ address, ...sandbox.imap, ...account }];
  const offices = [{ ...office, mailboxes, smtp: { ...sandbox.smtp, ...account } }];
  writeFileSync(join(folder, 'offices.json'), JSON.stringify({ offices }));
  env = {
    DATABASE_URL: database.url,
    INTERPRO_OFFICES: join(folder, 'offices.json'),
    INTERPRO_DATA: folder,
    INTERPRO_SECRET_KEY: key.toString('base64'),
    INTERPRO_API_TOKEN: token,
    INTERPRO_WEBHOOK_HOSTS: '127.0.0.1',
    INTERPRO_HTTP_PORT: '0',
    INTERPRO_LOG_LEVEL: 'debug',
  };
  service = start('src/main.ts', [], env);
  api = /http:\/\/127\.0\.0\.1:\d+(?=\/status)/.exec(await service.says('/status'))?.[0] ?? '';
}, 60_000);
afterAll(async () => {
  await service?.end();
  await sandbox?.stop();
  await database?.drop();
  rmSync(folder, { recursive: true, force: true });
});

it('no log, answer, error or check contains a password, key or sealed value', {
  timeout: 60_000,
}, async () => {
  const get = async (path: string, headers = {}) => {
    const answer = await fetch(`${api}${path}`, { headers: { authorization: `Bearer ${token}`, ...headers } });
    return answer.text();
  };
  const office = '/rest/interpro/v1/webhooks?aoo=c_esempio/AESEMP1';
  const made = await fetch(`${api}${office}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'uno' },
    body: JSON.stringify({ url: 'http://127.0.0.1:9/eventi' }),
  });
  const { id, secret } = (await made.json()) as { id: string; secret: string };
  expect(secret).toMatch(/^whsec_/);
  const status = await until('the refusal', async () => {
    const text = await get('/status');
    return text.includes('rifiuta il nome utente o la password') && text;
  });
  const doctor = await run(CLI, ['doctor', '--json'], env);
  const findings = JSON.parse(doctor.stdout) as { what: string; ok: boolean }[];
  const failed = findings.filter(({ ok }) => !ok).map(({ what }) => what);
  expect(failed).toEqual([`mailbox ${address}`, 'outgoing mail of c_esempio/AESEMP1']);
  const wrongKey = { ...env, INTERPRO_SECRET_KEY: `${key.toString('base64').slice(0, -3)}` };
  const otherKey = { ...env, INTERPRO_SECRET_KEY: randomBytes(32).toString('base64') };
  const refused = [await run(CLI, ['doctor'], wrongKey), await run('src/main.ts', [], otherKey)];
  expect(refused.map((one) => one.code)).toEqual([1, 1]);
  const said = [
    status,
    await get('/health/ready'),
    await get('/metrics'),
    await get('/rest/interpro/v1/openapi.json'),
    await get(office),
    await get(`/rest/interpro/v1/webhooks/${id}?aoo=c_esempio/AESEMP1`),
    await get(office, { authorization: `Bearer ${token.slice(0, -1)}x` }),
    ...[doctor, ...refused].flatMap(({ stdout, stderr }) => [stdout, stderr]),
    service.output(),
  ];
  expect(service.output()).toContain('mailbox cannot be read');
  const values = [
    password,
    sealed.ok ? sealed.value : '',
    key.toString('base64'),
    key.toString('base64').slice(0, 20),
    token,
    secret,
    new URL(database.url).password,
  ];
  expect(values.filter((value) => value === '')).toEqual([]);
  for (const value of values) expect(said.filter((text) => text.includes(value))).toEqual([]);
});
