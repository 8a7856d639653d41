import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sealedWith } from '../../src/adapters/secrets/sealed.ts';
import { readAccounts } from '../../src/config/accounts.ts';
import { aooId } from '../../src/kernel/ids.ts';
import { PASSWORD_CONTEXT } from '../../src/service/access/secrets.ts';

const ESEMPIO = aooId('c_esempio', 'AESEMP1');
const PROVIDER = { issuer: 'https://accessi.example.it/realms/comune', clientId: 'protocollo' };
const GROUPS = [{ group: '/protocollo', aoo: ESEMPIO, role: 'protocol' }];

describe('the file about the body’s own accounts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-accounts-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const keys = [new Uint8Array(32).fill(5)];
  const file = join(folder, 'accounts.json');
  const secretFile = join(folder, 'secret');
  writeFileSync(secretFile, 'segreto di prova\n');

  function read(content: object | string, change: { publicUrl?: string | null; host?: string } = {}) {
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    const around = {
      offices: [{ aoo: ESEMPIO }],
      secretKeys: keys,
      publicUrl: 'https://protocollo.example.it',
      host: '0.0.0.0',
      ...change,
      faults: [] as string[],
      secretFiles: [] as string[],
    };
    const accounts = readAccounts({ INTERPRO_ACCOUNTS: file }, around);
    return { accounts, faults: around.faults.join('\n'), secretFiles: around.secretFiles };
  }

  it('is not needed', () => {
    const around = { offices: [], secretKeys: [], publicUrl: null, host: '0.0.0.0', faults: [], secretFiles: [] };
    expect(readAccounts({}, around)).toBeNull();
    expect(around.faults).toEqual([]);
  });

  it('says who the provider is and what its groups give', () => {
    const node = { group: '/sistemi', role: 'administrator' };
    const { accounts, faults } = read({ provider: PROVIDER, groups: [...GROUPS, node] });
    expect(faults).toBe('');
    expect(accounts).toEqual({
      ...PROVIDER,
      clientSecret: null,
      name: 'l’account dell’ente',
      scopes: ['profile'],
      groupsClaim: 'groups',
      groups: [...GROUPS, { ...node, aoo: null }],
    });
  });

  it('takes the secret from a file or sealed, and never in plain text', () => {
    const inFile = read({ provider: { ...PROVIDER, clientSecretFile: secretFile }, groups: GROUPS });
    expect(inFile).toMatchObject({
      faults: '',
      secretFiles: [secretFile],
      accounts: { clientSecret: 'segreto di prova' },
    });
    const sealed = sealedWith(keys).seal('sigillato', PASSWORD_CONTEXT);
    const clientSecretSealed = sealed.ok ? sealed.value : '';
    expect(read({ provider: { ...PROVIDER, clientSecretSealed }, groups: GROUPS })).toMatchObject({
      faults: '',
      accounts: { clientSecret: 'sigillato' },
    });
    const plain = read({ provider: { ...PROVIDER, clientSecret: 'in chiaro' }, groups: GROUPS }).faults;
    expect(plain).toContain('clientSecret');
    expect(plain).not.toContain('in chiaro');
    const both = { ...PROVIDER, clientSecretFile: secretFile, clientSecretSealed };
    expect(read({ provider: both, groups: GROUPS }).faults).toContain('both set');
    const other = sealedWith([new Uint8Array(32).fill(6)]).seal('x', PASSWORD_CONTEXT);
    const wrong = { ...PROVIDER, clientSecretSealed: other.ok ? other.value : '' };
    expect(read({ provider: wrong, groups: GROUPS }).faults).toContain('does not open with INTERPRO_SECRET_KEY');
    const missing = { ...PROVIDER, clientSecretFile: join(folder, 'nessuno') };
    expect(read({ provider: missing, groups: GROUPS }).faults).toContain('cannot be read');
  });

  it.each([
    'http://accessi.example.it',
    'ftp://accessi.example.it',
    'accessi',
    'https://user@accessi.example.it/',
    'https://accessi.example.it/?a=b',
  ])('refuses the provider %s', (issuer) => {
    expect(read({ provider: { ...PROVIDER, issuer }, groups: GROUPS }).faults).toContain('is not an https address');
  });

  it('takes plain HTTP from this machine alone', () => {
    for (const issuer of ['http://127.0.0.1:4000', 'http://localhost/realms/prova'])
      expect(read({ provider: { ...PROVIDER, issuer }, groups: GROUPS }).faults).toBe('');
  });

  it('needs to know where people are sent back', () => {
    const content = { provider: PROVIDER, groups: GROUPS };
    expect(read(content, { publicUrl: null }).faults).toContain('INTERPRO_PUBLIC_URL is missing');
    expect(read(content, { publicUrl: null, host: '127.0.0.1' }).faults).toBe('');
  });

  it('names every fault of the groups', () => {
    const groups = [
      { group: 'a', role: 'protocol' },
      { group: 'b', aoo: 'c_altro/AOO1', role: 'head' },
    ];
    const { faults } = read({ provider: PROVIDER, groups });
    expect(faults).toContain('/groups/0/aoo is missing');
    expect(faults).toContain('/groups/1/aoo: no office is c_altro/AOO1');
    const role = read({ provider: PROVIDER, groups: [{ group: 'a', aoo: ESEMPIO, role: 'sindaco' }] }).faults;
    expect(role).toContain('/groups/0/role');
    expect(read({ provider: PROVIDER, groups: [] }).faults).toContain('/groups');
    expect(read('{').faults).toContain('is not JSON');
  });
});
