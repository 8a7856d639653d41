import { attempt, type Ber, children, contents, expect } from './ber.ts';

const MOST_POINTS = 4;
const MOST_CHARACTERS = 1_000;
const URI = 0x86;

/**
 * The addresses in CRLDistributionPoints (RFC 5280 §4.2.1.13), http and https only. Lists for some reasons only, or of
 * another issuer, are left out. An extension that cannot be read names none, and spoils nothing else.
 */
export function readListPoints(extension: Ber | undefined): readonly string[] {
  if (extension === undefined) return [];
  const read = attempt(() => children(expect(extension, 0x30, 'punti di distribuzione')).flatMap(addressesOf));
  return read.ok ? [...new Set(read.value)].slice(0, MOST_POINTS) : [];
}

function addressesOf(point: Ber): readonly string[] {
  const [name, ...others] = children(point);
  // [1] reasons, [2] cRLIssuer.
  return name?.tag === 0xa0 && others.length === 0 ? fullNames(name) : [];
}

/** The web addresses of a DistributionPointName; a name relative to the issuer is none. */
export function fullNames(name: Ber): readonly string[] {
  return children(name)
    .filter(({ tag }) => tag === 0xa0)
    .flatMap(children)
    .flatMap((general) => (general.tag === URI ? [contents(general).toString('latin1')] : []))
    .filter((address) => address.length <= MOST_CHARACTERS && /^https?:\/\/[\x21-\x7e]+$/i.test(address));
}
