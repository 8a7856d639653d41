import { generateKeyPair, type KeyObject, X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import { certificate, issuerAndSerial, type Subject } from './certificate.ts';

/**
 * The certification authority of the sandbox and the signers it issues to PEC providers: root › intermediate › signer,
 * RSA-2048, like the real chain (AgID CA1 › provider).
 */
export interface CertifiedKey {
  /** DER. */
  readonly certificate: Buffer;
  readonly key: KeyObject;
}

export interface Authority {
  readonly name: string;
  readonly root: CertifiedKey;
  readonly intermediate: CertifiedKey;
  /** The root in PEM; clients of the sandbox have to trust it. */
  readonly caPem: string;
}

export interface Signer extends CertifiedKey {
  /** The certificates inside a signature: the signer, then the intermediate. */
  readonly chain: readonly Buffer[];
  /** IssuerAndSerialNumber of the signer, DER. */
  readonly issuerAndSerial: Buffer;
}

export interface Provider extends Signer {
  readonly domain: string;
  /** `gestore-emittente`. */
  readonly name: string;
  /** `posta-certificata@<domain>`: the From of its mail and the SAN of its signer. */
  readonly address: string;
  readonly authority: Authority;
  readonly caPem: string;
}

interface Validity {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Where the list of revoked certificates is that may name the certificate; of an authority: the one in the middle. */
  readonly listPoint?: string;
}

export interface AuthorityOptions extends Validity {
  readonly name?: string;
  /** rfc822 name constraints of the intermediate, such as AgID CA1 has; none when empty. */
  readonly permittedDomains?: readonly string[];
}

export interface ProviderOptions extends Validity {
  readonly domain: string;
  readonly name?: string;
  /** Omitted: an authority of its own. */
  readonly authority?: Authority;
  /** rfc822Name of the signer. A signer with another address than the provider's must not be trusted. */
  readonly san?: string;
}

// Before 2050, so that every time is a UTCTime, and long enough for any clock of a test.
const BEGIN = new Date('2005-01-01T00:00:00Z');
const END = new Date('2049-12-31T23:59:59Z');
const newKeys = (): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> =>
  promisify(generateKeyPair)('rsa', { modulusLength: 2048 });

export async function issueAuthority(options: AuthorityOptions = {}): Promise<Authority> {
  const name = options.name ?? 'Sandbox PEC';
  const [rootKeys, keys] = await Promise.all([newKeys(), newKeys()]);
  const validity = { notBefore: options.notBefore ?? BEGIN, notAfter: options.notAfter ?? END };
  const rootName: Subject = { C: 'IT', O: name, CN: `${name} Root` };
  const intermediateName: Subject = { C: 'IT', O: name, CN: `${name} CA1` };
  const root = certificate({
    ...validity,
    subject: rootName,
    publicKey: rootKeys.publicKey,
    issuer: rootName,
    issuerKey: rootKeys.privateKey,
    ca: true,
  });
  const intermediate = certificate({
    ...validity,
    subject: intermediateName,
    publicKey: keys.publicKey,
    issuer: rootName,
    issuerKey: rootKeys.privateKey,
    ca: true,
    permittedDomains: options.permittedDomains ?? [],
    listPoint: options.listPoint,
  });
  return authorityOf(
    name,
    { certificate: root, key: rootKeys.privateKey },
    { certificate: intermediate, key: keys.privateKey },
  );
}

export const authorityOf = (name: string, root: CertifiedKey, intermediate: CertifiedKey): Authority => ({
  name,
  root,
  intermediate,
  caPem: certificatePem(root.certificate),
});

export async function issueProvider(options: ProviderOptions): Promise<Provider> {
  const authority = options.authority ?? (await issueAuthority());
  const address = providerAddress(options.domain);
  const name = options.name ?? `Gestore PEC di prova ${options.domain}`;
  const keys = await newKeys();
  const signer = certificate({
    subject: { C: 'IT', O: name, CN: `Posta Certificata ${options.domain}` },
    publicKey: keys.publicKey,
    issuer: { C: 'IT', O: authority.name, CN: `${authority.name} CA1` },
    issuerKey: authority.intermediate.key,
    notBefore: options.notBefore ?? BEGIN,
    notAfter: options.notAfter ?? END,
    ca: false,
    email: options.san ?? address,
    listPoint: options.listPoint,
  });
  return providerOf({ domain: options.domain, name, authority }, { certificate: signer, key: keys.privateKey });
}

/** The owner of a seal: its name and its code in the national index. */
export interface SealOwner {
  readonly name: string;
  readonly administration: string;
  readonly listPoint?: string;
}

/** An electronic seal from the same authority (nonRepudiation, digitalSignature), not valid for mail. */
export async function issueSeal(
  authority: Authority,
  { name, administration, listPoint }: SealOwner,
): Promise<CertifiedKey> {
  const keys = await newKeys();
  const seal = certificate({
    // A locally defined scheme is two characters and a colon (ETSI EN 319 412-1, 5.1.4).
    subject: { C: 'IT', O: name, organizationIdentifier: `IP:IT-${administration}`, CN: `Sigillo di ${name}` },
    publicKey: keys.publicKey,
    issuer: { C: 'IT', O: authority.name, CN: `${authority.name} CA1` },
    issuerKey: authority.intermediate.key,
    notBefore: BEGIN,
    notAfter: END,
    ca: false,
    signs: 'documents',
    listPoint,
  });
  return { certificate: seal, key: keys.privateKey };
}

export function providerOf(
  about: { readonly domain: string; readonly name: string; readonly authority: Authority },
  signer: CertifiedKey,
): Provider {
  return {
    ...about,
    ...signer,
    address: providerAddress(about.domain),
    caPem: about.authority.caPem,
    chain: [signer.certificate, about.authority.intermediate.certificate],
    issuerAndSerial: issuerAndSerial(signer.certificate),
  };
}

export const providerAddress = (domain: string): string => `posta-certificata@${domain}`;

export const certificatePem = (der: Uint8Array): string => new X509Certificate(der).toString();
