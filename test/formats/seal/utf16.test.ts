import { describe, expect, it } from 'vitest';
import { anchorsFrom } from '../../../src/formats/pec/trust.ts';
import { verifySeal } from '../../../src/formats/seal/verify.ts';
import { AT, testSeal } from '../../support/test-seal.ts';
import { MESSAGE } from './workbench.ts';

describe('a seal over a document in UTF-16', async () => {
  const seal = await testSeal();
  const { trust } = anchorsFrom([{ name: 'root.pem', bytes: Buffer.from(seal.rootPem) }]);
  const sealed = (await seal.seal(MESSAGE)).toString();
  const wide = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');
  const declared = sealed.replace(/encoding="UTF-8"/i, 'encoding="UTF-16"');

  it.each([
    ['little-endian', wide(declared)],
    ['big-endian', wide(declared).swap16()],
  ])('counts as in UTF-8: %s', (_, bytes) => {
    expect(declared).not.toBe(sealed);
    expect(verifySeal(Buffer.from(sealed), trust, AT).verdict).toBe('valid');
    expect(verifySeal(bytes, trust, AT).verdict).toBe('valid');
  });

  it('is lost with an altered word', () => {
    const altered = declared.replace(/<(\w+:)?Oggetto>./, (start) => `${start}x`);
    expect(altered).not.toBe(declared);
    expect(verifySeal(wide(altered), trust, AT)).toMatchObject({
      verdict: 'invalid',
      reason: { code: 'seal-modified' },
    });
  });

  it('proves nothing where the declaration says something else', () => {
    expect(verifySeal(wide(sealed), trust, AT).verdict).toBe('invalid');
    expect(verifySeal(Buffer.from(declared), trust, AT).verdict).toBe('invalid');
  });
});
