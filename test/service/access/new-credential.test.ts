import { X509Certificate } from 'node:crypto';
import type { JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/kernel/digest.ts';
import { aooId } from '../../../src/kernel/ids.ts';
import {
  type CredentialOwner,
  checkNewCredential,
  MAX_KEY_DAYS,
  type NewCredential,
} from '../../../src/service/access/new-credential.ts';
import { selfSigned } from '../../support/self-signed.ts';

const NOW = new Date('2026-05-04T09:00:00Z');
const inFuture = (milliseconds: number) => new Date(NOW.getTime() + milliseconds);
const DAY = 86_400_000;
const OFFICE = { aoo: aooId('c_esempio', 'AESEMP1'), administration: 'c_esempio', code: 'AESEMP1' } as CredentialOwner;
const EXTERNAL: CredentialOwner = { ...OFFICE, external: true };

const KEY: JWK = { kty: 'EC', crv: 'P-256', x: 'eA', y: 'eQ' };
const TOKEN = { issuer: 'https://token.example.it', claim: 'client_id', subject: 'client', purposeId: null } as const;
const USUAL: NewCredential = { kind: 'api-key', name: 'Protocollo di prova', scopes: ['events:read'] };

/** Where a request is refused; null: it is good. */
function refusedAt(change: Partial<NewCredential>, office: CredentialOwner | null = OFFICE): string | null {
  const checked = checkNewCredential(office, { ...USUAL, ...change }, NOW);
  return checked.ok ? null : checked.problem.at;
}
const keys = (...all: readonly JWK[]) => ({ signingKeys: { keys: [...all] } });

describe('a new credential', () => {
  it.each<[string, Partial<NewCredential>]>([
    ['a name of 200 characters', { name: 'è'.repeat(200) }],
    ['an end in a moment', { expires: inFuture(1) }],
    ['a key for as long as a key may live', { expires: inFuture(MAX_KEY_DAYS * DAY) }],
    ['a token for longer', { kind: 'jwt', token: TOKEN, expires: inFuture(MAX_KEY_DAYS * DAY + 1) }],
    ['claims of 250 characters', { kind: 'jwt', token: { ...TOKEN, subject: 's'.repeat(250), purposeId: 'p' } }],
    ['both requirements with keys', { requires: ['integrity', 'audit', 'audit'], ...keys(KEY) }],
    ['twenty keys', keys(...Array.from({ length: 20 }, () => KEY))],
    [
      'keys of every public kind',
      keys({ kty: 'RSA', n: 'bg', e: 'AQAB' }, KEY, { kty: 'OKP', crv: 'Ed25519', x: 'eA' }),
    ],
  ])('may have %s', (_what, change) => {
    expect(refusedAt(change)).toBeNull();
  });

  it.each<[string, string, Partial<NewCredential>]>([
    ['no name', 'name', { name: '' }],
    ['a name of 201 characters', 'name', { name: 'è'.repeat(201) }],
    ['a line break in its name', 'name', { name: 'due\nrighe' }],
    ['a scope nobody knows', 'scopes', { scopes: ['events:read', 'tutto'] }],
    ['no scope', 'scopes', { scopes: [] }],
    ['the node’s scope', 'scopes', { scopes: ['node:admin'] }],
    ['a requirement nobody knows', 'requires', { requires: ['integrity', 'altro'], ...keys(KEY) }],
    ['a requirement without keys', 'signingKeys', { requires: ['audit'] }],
    ['no key among its keys', 'signingKeys', keys()],
    ['twenty-one keys', 'signingKeys', keys(...Array.from({ length: 21 }, () => KEY))],
    ['a shared secret as a key', 'signingKeys', keys({ kty: 'oct' })],
    ['a key of an unknown kind', 'signingKeys', keys(KEY, { kty: 'AKP' })],
    // Whoever sends us a private key has to learn it at once: it is no longer secret.
    ...['d', 'p', 'q', 'k', 'priv'].map(
      (member) =>
        [`the private member ${member} in a key`, 'signingKeys', keys(KEY, { ...KEY, [member]: 'eA' })] as [
          string,
          string,
          Partial<NewCredential>,
        ],
    ),
    ['an end that is now', 'expires', { expires: NOW }],
    ['an end that is no time', 'expires', { expires: new Date(Number.NaN) }],
    ['a key for longer than a key may live', 'expires', { expires: inFuture(MAX_KEY_DAYS * DAY + 1) }],
    ['a token without its identity', 'token', { kind: 'jwt' }],
    ['a token’s identity for a key', 'token', { token: TOKEN }],
    ['an empty issuer', 'token', { kind: 'jwt', token: { ...TOKEN, issuer: '' } }],
    ['a client of 251 characters', 'token', { kind: 'jwt', token: { ...TOKEN, subject: 's'.repeat(251) } }],
    ['an empty purpose', 'token', { kind: 'jwt', token: { ...TOKEN, purposeId: '' } }],
    ['no certificate where it is one', 'certificate', { kind: 'certificate' }],
    ['a certificate that cannot be read', 'certificate', { certificate: 'niente' }],
  ])('may not have %s', (_what, at, change) => {
    expect(refusedAt(change)).toBe(at);
  });

  it('of the node may administer it; one of an office elsewhere may only ask', () => {
    expect(refusedAt({ scopes: ['node:admin'] }, null)).toBeNull();
    expect(refusedAt({ scopes: ['visura:read', 'index:read', 'credentials:rotate'] }, EXTERNAL)).toBeNull();
    expect(refusedAt({ scopes: ['visura:read', 'events:read'] }, EXTERNAL)).toBe('scopes');
  });

  it('has each scope and requirement once', () => {
    const request = { ...USUAL, scopes: ['events:read', 'index:read', 'events:read'], requires: ['audit', 'audit'] };
    expect(checkNewCredential(OFFICE, { ...request, ...keys(KEY) }, NOW)).toEqual({
      ok: true,
      value: { scopes: ['events:read', 'index:read'], requires: ['audit'], thumbprint: null, certificateEnds: null },
    });
  });

  it('that is a certificate lives as long as it; one bound to a certificate does not end with it', () => {
    const { cert } = selfSigned();
    const { raw, validToDate } = new X509Certificate(cert);
    const check = (kind: 'certificate' | 'api-key', now: Date) =>
      checkNewCredential(OFFICE, { ...USUAL, kind, certificate: cert }, now);
    const before = new Date(validToDate.getTime() - 1);
    const thumbprint = sha256(raw);
    expect(check('certificate', before)).toMatchObject({ value: { thumbprint, certificateEnds: validToDate } });
    expect(check('api-key', before)).toMatchObject({ value: { thumbprint, certificateEnds: null } });
    for (const kind of ['certificate', 'api-key'] as const)
      expect(check(kind, validToDate)).toMatchObject({ ok: false, problem: { at: 'certificate' } });
  });
});
