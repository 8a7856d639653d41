import { createPublicKey, generateKeyPairSync, hash, X509Certificate } from 'node:crypto';
import { compactVerify } from 'jose';
import { expect, it } from 'vitest';
import { modiWebhookSigner } from '../../../src/service/webhooks/sign-post.ts';
import { selfSigned } from '../../support/self-signed.ts';

const body = Buffer.from('{"id":"c_esempio/AESEMP1:1"}');
const at = new Date('2026-03-02T12:00:00Z');
const request = {
  url: 'https://ricevitore.esempio.example.it:8443/eventi?a=1',
  body,
  contentType: 'application/json',
  tokenId: 'token-1',
};

it('signs the digest and type of the body, for this receiver and for two minutes', async () => {
  const { key, cert } = selfSigned();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer = {
    key: privateKey,
    algorithm: 'ES256',
    keyId: 'k',
    certificates: [new X509Certificate(cert).raw],
  } as const;
  const headers = await modiWebhookSigner(signer, 'nodo-esempio').sign(request, at);
  const digest = `SHA-256=${hash('sha256', body, 'base64')}`;
  expect(headers['digest']).toBe(digest);
  const token = headers['agid-jwt-signature'] ?? '';
  const { payload, protectedHeader } = await compactVerify(token, createPublicKey(privateKey));
  expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'JWT', kid: 'k', x5c: [expect.any(String)] });
  const now = at.getTime() / 1000;
  expect(JSON.parse(Buffer.from(payload).toString())).toEqual({
    iss: 'nodo-esempio',
    aud: 'https://ricevitore.esempio.example.it:8443',
    iat: now,
    nbf: now,
    exp: now + 120,
    jti: 'token-1',
    signed_headers: [{ digest }, { 'content-type': 'application/json' }],
  });
  await expect(compactVerify(token, createPublicKey(key))).rejects.toThrow();
});
