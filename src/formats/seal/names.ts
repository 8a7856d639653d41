import type { Canonicalization } from './canonical.ts';

/** The names of XML Signature 1.1, RFC 9231 and XAdES (ETSI EN 319 132-1) that a seal may use. No other is processed. */
export const DS = 'http://www.w3.org/2000/09/xmldsig#';
export const XADES = 'http://uri.etsi.org/01903/v1.3.2#';
export const SIGNED_PROPERTIES_TYPE = 'http://uri.etsi.org/01903#SignedProperties';
export const ENVELOPED = `${DS}enveloped-signature`;
/** Two other ways to leave the signature out, each with the only expression that does so (XML-Signature XPath Filter 2.0; XMLDSig 6.6.3). */
export const FILTER2 = 'http://www.w3.org/2002/06/xmldsig-filter2';
export const XPATH = 'http://www.w3.org/TR/1999/REC-xpath-19991116';
export const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';

const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
const MORE_2007 = 'http://www.w3.org/2007/05/xmldsig-more#';
const ENC = 'http://www.w3.org/2001/04/xmlenc#';

export type SealDigest = 'sha256' | 'sha384' | 'sha512';

export const DIGESTS: Readonly<Record<SealDigest, string>> = {
  sha256: `${ENC}sha256`,
  sha384: `${MORE}sha384`,
  sha512: `${ENC}sha512`,
};

export interface SignatureScheme {
  readonly kind: 'rsa' | 'rsa-pss' | 'ecdsa';
  readonly digest: SealDigest;
}

/** SHA-1 is left out on purpose: a seal that uses it is invalid. */
export const SEAL_ALGORITHMS = {
  'rsa-sha256': { kind: 'rsa', digest: 'sha256', uri: `${MORE}rsa-sha256` },
  'rsa-sha384': { kind: 'rsa', digest: 'sha384', uri: `${MORE}rsa-sha384` },
  'rsa-sha512': { kind: 'rsa', digest: 'sha512', uri: `${MORE}rsa-sha512` },
  'rsa-pss-sha256': { kind: 'rsa-pss', digest: 'sha256', uri: `${MORE_2007}sha256-rsa-MGF1` },
  'rsa-pss-sha384': { kind: 'rsa-pss', digest: 'sha384', uri: `${MORE_2007}sha384-rsa-MGF1` },
  'rsa-pss-sha512': { kind: 'rsa-pss', digest: 'sha512', uri: `${MORE_2007}sha512-rsa-MGF1` },
  'ecdsa-sha256': { kind: 'ecdsa', digest: 'sha256', uri: `${MORE}ecdsa-sha256` },
  'ecdsa-sha384': { kind: 'ecdsa', digest: 'sha384', uri: `${MORE}ecdsa-sha384` },
  'ecdsa-sha512': { kind: 'ecdsa', digest: 'sha512', uri: `${MORE}ecdsa-sha512` },
} as const satisfies Record<string, SignatureScheme & { readonly uri: string }>;
export type SealAlgorithm = keyof typeof SEAL_ALGORITHMS;

const byUri = new Map<string, SignatureScheme>(Object.values(SEAL_ALGORITHMS).map((each) => [each.uri, each]));
const digestByUri = new Map<string, SealDigest>(
  (Object.keys(DIGESTS) as SealDigest[]).map((name) => [DIGESTS[name], name]),
);

export const schemeNamed = (uri: string | null): SignatureScheme | null => byUri.get(uri ?? '') ?? null;
export const digestNamed = (uri: string | null): SealDigest | null => digestByUri.get(uri ?? '') ?? null;

type Named = Pick<Canonicalization, 'mode' | 'comments'>;
const C14N = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';
const C14N11 = 'http://www.w3.org/2006/12/xml-c14n11';
const CANONICALIZATIONS: ReadonlyMap<string, Named> = new Map<string, Named>([
  [C14N, { mode: 'c14n-1.0', comments: false }],
  [`${C14N}#WithComments`, { mode: 'c14n-1.0', comments: true }],
  [C14N11, { mode: 'c14n-1.1', comments: false }],
  [`${C14N11}#WithComments`, { mode: 'c14n-1.1', comments: true }],
  [EXCLUSIVE, { mode: 'exclusive', comments: false }],
  [`${EXCLUSIVE}WithComments`, { mode: 'exclusive', comments: true }],
]);

/** The default of a reference that names no canonicalisation (XMLDSig 1.1, 4.4.3.2). */
export const DEFAULT_CANONICALIZATION: Canonicalization = { mode: 'c14n-1.0', comments: false, inclusive: [] };

export const canonicalizationNamed = (uri: string | null): Named | null => CANONICALIZATIONS.get(uri ?? '') ?? null;
