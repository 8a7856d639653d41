import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { adminToken } from '../../../src/adapters/secrets/admin-token.ts';
import { localKey } from '../../../src/adapters/secrets/key-file.ts';
import { openSecrets } from '../../../src/adapters/secrets/open.ts';
import { sealedWith } from '../../../src/adapters/secrets/sealed.ts';
import type { Result } from '../../../src/kernel/result.ts';

const [one, two] = [randomBytes(32), randomBytes(32)] as const;
const value = (result: Result<string>): string => {
  if (!result.ok) throw new Error(result.problem.code);
  return result.value;
};
const unreadable = { ok: false, problem: { code: 'secret-unreadable' } };

describe('a sealed secret', () => {
  const secrets = sealedWith([one]);

  it.each(['', 'una parola segreta', 'perché ✓ 🔑', 'x'.repeat(100_000)])('opens where it was sealed (%#)', (text) => {
    const sealed = value(secrets.seal(text, 'webhook:1'));
    expect(value(secrets.open(sealed, 'webhook:1'))).toBe(text);
    if (text.length > 4) expect(Buffer.from(sealed.split('.')[3] ?? '', 'base64url').toString()).not.toContain(text);
  });

  it('never looks the same twice', () => {
    expect(value(secrets.seal('segreto', 'a'))).not.toBe(value(secrets.seal('segreto', 'a')));
  });

  it('does not open elsewhere, with another key, or changed anywhere', () => {
    const sealed = value(secrets.seal('segreto', 'webhook:1'));
    expect(secrets.open(sealed, 'webhook:2')).toMatchObject(unreadable);
    expect(sealedWith([two]).open(sealed, 'webhook:1')).toMatchObject(unreadable);
    const [version, id, iv = '', text = ''] = sealed.split('.');
    const flip = (part: string, at: number) => part.slice(0, at) + (part[at] === 'A' ? 'B' : 'A') + part.slice(at + 1);
    for (let at = 0; at < text.length - 1; at += 1)
      expect(secrets.open([version, id, iv, flip(text, at)].join('.'), 'webhook:1')).toMatchObject(unreadable);
    for (let at = 0; at < iv.length; at += 1)
      expect(secrets.open([version, id, flip(iv, at), text].join('.'), 'webhook:1')).toMatchObject(unreadable);
    for (const other of ['', 'segreto', 's1...', `s2.${id}.${iv}.${text}`, `${version}.${id}.${iv}.`, `${sealed}.x`])
      expect(secrets.open(other, 'webhook:1')).toMatchObject(unreadable);
  });

  it('survives a change of key: the first seals, all open', () => {
    const old = value(secrets.seal('segreto', 'a'));
    const both = sealedWith([two, one]);
    expect(value(both.open(old, 'a'))).toBe('segreto');
    const fresh = value(both.seal('segreto', 'a'));
    expect(secrets.open(fresh, 'a')).toMatchObject(unreadable);
    expect(value(sealedWith([two]).open(fresh, 'a'))).toBe('segreto');
  });

  it('cannot be made without a key, or with half of one', async () => {
    const none = await openSecrets([], null);
    expect(none.seal('segreto', 'a')).toMatchObject({ ok: false, problem: { code: 'secrets-unavailable' } });
    expect(() => sealedWith([randomBytes(16)])).toThrow(RangeError);
  });
});

describe("the token of the node's administrator", () => {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-token-'));
  const file = join(folder, 'data', 'admin-token');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is made at the first start, drawn, readable by its owner alone, and stays', async () => {
    const token = await adminToken(file);
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(await adminToken(file)).toBe(token);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await adminToken(join(folder, 'other'))).not.toBe(token);
  });

  it('is refused where somebody put one that can be guessed', async () => {
    writeFileSync(file, 'breve\n');
    await expect(adminToken(file)).rejects.toThrow(/fewer than 24 characters/);
    writeFileSync(file, '');
    await expect(adminToken(file)).rejects.toThrow(/fewer than 24 characters/);
  });
});

describe('the key of a region on one machine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-key-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is made once, readable by its owner alone, even if two processes start at once', async () => {
    const keys = await Promise.all([localKey(folder), localKey(folder)]);
    expect(keys[0]).toEqual(keys[1]);
    expect(await localKey(folder)).toEqual(keys[0]);
    expect(readdirSync(folder)).toEqual(['secret.key']);
    expect(statSync(join(folder, 'secret.key')).mode & 0o777).toBe(0o600);
    const sealed = value((await openSecrets([], folder)).seal('segreto', 'a'));
    expect(value((await openSecrets([], folder)).open(sealed, 'a'))).toBe('segreto');
    expect(value((await openSecrets([one], folder)).seal('x', 'a'))).not.toContain(sealed.split('.')[1]);
  });

  it('is reported when damaged, not replaced', async () => {
    const file = join(folder, 'secret.key');
    writeFileSync(file, 'mezza');
    await expect(localKey(folder)).rejects.toThrow(/secret\.key/);
    expect(readFileSync(file, 'utf8')).toBe('mezza');
  });
});
