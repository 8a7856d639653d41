import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AccessHouse, ESEMPIO, openAccessHouse } from '../../support/access-house.ts';
import { interpro } from '../../support/run.ts';
import { selfSigned } from '../../support/self-signed.ts';

const account = { host: '127.0.0.1', port: 1 };
const office = (passwordFile: string) => ({
  administration: 'c_esempio',
  code: 'AESEMP1',
  name: 'Comune di Esempio',
  address: 'protocollo@pec.esempio.example.it',
  mailboxes: [{ address: 'protocollo@pec.esempio.example.it', ...account, passwordFile }],
  smtp: account,
});

describe('interpro credential', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-credential-'));
  let house: AccessHouse;
  let at: string;
  beforeAll(async () => {
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, 'x', { mode: 0o600 });
    writeFileSync(join(folder, 'offices.json'), JSON.stringify({ offices: [office(passwordFile)] }));
    house = await openAccessHouse(new Date());
    at = await house.serve();
  });
  afterAll(async () => {
    await house?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const credential = (...args: string[]) =>
    interpro(['credential', ...args], {
      DATABASE_URL: house.url,
      INTERPRO_OFFICES: join(folder, 'offices.json'),
      INTERPRO_DATA: folder,
    });
  const status = async (key: string) =>
    (await fetch(`${at}/who`, { headers: { authorization: `Bearer ${key}` } })).status;
  const keyIn = (text: string) => /ipk_[0-9a-f]{16}_[0-9a-f]{64}/.exec(text)?.[0] ?? '';

  it('creates a key that works, lists it without its secret, rotates and revokes it', async () => {
    const scope = ['--scope', 'events:read,messages:read', '--scope', 'messages:send'];
    const made = await credential('create', '--aoo', ESEMPIO.aoo, '--name', 'Gestionale', ...scope);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const key = keyIn(made.stdout);
    expect(await status(key)).toBe(200);
    const listed = await credential('list', '--aoo', ESEMPIO.aoo, '--json');
    const [row] = JSON.parse(listed.stdout) as { id: string; scopes: string[] }[];
    expect(row?.scopes).toEqual(['events:read', 'messages:read', 'messages:send']);
    expect(listed.stdout).not.toContain(key.slice(-64));
    expect(listed.stdout).not.toContain('secret');
    const id = row?.id ?? '';
    const rotated = await credential('rotate', id, '--aoo', ESEMPIO.aoo, '--overlap', '1', '--json');
    const fresh = (JSON.parse(rotated.stdout) as { key: string; client: string }) ?? {};
    expect(fresh.client).toBe(id);
    expect([await status(key), await status(fresh.key)]).toEqual([200, 200]);
    expect(await credential('revoke', id, '--aoo', ESEMPIO.aoo)).toMatchObject({ code: 0 });
    await expect.poll(() => status(key)).toBe(401);
    expect(await status(fresh.key)).toBe(200);
    expect((await credential('list')).stdout).toMatch(
      new RegExp(`${id}  office: \\S+  name: Gestionale[^]*?state: revoked`),
    );
  }, 30_000);

  it('registers a certificate, a token and an administrator of the node', async () => {
    const cert = join(folder, 'client.pem');
    writeFileSync(cert, selfSigned().cert);
    const shared = ['--aoo', ESEMPIO.aoo, '--name', 'Prova', '--scope', 'events:read', '--json'];
    const certificate = await credential('create', ...shared, '--kind', 'certificate', '--certificate', cert);
    expect(JSON.parse(certificate.stdout)).toMatchObject({ kind: 'certificate' });
    expect(JSON.parse(certificate.stdout)).not.toHaveProperty('key');
    const token = ['--kind', 'jwt', '--issuer', 'https://issuer.example.it', '--client-id', 'c1', '--purpose', 'p1'];
    const signed = ['--requires', 'integrity', '--signing-key', cert];
    expect(JSON.parse((await credential('create', ...shared, ...token, ...signed)).stdout)).toMatchObject({
      token: { issuer: 'https://issuer.example.it', claim: 'client_id', subject: 'c1', purposeId: 'p1' },
      requires: ['integrity'],
      signingKeys: 1,
    });
    const node = await credential('create', '--node', '--name', 'Nodo', '--scope', 'node:admin', '--json');
    expect(JSON.parse(node.stdout)).toMatchObject({ aoo: null });
  }, 30_000);

  it('lets an office of another node ask for its messages and look up the index, and no more', async () => {
    const elsewhere = ['--aoo', 'c_altro/AOO1', '--external'];
    const made = await credential(
      'create',
      ...elsewhere,
      '--name',
      'Altrove',
      '--scope',
      'visura:read,index:read',
      '--json',
    );
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const { id, key } = JSON.parse(made.stdout) as { id: string; key: string };
    expect(await status(key)).toBe(403);
    expect((await fetch(`${at}/index`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
    const { rows } = await house.pool.query<{ content: string }>(
      "select content from audit where aoo = 'c_altro/AOO1'",
    );
    expect(rows.map(({ content }) => content)).toEqual([expect.stringContaining('"credential-created"')]);
    const more = await credential('create', ...elsewhere, '--name', 'Altrove', '--scope', 'visura:read,register:read');
    expect(more).toMatchObject({ code: 1, stderr: expect.stringContaining('register:read') });
    const rotated = await credential('rotate', id, ...elsewhere, '--overlap', '0', '--json');
    expect(JSON.parse(rotated.stdout)).toMatchObject({ aoo: 'c_altro/AOO1', client: id });
    expect(await credential('revoke', id, ...elsewhere)).toMatchObject({ code: 0 });
  }, 30_000);

  it.each<[string, number, string[]]>([
    [
      'to call an office of this node external',
      2,
      ['create', '--aoo', 'c_esempio/AESEMP1', '--external', '--name', 'x'],
    ],
    ['an external office without its code', 2, ['create', '--aoo', 'c_altro', '--external', '--name', 'x']],
    ['an office that is not here', 2, ['create', '--aoo', 'c_x/X', '--name', 'x', '--scope', 'events:read']],
    ['no office', 2, ['create', '--name', 'x', '--scope', 'events:read']],
    ['a day that is none', 2, ['create', '--aoo', 'c_esempio/AESEMP1', '--name', 'x', '--expires', 'domani']],
    ['an unknown scope', 1, ['create', '--aoo', 'c_esempio/AESEMP1', '--name', 'x', '--scope', 'tutto']],
    ['no scope', 1, ['create', '--aoo', 'c_esempio/AESEMP1', '--name', 'x']],
    ['an id that is not here', 1, ['revoke', '0000000000000000', '--aoo', 'c_esempio/AESEMP1']],
    ['an unknown command', 2, ['give', '--aoo', 'c_esempio/AESEMP1']],
  ])('refuses %s', async (_what, code, args) => {
    const done = await credential(...args);
    expect(done.code).toBe(code);
    expect(done.stdout).toBe('');
    expect(done.stderr).not.toBe('');
  });

  it('explains itself', async () => {
    expect((await credential('--help')).stdout).toContain('interpro credential create');
  });
});
