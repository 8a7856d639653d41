import { XmlC14NMode, XmlDocument } from 'libxml2-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sealMessage } from '../../../src/formats/seal/sign.ts';
import { verifySeal } from '../../../src/formats/seal/verify.ts';
import { below, chosenSeed, pick, type Random, seededRandom } from '../../support/random.ts';
import { hasOpenssl } from '../cms/openssl.ts';
import { AT, AWKWARD, AWKWARD_END, MESSAGE, SealWorkshop } from './workbench.ts';

/** Sealed documents cut into markup and text, the pieces doubled, dropped, moved and exchanged at random. */
describe.skipIf(!hasOpenssl)('sealed documents in pieces', () => {
  let workshop: SealWorkshop;
  beforeAll(() => {
    workshop = new SealWorkshop();
  });
  afterAll(() => workshop?.close());

  const ROUNDS = process.env['INTERPRO_LONG'] ? 50_000 : 4_000;

  it('end in a verdict, and are valid only where nothing that counts has changed', async () => {
    const seed = chosenSeed();
    console.log(`seed ${seed}`);
    const random = seededRandom(seed);
    const signer = workshop.signer(workshop.sealer({ key: 'ec' }));
    const sources = [MESSAGE, AWKWARD + AWKWARD_END];
    const sealed = await Promise.all(sources.map((source) => sealMessage(Buffer.from(source), signer, AT)));
    const pieces = sealed.map((each) => each.toString().match(/<[^>]*>|[^<]+/g) ?? []);
    const forms = sealed.map(sealedForm);
    const seen = new Set<string>();
    for (let round = 0; round < ROUNDS; round++) {
      const which = below(random, sealed.length);
      const altered = Buffer.from(alter(random, pieces[which] ?? [], pieces.flat()).join(''));
      const { verdict, reason } = verifySeal(altered, workshop.trust, AT);
      seen.add(reason?.code ?? verdict);
      if (verdict === 'valid') expect(sealedForm(altered), `seed ${seed}, round ${round}`).toBe(forms[which]);
    }
    for (const code of ['valid', 'seal-absent', 'seal-modified', 'seal-position', 'seal-unreadable', 'xml-malformed'])
      expect(seen, `seed ${seed}`).toContain(code);
  }, 300_000);
});

function alter(random: Random, pieces: readonly string[], others: readonly string[]): readonly string[] {
  const altered = [...pieces];
  const at = below(random, altered.length);
  const length = 1 + below(random, 4);
  // Whole elements more often than chance would have it, so that most results are still well-formed.
  const end = pick(random, [at + length, endOfElement(pieces, at)]);
  switch (below(random, 6)) {
    case 0:
      altered.splice(at, end - at);
      break;
    case 1:
      altered.splice(at, 0, ...pieces.slice(at, end));
      break;
    case 2: {
      const moved = altered.splice(at, end - at);
      altered.splice(below(random, altered.length), 0, ...moved);
      break;
    }
    case 3:
      altered[at] = pick(random, others);
      break;
    case 4:
      altered.splice(at, 0, pick(random, ['<!-- x -->', '<?x y?>', ' ', '<x/>', '<![CDATA[]]>', '&#32;']));
      break;
    default:
      altered[at] = (altered[at] ?? '').replace(/[A-Za-z0-9]/, (c) =>
        pick(random, [c.toLowerCase(), c.toUpperCase(), '0']),
      );
  }
  return altered;
}

/** After the element that starts at a piece; one further where none starts. */
function endOfElement(pieces: readonly string[], from: number): number {
  let depth = 0;
  for (let at = from; at < pieces.length; at++) {
    const piece = pieces[at] ?? '';
    if (piece.startsWith('</')) depth--;
    else if (/^<[A-Za-z]/.test(piece) && !piece.endsWith('/>')) depth++;
    if (depth <= 0) return at + 1;
  }
  return from + 1;
}

/**
 * What the seal speaks of: the message in canonical form without the signature, and the signature's own parts. White
 * space and instructions between those parts are covered by nothing and read by nobody (XMLDSig leaves them open).
 */
function sealedForm(bytes: Uint8Array): string {
  using document = XmlDocument.fromBuffer(bytes);
  const form = document.canonicalizeToString({ mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0 });
  const [signature = ''] = /<ds:Signature [\s\S]*<\/ds:Signature>/.exec(form) ?? [];
  const parts = signature
    .replace(/<\?x y\?>/g, '')
    .replace(/>\s+</g, '><')
    .replace(/(?<=<ds:SignatureValue>)[^<]*/, (value) => value.replace(/\s/g, ''));
  return `${form.replace(signature, '')}\n${parts}`;
}
