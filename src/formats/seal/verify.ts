import { hash } from 'node:crypto';
import { type Problem, problem } from '../../kernel/problems.ts';
import type { TrustAnchors } from '../../model/pec.ts';
import { NOT_KNOWN, type RevocationReport, type UsedChain } from '../../model/revocation.ts';
import type { SealHolder } from '../../model/seal.ts';
import { type Certificate, parseCertificate } from '../cms/certificate.ts';
import type { ChainVerdict } from '../cms/chain.ts';
import { revokedDetail } from '../cms/revoked-detail.ts';
import { usedChain } from '../cms/used-chain.ts';
import { lawfulUtf16 } from '../xml/as-utf8.ts';
import { readXml } from '../xml/parse.ts';
import type { XmlElement } from '../xml/tree.ts';
import { CanonicalSource } from './canonical.ts';
import { DS, XADES } from './names.ts';
import { judged, refuseSeal, refuseWith } from './seal-error.ts';
import { keyFault, signatureHolds } from './signature-value.ts';
import { type Reference, readSignedInfo, type SignedInfo } from './signed-info.ts';
import { namedCertificates, readKeyInfo, readSignedProperties, sealChain } from './signer.ts';
import {
  is,
  KEY_INFO,
  locateSeal,
  plain,
  type SealParts,
  SIGNED_INFO,
  SIGNED_PROPERTIES,
  UNSIGNED_PROPERTIES,
} from './structure.ts';

/**
 * The seal of a 3.0.0 segnatura: XAdES baseline B (ETSI EN 319 132-1), enveloped, the last child of the root (allegato 6).
 * `valid`: unaltered, by the certificate it names, which leads to a trust anchor at the given time. `untrusted`: the same,
 * but the certificate leads to no anchor, or was revoked when it sealed. `invalid`: altered, or not understood in full.
 */
export interface SealReport {
  readonly verdict: 'valid' | 'invalid' | 'absent' | 'untrusted';
  /** Null when valid, save for what a person should know. */
  readonly reason: Problem | null;
  /** ISO time that the signer claims; null unless the signature holds. */
  readonly signedAt: string | null;
  /** Null unless the signature holds. */
  readonly signer: { readonly subject: string; readonly certificateSha256: string } | null;
}

/** With whom the certificate names as the owner of the seal; null unless it is valid. */
export interface OwnedSeal {
  readonly report: SealReport;
  readonly owner: SealHolder | null;
  /** What lists of revoked certificates may speak of; absent where no trusted chain is. */
  readonly usedChain?: UsedChain;
}

/** `at`: when the certificates have to be valid. `trust` null: nobody is trusted. */
export const verifySeal = (bytes: Uint8Array, trust: TrustAnchors | null, at: Date): SealReport =>
  openSeal(bytes, trust, at).report;

/** `revocation`: what lists say of the chain, where somebody has looked. */
export function openSeal(
  given: Uint8Array,
  trust: TrustAnchors | null,
  at: Date,
  revocation: RevocationReport = NOT_KNOWN,
): OwnedSeal {
  const bytes = lawfulUtf16(given) ?? given;
  return judged<OwnedSeal>(
    () => {
      const root = readRoot(bytes);
      const parts = locateSeal(root);
      if (parts === null) return { report: without('absent', problem('seal-absent')), owner: null };
      const found = verified(bytes, parts);
      const { report: made, used } = report(found, trust, at, revocation);
      const owner = made.verdict === 'valid' ? found.signer.owner : null;
      return { report: made, owner, ...(used !== null && { usedChain: used }) };
    },
    (found) => ({ report: without('invalid', found), owner: null }),
  );
}

/** Why the signature in an XML document is not sound: `code` is that of a seal, for which `detail` is meant. */
export type XmlSignature =
  | { readonly verdict: 'absent' }
  | { readonly verdict: 'intact' }
  | { readonly verdict: 'broken' | 'unreadable'; readonly reason: Problem; readonly detail: string };

/**
 * The signature inside an XML document, by the rules of a seal: enveloped, over the whole document. It may lack XAdES, and
 * there is no trust anchor: whether an authority vouches for the signer is another question.
 */
export function verifyEnveloped(given: Uint8Array): XmlSignature {
  const bytes = lawfulUtf16(given) ?? given;
  return judged<XmlSignature>(
    () => {
      const parts = locateSeal(readRoot(bytes), true);
      if (parts === null) return { verdict: 'absent' };
      verified(bytes, parts);
      return { verdict: 'intact' };
    },
    (reason, detail) => {
      const isAltered = reason.code === 'seal-modified' || reason.code === 'seal-signature';
      return { verdict: isAltered ? 'broken' : 'unreadable', reason, detail };
    },
  );
}

const without = (verdict: SealReport['verdict'], reason: Problem): SealReport => ({
  verdict,
  reason,
  signedAt: null,
  signer: null,
});

/** Only what every parser reads alike: no repaired text, no doubtful encoding, no document type that could add attributes. */
function readRoot(bytes: Uint8Array): XmlElement {
  const read = readXml(bytes);
  if (!read.ok) refuseWith(read.problem);
  const [doubt] = read.value.problems;
  if (doubt !== undefined) refuseWith(doubt);
  if (read.value.doctype !== null) refuseSeal('seal-unreadable', 'il file contiene un DOCTYPE');
  return read.value.root;
}

interface Verified {
  readonly signer: Certificate;
  readonly ders: readonly Buffer[];
  readonly signedAt: string | null;
}

