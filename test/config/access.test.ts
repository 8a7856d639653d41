import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, readEnv, toConfig } from '../../src/config/config.ts';
import { selfSigned } from '../support/self-signed.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

describe('the configuration of callers, TLS and secrets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-access-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = (content: unknown): string => {
    const path = join(folder, `${crypto.randomUUID()}.txt`);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  const access = (env: Record<string, string>) => toConfig(readEnv(env)).access;
  const faults = (env: Record<string, string>): readonly string[] => {
    try {
      toConfig(readEnv(env));
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.faults;
      throw error;
    }
  };

  it('needs no variable', () => {
    expect(access({})).toEqual({
      perMinute: 6000,
      audiences: [],
      issuers: [],
      tls: null,
      proxies: { addresses: [], certificateHeader: null },
      secretKeys: [],
    });
  });

  it('reads issuers, with defaults', () => {
    const issuers = [
      { issuer: 'pdnd.example.it', jwks: 'https://pdnd.example.it/.well-known/jwks.json' },
      { issuer: 'locale', jwks: 'keys.json', audience: ['a'], types: ['JWT'], algorithms: ['ES256'], reuse: true },
    ];
    const read = access({ INTERPRO_ISSUERS: file({ issuers }), INTERPRO_API_AUDIENCE: 'https://a.example.it b' });
    expect(read?.issuers).toMatchObject([
      {
        keys: { url: 'https://pdnd.example.it/.well-known/jwks.json' },
        audiences: ['https://a.example.it', 'b'],
        types: ['at+jwt', 'jwt'],
        skewSeconds: 30,
        reuse: false,
      },
      {
        keys: { file: join(folder, 'keys.json') },
        audiences: ['a'],
        types: ['jwt'],
        algorithms: ['ES256'],
        reuse: true,
      },
    ]);
    expect(read?.issuers[0]?.algorithms).not.toContain('HS256');
  });

  it('reads keys from the environment or a file; the first one seals', () => {
    const other = Buffer.alloc(32, 8).toString('base64');
    const bytes = [Buffer.alloc(32, 7), Buffer.alloc(32, 8)];
    expect(access({ INTERPRO_SECRET_KEY: `${KEY} ${other}` })?.secretKeys).toEqual(bytes);
    expect(access({ INTERPRO_SECRET_KEY_FILE: file(`${KEY}\n${other}\n`) })?.secretKeys).toEqual(bytes);
  });

  it('reads TLS and proxies', () => {
    const { key, cert } = selfSigned();
    const tls = { INTERPRO_TLS_CERT: file(cert), INTERPRO_TLS_KEY: file(key), INTERPRO_TLS_CLIENT_CA: file(cert) };
    expect(access(tls)?.tls).toEqual({ cert, key, ca: cert });
    const proxies = {
      INTERPRO_PROXIES: '192.0.2.1 10.0.0.0/8 2001:db8::/32',
      INTERPRO_CERTIFICATE_HEADER: 'X-Client-Cert',
    };
    expect(access(proxies)?.proxies).toEqual({
      addresses: ['192.0.2.1', '10.0.0.0/8', '2001:db8::/32'],
      certificateHeader: 'x-client-cert',
    });
    const { key: foreign } = selfSigned();
    expect(faults({ ...tls, INTERPRO_TLS_KEY: file(foreign) }).join()).toMatch(/is not the key of/);
  });

  it('takes for clients the authorities in `clients` alone, each of them read', () => {
    const { key, cert } = selfSigned();
    const [client, other] = [selfSigned().cert, selfSigned().cert].map((pem) => new X509Certificate(pem));
    const trust = mkdtempSync(join(folder, 'trust-'));
    const put = (name: string, content: string | Buffer): void => {
      mkdirSync(join(trust, dirname(name)), { recursive: true });
      writeFileSync(join(trust, name), content);
    };
    const env = { INTERPRO_TLS_CERT: file(cert), INTERPRO_TLS_KEY: file(key), INTERPRO_TRUST: trust };
    for (const name of ['pec/a.pem', 'seals/a.pem', 'a.pem']) put(name, selfSigned().cert);
    // Without one of their own nobody is asked for a certificate.
    expect(access(env)?.tls?.ca).toBeNull();
    put('clients/a.pem', `# gestionale\n${client}`);
    put('clients/b.der', other?.raw ?? '');
    expect(access(env)?.tls?.ca).toBe(`${client}${other}`);
    put('clients/c.crt', 'nulla');
    expect(faults(env).join()).toMatch(/^INTERPRO_TRUST: clients\/c\.crt is no certificate/);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['a limit of nothing', { INTERPRO_API_PER_MINUTE: '0' }, /PER_MINUTE.*whole number/],
    ['a key of another size', { INTERPRO_SECRET_KEY: 'c2VncmV0bw==' }, /key 1 is not 32 bytes.*openssl rand/],
    ['a second key that is none', { INTERPRO_SECRET_KEY: `${KEY} x` }, /key 2 is not 32 bytes/],
    ['two places for the key', { INTERPRO_SECRET_KEY: KEY, INTERPRO_SECRET_KEY_FILE: '/dev/null' }, /both set/],
    ['a key file that is not there', { INTERPRO_SECRET_KEY_FILE: '/nowhere/key' }, /SECRET_KEY_FILE.*cannot be read/],
    ['half of TLS', { INTERPRO_TLS_CERT: '/nowhere/cert.pem' }, /go together/],
    ['an authority without TLS', { INTERPRO_TLS_CLIENT_CA: '/nowhere/ca.pem' }, /needs INTERPRO_TLS_CERT/],
    ['a proxy that is a name', { INTERPRO_PROXIES: 'proxy.example.it' }, /neither an address nor a network/],
    ['a network of nothing', { INTERPRO_PROXIES: '10.0.0.0/33' }, /neither an address nor a network/],
    ['a header from nobody', { INTERPRO_CERTIFICATE_HEADER: 'x-client-cert' }, /INTERPRO_PROXIES is missing/],
    ['issuers that are not there', { INTERPRO_ISSUERS: '/nowhere/issuers.json' }, /INTERPRO_ISSUERS.*cannot be read/],
  ])('refuses %s', (_what, env, reason) => {
    expect(faults(env).join('\n')).toMatch(reason);
  });

  it('never repeats a key in a fault', () => {
    expect(faults({ INTERPRO_SECRET_KEY: 'parola-segretissima' }).join()).not.toContain('segretissima');
  });

  it.each<[string, unknown, RegExp]>([
    ['that is not JSON', '{', /is not JSON/],
    ['without keys', { issuers: [{ issuer: 'a', audience: ['x'] }] }, /issuers\/0: must have required property 'jwks'/],
    [
      'with keys that anybody can change',
      { issuers: [{ issuer: 'a', jwks: 'http://a.example.it/', audience: ['x'] }] },
      /not an https address/,
    ],
    [
      'with a shared secret',
      { issuers: [{ issuer: 'a', jwks: 'k', audience: ['x'], algorithms: ['HS256'] }] },
      /algorithms\/0/,
    ],
    ['for nobody in particular', { issuers: [{ issuer: 'a', jwks: 'k' }] }, /audience is missing/],
    [
      'twice',
      {
        issuers: [
          { issuer: 'a', jwks: 'k', audience: ['x'] },
          { issuer: 'a', jwks: 'l', audience: ['x'] },
        ],
      },
      /is there twice/,
    ],
  ])('refuses an issuer %s', (_what, content, reason) => {
    expect(faults({ INTERPRO_ISSUERS: file(content) }).join('\n')).toMatch(reason);
  });

  it('reports all faults at once', () => {
    const all = faults({
      INTERPRO_API_PER_MINUTE: 'x',
      INTERPRO_TLS_KEY: 'x',
      INTERPRO_PROXIES: 'x',
      INTERPRO_SECRET_KEY: 'x',
    });
    expect(all).toHaveLength(4);
  });
});
