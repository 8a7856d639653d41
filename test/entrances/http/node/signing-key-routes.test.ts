/** A receiver that knows what the node publishes, and nothing else, checks what it is sent. */
import { generateKeyPairSync, hash, X509Certificate } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { calculateJwkThumbprint, createRemoteJWKSet, exportJWK, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishedKey } from '../../../../src/formats/modi/public-keys.ts';
import { API, caller, ESEMPIO, type Node, startNode } from '../../../support/node.ts';
import { selfSigned } from '../../../support/self-signed.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

describe('the keys of a node that signs', () => {
  let node: Node;
  const told: { readonly headers: IncomingHttpHeaders; readonly body: Buffer }[] = [];
  const receiver = createServer(async (request, response) => {
    told.push({ headers: request.headers, body: Buffer.concat(await request.toArray()) });
    response.writeHead(204).end();
  });
  let origin: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    const signer = { key: privateKey, algorithm: 'RS256', keyId: null, certificates: [] } as const;
    node = await startNode({ webhookHosts: ['127.0.0.1'], signer });
  });
  afterAll(async () => {
    await node?.stop();
    receiver.close();
  });

  it('prove what a webhook brings, body and headers, and that it was meant for this receiver', async () => {
    const ask = caller(node.origin, await node.key(ESEMPIO));
    const { json } = await ask('POST', '/webhooks', { body: { url: `${origin}/eventi?chiave=1` } });
    expect((await ask('POST', `/webhooks/${json.id}/test`)).json).toMatchObject({ delivered: true });
    const [{ headers, body } = { headers: {}, body: Buffer.alloc(0) }] = told;
    const keys = createRemoteJWKSet(new URL(`${node.origin}${API}/signing-keys`));
    const token = String(headers['agid-jwt-signature']);
    const { payload } = await jwtVerify(token, keys, {
      audience: origin,
      issuer: 'locale',
      algorithms: ['RS256', 'ES256', 'EdDSA'],
      typ: 'JWT',
      maxTokenAge: 120,
    });
    expect(headers['digest']).toBe(`SHA-256=${hash('sha256', body, 'base64')}`);
    expect(payload['signed_headers']).toEqual([
      { digest: headers['digest'] },
      { 'content-type': headers['content-type'] },
    ]);
    await expect(jwtVerify(token, keys, { audience: 'https://altri.example.it' })).rejects.toThrow(/aud/);
  });

  it('are public alone, and public to everybody', async () => {
    const answer = await caller(node.origin, null)('GET', '/signing-keys');
    expect(answer).toMatchObject({ status: 200, json: { keys: [{ kty: 'RSA', use: 'sig', alg: 'RS256' }] } });
    expect(Object.keys(answer.json.keys[0]).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    expect(node.lost).toEqual([]);
  });
});

describe('a published key', () => {
  it.each([
    ['RS256', privateKey],
    ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
    ['ES512', generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey],
    ['EdDSA', generateKeyPairSync('ed25519').privateKey],
  ] as const)('%s has the thumbprint that others work out too, and nothing private', async (algorithm, key) => {
    const shown = publishedKey({ key, algorithm, keyId: null, certificates: [] });
    expect(shown.kid).toBe(await calculateJwkThumbprint(await exportJWK(key)));
    expect(Object.keys(shown).filter((name) => /^(d|p|q|dp|dq|qi|k)$/.test(name))).toEqual([]);
  });

  it('brings its certificate, also by fingerprint', () => {
    const { key, cert } = selfSigned();
    const certificate = new X509Certificate(cert);
    const signer = { key: key as never, algorithm: 'ES256', keyId: 'k', certificates: [certificate.raw] } as const;
    const { x5c, 'x5t#S256': fingerprint } = publishedKey(signer);
    expect(x5c).toEqual([certificate.raw.toString('base64')]);
    expect(Buffer.from(fingerprint ?? '', 'base64url').toString('hex')).toBe(
      certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    );
  });
});
