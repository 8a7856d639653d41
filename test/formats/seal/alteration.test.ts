import { XmlC14NMode, XmlDocument } from 'libxml2-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sealMessage } from '../../../src/formats/seal/sign.ts';
import { verifySeal } from '../../../src/formats/seal/verify.ts';
import { LONG } from '../../support/long.ts';
import { hasOpenssl } from '../cms/openssl.ts';
import { AT, AWKWARD, AWKWARD_END, MESSAGE, SealWorkshop } from './workbench.ts';

/**
 * Alters every byte of a sealed document, one at a time. A change that goes unnoticed must leave the canonical form of the
 * whole document, signature included, as it was (exclusive C14N without comments, which is what these seals cover). Such are
 * space inside tags, details of the XML declaration, comments, declarations of unused prefixes.
 */
describe.skipIf(!hasOpenssl)('one altered byte', () => {
  let workshop: SealWorkshop;
  beforeAll(() => {
    workshop = new SealWorkshop();
  });
  afterAll(() => workshop?.close());

  const documents: readonly (readonly [string, string, 'rsa' | 'ec'])[] = [
    ['a message with its seal in ECDSA', MESSAGE, 'ec'],
    ['everything canonicalisation cares about', AWKWARD + AWKWARD_END, 'ec'],
    ['a message with its seal in RSA, line ends of Windows', MESSAGE.replaceAll('\n', '\r\n'), 'rsa'],
  ];
  const chosen = LONG ? documents : documents.slice(0, 1);
  const MASKS = LONG ? [0x01, 0x02, 0x04, 0x10, 0x20, 0x80] : [0x01, 0x20];

  it.each(chosen)(
    'is noticed in %s',
    async (_name, source, key) => {
      const sealed = await sealMessage(Buffer.from(source), workshop.signer(workshop.sealer({ key })), AT);
      const form = canonicalForm(sealed);
      const verdicts = new Map<string, number>();
      const unnoticed: string[] = [];
      let same = 0;
      for (let at = 0; at < sealed.length; at++) {
        for (const mask of MASKS) {
          const altered = Buffer.from(sealed);
          altered[at] = (altered[at] ?? 0) ^ mask;
          const { verdict, reason } = verifySeal(altered, workshop.trust, AT);
          verdicts.set(reason?.code ?? verdict, (verdicts.get(reason?.code ?? verdict) ?? 0) + 1);
          if (verdict === 'invalid' || verdict === 'absent') continue;
          if (canonicalForm(altered) === form) same++;
          else unnoticed.push(`${at}: ${altered.toString('latin1', Math.max(0, at - 20), at + 20)}`);
        }
      }
      expect(unnoticed).toEqual([]);
      // Only a few places may need the comparison.
      expect(same).toBeLessThan(sealed.length * MASKS.length * 0.05);
      // Changes to content, signature and structure were all noticed.
      for (const code of ['seal-modified', 'seal-signature', 'seal-unreadable', 'seal-coverage', 'xml-malformed'])
        expect(verdicts.get(code) ?? 0, code).toBeGreaterThan(0);
    },
    300_000,
  );

  it('would show in the comparison', () => {
    const other = MESSAGE.replace('0000123', '0000124');
    expect(canonicalForm(Buffer.from(MESSAGE))).not.toBe(canonicalForm(Buffer.from(other)));
    expect(canonicalForm(Buffer.from(MESSAGE.replace(' prot:lang', '\tprot:lang')))).toBe(
      canonicalForm(Buffer.from(MESSAGE)),
    );
  });
});

function canonicalForm(bytes: Uint8Array): string {
  using document = XmlDocument.fromBuffer(bytes);
  return document.canonicalizeToString({ mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0 });
}
