import type { TrustAnchor, TrustAnchors } from '../../model/pec.ts';
import { parseCertificate } from '../cms/certificate.ts';

const ACTALIS_ROOT = 'Actalis Authentication Root CA';
/** The intermediate of the PEC providers since about 2019; its name constraints list their domains. */
const PROVIDERS_CA = 'AgID CA1';

/**
 * What is trusted where nothing is configured: the Actalis root, only by way of AgID CA1. It is looked for among the given
 * PEM roots (the caller passes `tls.rootCertificates`); without it nothing is trusted.
 */
export function defaultTrust(roots: readonly string[]): TrustAnchors {
  const anchors = roots
    .flatMap((pem) => pemBlocks(pem))
    .filter((der) => parseCertificate(der)?.commonName === ACTALIS_ROOT)
    .map((certificate) => ({ certificate, onlyVia: [PROVIDERS_CA] }));
  return { anchors };
}

export interface AnchorFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface AnchorsRead {
  readonly trust: TrustAnchors;
  /** Files that hold no certificate, or one that cannot be read; `reason` is Italian. */
  readonly unreadable: readonly { readonly name: string; readonly reason: string }[];
}

/** The administrator's anchors: PEM files with one or more certificates, or DER. Unreadable ones are named. */
export function anchorsFrom(files: readonly AnchorFile[]): AnchorsRead {
  const anchors: TrustAnchor[] = [];
  const unreadable: { name: string; reason: string }[] = [];
  for (const { name, bytes } of files) {
    const buffer = Buffer.from(bytes);
    const text = buffer.toString('latin1');
    const isPem = text.includes('-----BEGIN');
    const found = isPem ? pemBlocks(text) : [buffer];
    if (found.length === 0) unreadable.push({ name, reason: 'nessun certificato nel file' });
    for (const [index, der] of found.entries()) {
      if (parseCertificate(der)) anchors.push({ certificate: der, onlyVia: [] });
      else
        unreadable.push({
          name,
          reason: isPem ? `certificato ${index + 1} non leggibile` : 'certificato non leggibile',
        });
    }
  }
  return { trust: { anchors }, unreadable };
}

const pemBlocks = (text: string): Buffer[] =>
  [...text.matchAll(/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----([^-]*)-----END /g)].map((match) =>
    Buffer.from(match[1] ?? '', 'base64'),
  );
