import { describe, expect, it } from 'vitest';
import { checkSealOwner } from '../../../src/domain/exchange/seal-owner.ts';

const EXPECTED = { administration: 'c_esempio', taxCode: '00000000001', names: ['Comune di Esempio'] };
const owner = (identifiers: readonly string[], names: readonly string[] = []) => ({ identifiers, names });

describe('a sound seal', () => {
  it.each([
    ['by the IPA code', owner(['PA:IT-C_ESEMPIO'])],
    ['by the IPA code in the scheme of the sandbox', owner(['IP:IT-c_esempio'])],
    ['by the tax code', owner(['CF:IT-00000000001'])],
    ['by a VAT number that is its tax code', owner(['VATIT-00000000001'])],
    ['by its name, where the VAT number is another', owner(['VATIT-00000000099'], ['COMUNE  DI ESEMPIO'])],
  ])("is the sender's %s", (_, found) => {
    expect(checkSealOwner(found, EXPECTED)).toBeNull();
  });

  it.each([
    ['of another code, whatever its name', owner(['PA:IT-c_provaria'], ['Comune di Esempio'])],
    ['of another tax code and name', owner(['VATIT-00000000099'], ['Comune di Provaria'])],
    ['of a person', owner(['TINIT-RSSMRA80A01H501U'])],
    ['of nobody', owner([])],
  ])('is not the sender’s, %s', (_, found) => {
    expect(checkSealOwner(found, EXPECTED)?.code).toBe('seal-of-another');
  });

  it('is compared with nothing that is not known', () => {
    expect(checkSealOwner(owner(['VATIT-']), { ...EXPECTED, taxCode: null, names: [] })?.code).toBe('seal-of-another');
  });
});