/** Refuses unless the signature holds over the whole document. */
function verified(bytes: Uint8Array, parts: SealParts): Verified {
  const signedInfo = readSignedInfo(parts.signedInfo, parts);
  const covered = canonicalParts(bytes, signedInfo);
  // Believed is only what stands in the signed bytes, so it is read again from their canonical form.
  const again = readSignedInfo(readPart(covered.signedInfo, DS, 'SignedInfo'), parts);
  if (JSON.stringify(again) !== JSON.stringify(signedInfo)) refuseSeal('seal-unreadable', 'i riferimenti sono ambigui');
  for (const { reference, bytes: part } of covered.references) {
    if (hash(reference.digest, part, 'hex') !== reference.value) refuseSeal('seal-modified', ITALIAN[reference.covers]);
  }
  const properties =
    parts.signedPropertiesId === null ? null : readSignedProperties(signedPropertiesOf(covered, parts));
  const ders = readKeyInfo(parts.keyInfo);
  const candidates = properties === null ? readable(ders) : namedCertificates(ders, properties);
  const signer = signerOf(candidates, signedInfo, covered.signedInfo, parts.signatureValue);
  return { signer, ders, signedAt: properties?.signedAt ?? null };
}

function report(
  { signer, ders, signedAt }: Verified,
  trust: TrustAnchors | null,
  at: Date,
  revocation: RevocationReport,
) {
  const chain = sealChain(signer, ders, trust, at);
  const { verdict, reason } = verdictOn(chain, revocation);
  const made: SealReport = {
    verdict,
    reason,
    signedAt,
    signer: { subject: signer.x509.subject.replaceAll('\n', ', '), certificateSha256: signer.fingerprint },
  };
  return { report: made, used: chain.trusted ? usedChain(chain.path) : null };
}

function verdictOn(chain: ChainVerdict, revocation: RevocationReport): Pick<SealReport, 'verdict' | 'reason'> {
  if (!chain.trusted) return { verdict: 'untrusted', reason: problem('seal-untrusted', '', chain.reason) };
  if (revocation.status !== 'revoked') return { verdict: 'valid', reason: null };
  const detail = revokedDetail(revocation);
  return revocation.whenSigned
    ? { verdict: 'untrusted', reason: problem('seal-certificate-revoked', '', detail) }
    : { verdict: 'valid', reason: problem('seal-certificate-revoked-later', '', detail) };
}

const ITALIAN: Readonly<Record<Reference['covers'], string>> = {
  root: "il contenuto non corrisponde all'impronta firmata",
  'signed-properties': "le proprietà della firma non corrispondono all'impronta firmata",
  'key-info': "il certificato non corrisponde all'impronta firmata",
};

interface Covered {
  readonly signedInfo: Buffer;
  readonly references: readonly { readonly reference: Reference; readonly bytes: Buffer }[];
}

function canonicalParts(bytes: Uint8Array, { how, references }: SignedInfo): Covered {
  const opened = CanonicalSource.open(bytes);
  if (!opened.ok) refuseWith(opened.problem);
  const source = opened.value;
  try {
    if (!source.isModest()) refuseSeal('xml-too-many', 'quanti se ne possano elaborare');
    const must = (part: Buffer | null): Buffer =>
      part ?? refuseSeal('seal-unreadable', 'la forma canonica non si può calcolare');
    source.takeSignature();
    const root = references
      .filter(({ covers }) => covers === 'root')
      .map((reference) => ({ reference, bytes: must(source.whole(reference.how, reference.byId)) }));
    source.keepSignatureOnly();
    source.drop(UNSIGNED_PROPERTIES);
    const rest = references
      .filter(({ covers }) => covers !== 'root')
      .map((reference) => {
        const place = reference.covers === 'key-info' ? KEY_INFO : SIGNED_PROPERTIES;
        return { reference, bytes: must(source.part(place, reference.how)) };
      });
    return { signedInfo: must(source.part(SIGNED_INFO, how)), references: [...root, ...rest] };
  } finally {
    source.close();
  }
}

function readPart(bytes: Buffer, namespace: string, name: string): XmlElement {
  const read = readXml(bytes);
  if (!read.ok || !is(read.value.root, namespace, name)) refuseSeal('seal-unreadable', `«${name}» è ambiguo`);
  return read.value.root;
}

function signedPropertiesOf(covered: Covered, parts: SealParts): XmlElement {
  const part = covered.references.find(({ reference }) => reference.covers === 'signed-properties');
  const element = readPart(part?.bytes ?? Buffer.alloc(0), XADES, 'SignedProperties');
  if (plain(element, 'Id') !== parts.signedPropertiesId)
    refuseSeal('seal-unreadable', 'le proprietà firmate sono ambigue');
  return element;
}

const readable = (ders: readonly Buffer[]): readonly Certificate[] =>
  ders.flatMap((der) => parseCertificate(der) ?? []);

/** The certificate whose key made the signature, among those that the signed properties name. */
function signerOf(
  candidates: readonly Certificate[],
  { scheme }: SignedInfo,
  signed: Buffer,
  value: Buffer,
): Certificate {
  const [first] = candidates;
  if (first === undefined) refuseSeal('seal-certificate', 'non è quello indicato nelle proprietà firmate');
  const signer = candidates.find(
    ({ key }) => keyFault(key, scheme) === null && signatureHolds(scheme, key, signed, value),
  );
  if (signer !== undefined) return signer;
  const fault = keyFault(first.key, scheme);
  if (fault !== null) refuseSeal('seal-certificate', fault);
  return refuseSeal('seal-signature');
}
