import { createPrivateKey, type KeyObject, type SignKeyObjectInput, sign, X509Certificate } from 'node:crypto';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { SEAL_ALGORITHMS, type SealAlgorithm } from './names.ts';
import { keyFault, parametersOf } from './signature-value.ts';

/**
 * Who seals: a key in this process, or a remote service for qualified seals behind the same four fields. `sign` gets the
 * bytes to sign (not their digest) and gives the value as XMLDSig writes it: for RSA the signature, for ECDSA r||s, each as
 * long as the field (not DER).
 */
export interface SealSigner {
  /** DER. */
  readonly certificate: Uint8Array;
  /** The intermediate authorities, DER, from the issuer of the certificate upwards; the root may be missing. */
  readonly chain: readonly Uint8Array[];
  readonly algorithm: SealAlgorithm;
  sign(data: Uint8Array): Promise<Uint8Array>;
}

export interface SignerOptions {
  /** The usual one for the key where left out. */
  readonly algorithm?: SealAlgorithm;
  readonly passphrase?: string;
}

/** `certPem`: the signer's certificate first, then its chain. Refused, in Italian, where the configuration is wrong. */
export function signerFromPem(certPem: string, keyPem: string, options: SignerOptions = {}): Result<SealSigner> {
  const certificates: X509Certificate[] = [];
  try {
    for (const [pem] of certPem.matchAll(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g))
      certificates.push(new X509Certificate(pem));
  } catch {
    return unusable('il certificato non è leggibile');
  }
  let key: KeyObject;
  try {
    key = createPrivateKey({
      key: keyPem,
      ...(options.passphrase === undefined ? {} : { passphrase: options.passphrase }),
    });
  } catch {
    return unusable('la chiave non è leggibile o la password è errata');
  }
  return signerFromKey(certificates, key, options.algorithm);
}

/** The same from a parsed key and certificates, the signer's first. */
export function signerFromKey(
  [certificate, ...chain]: readonly X509Certificate[],
  key: KeyObject,
  wanted?: SealAlgorithm,
): Result<SealSigner> {
  if (certificate === undefined) return unusable('manca il certificato');
  if (!certificate.checkPrivateKey(key)) return unusable('la chiave non è quella del certificato');
  const algorithm = wanted ?? usualFor(key);
  if (algorithm === null) return unusable('il tipo della chiave non è ammesso');
  const scheme = SEAL_ALGORITHMS[algorithm];
  const fault = keyFault(certificate.publicKey, scheme);
  if (fault !== null) return unusable(fault);
  const input: SignKeyObjectInput = { key, ...parametersOf(scheme) };
  return ok({
    certificate: certificate.raw,
    chain: chain.map(({ raw }) => raw),
    algorithm,
    sign: (data) =>
      new Promise((resolve, reject) => {
        sign(scheme.digest, data, input, (error, value) => (error ? reject(error) : resolve(value)));
      }),
  });
}

const unusable = (detail: string): Result<never> => refuse(problem('seal-key', '', detail));

function usualFor({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): SealAlgorithm | null {
  if (type === 'rsa') return 'rsa-sha256';
  if (type === 'rsa-pss') return 'rsa-pss-sha256';
  if (type !== 'ec') return null;
  const curve = details?.namedCurve ?? '';
  return curve.includes('521') || curve.includes('512')
    ? 'ecdsa-sha512'
    : curve.includes('384')
      ? 'ecdsa-sha384'
      : 'ecdsa-sha256';
}
