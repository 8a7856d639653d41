import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readWebhooks, type WebhookEnv } from '../../src/config/webhooks.ts';
import { selfSigned } from '../support/self-signed.ts';

const folder = mkdtempSync(join(tmpdir(), 'interpro-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}
function read(env: WebhookEnv) {
  const faults: string[] = [];
  return { config: readWebhooks(env, faults), faults };
}

const { key, cert } = selfSigned();
const pem = (type: 'rsa' | 'ed25519', modulusLength = 2048): string => {
  const format = {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  } as const;
  const pair =
    type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength, ...format }) : generateKeyPairSync('ed25519', format);
  return pair.privateKey;
};

describe('the configuration of webhooks', () => {
  it('may be left out', () => {
    expect(read({})).toEqual({ config: { hosts: [], signer: null }, faults: [] });
  });

  it('names hosts, addresses and networks', () => {
    const hosts = ['127.0.0.1', '10.0.0.0/8', 'fd00::/8', '::1', 'interno', 'ricevitore.esempio.example.it'];
    expect(read({ INTERPRO_WEBHOOK_HOSTS: hosts.join('  ') })).toMatchObject({ config: { hosts }, faults: [] });
  });

  it.each([
    '10.0.0.0/33',
    '10.0.0/8',
    'fd00::/129',
    '10.0.0.0/8/8',
    'http://interno',
    'interno:8080',
    '300.1.1.1',
    '*',
  ])('refuses %s', (host) => {
    expect(read({ INTERPRO_WEBHOOK_HOSTS: host }).faults).toEqual([expect.stringContaining(`"${host}"`)]);
  });

  it('has a key with its certificate or its name', () => {
    const signing = {
      INTERPRO_SIGNING_KEY: file('key.pem', key),
      INTERPRO_SIGNING_CERT: file('cert.pem', cert + cert),
    };
    const { config, faults } = read(signing);
    expect(faults).toEqual([]);
    expect(config.signer).toMatchObject({ algorithm: 'ES256', keyId: null });
    expect(config.signer?.certificates).toHaveLength(2);
    for (const [type, algorithm] of [
      ['rsa', 'RS256'],
      ['ed25519', 'EdDSA'],
    ] as const) {
      const named = read({ INTERPRO_SIGNING_KEY: file(`${type}.pem`, pem(type)), INTERPRO_SIGNING_KEY_ID: 'chiave-1' });
      expect(named).toMatchObject({
        config: { signer: { algorithm, keyId: 'chiave-1', certificates: [] } },
        faults: [],
      });
    }
  });

  it('reports what is wrong with it', () => {
    const [own, other] = [file('key.pem', key), file('rsa.pem', pem('rsa'))];
    const certificate = file('cert.pem', cert);
    const faults = (env: WebhookEnv) => read(env).faults.join('\n');
    expect(faults({ INTERPRO_SIGNING_CERT: certificate })).toMatch(/INTERPRO_SIGNING_KEY is missing/);
    expect(faults({ INTERPRO_SIGNING_KEY: own })).toMatch(/INTERPRO_SIGNING_KEY_ID is missing/);
    expect(faults({ INTERPRO_SIGNING_KEY: own, INTERPRO_SIGNING_CERT: own })).toMatch(/no certificate/);
    expect(faults({ INTERPRO_SIGNING_KEY: other, INTERPRO_SIGNING_CERT: certificate })).toMatch(/does not belong to/);
    expect(faults({ INTERPRO_SIGNING_KEY: certificate, INTERPRO_SIGNING_KEY_ID: 'x' })).toMatch(/cannot be read/);
    const weak = file('weak.pem', pem('rsa', 1024));
    expect(faults({ INTERPRO_SIGNING_KEY: weak, INTERPRO_SIGNING_KEY_ID: 'x' })).toMatch(/not supported/);
  });
});
