import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Authority,
  authorityOf,
  type CertifiedKey,
  certificatePem,
  issueAuthority,
  issueProvider,
  issueSeal,
  type Provider,
  providerOf,
  type SealOwner,
} from './authority.ts';
import { matches } from './certificate.ts';

/** The authority and the signers of a sandbox; with a folder, they survive a restart. */
export interface Vault {
  readonly authority: Authority;
  provider(domain: string): Promise<Provider>;
  /** One for each administration, issued when it is first needed. */
  seal(owner: SealOwner): Promise<CertifiedKey>;
}

const NAME = 'Sandbox PEC';

export async function openVault(folder: string | null): Promise<Vault> {
  const file = folder === null ? null : (name: string) => join(folder, name);
  if (folder !== null) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const root = file && read(file('root'));
  const intermediate = file && read(file('intermediate'));
  const authority = root && intermediate ? authorityOf(NAME, root, intermediate) : await issueAuthority({ name: NAME });
  if (file && !(root && intermediate)) {
    write(file('intermediate'), authority.intermediate);
    write(file('root'), authority.root);
  }
  // If the authority's files were lost and issued again, a certificate of the old one would never verify.
  const checked = <Kept extends CertifiedKey>(kept: Kept, whose: string): Kept => {
    const issuer = new X509Certificate(authority.intermediate.certificate);
    if (new X509Certificate(kept.certificate).verify(issuer.publicKey)) return kept;
    throw new Error(`the certificate of ${whose} in ${folder} was issued by another authority`);
  };
  const seals = new Map<string, Promise<CertifiedKey>>();
  const openSeal = async (owner: SealOwner): Promise<CertifiedKey> => {
    const name = file?.(`sigillo-${encodeURIComponent(owner.administration)}`);
    const kept = name === undefined ? null : read(name);
    const seal = checked(kept ?? (await issueSeal(authority, owner)), owner.administration);
    if (name !== undefined && !kept) write(name, seal);
    return seal;
  };
  return {
    authority,
    seal(owner) {
      const seal = seals.get(owner.administration) ?? openSeal(owner);
      seals.set(owner.administration, seal);
      return seal;
    },
    async provider(domain) {
      const name = file?.(`gestore-${encodeURIComponent(domain)}`);
      const kept = name === undefined ? null : read(name);
      const provider = kept
        ? providerOf({ domain, name: `Gestore PEC di prova ${domain}`, authority }, kept)
        : await issueProvider({ domain, authority });
      if (name !== undefined && !kept) write(name, provider);
      return checked(provider, domain);
    },
  };
}

function read(name: string): CertifiedKey | null {
  if (!existsSync(`${name}.pem`)) return null;
  const key = createPrivateKey(readFileSync(`${name}.key`));
  const certificate = Buffer.from(new X509Certificate(readFileSync(`${name}.pem`)).raw);
  if (!matches(certificate, key)) throw new Error(`${name}.pem and ${name}.key do not belong together`);
  return { certificate, key };
}

/** Writes the key first: where there is a certificate, its key is there. */
function write(name: string, { certificate, key }: CertifiedKey): void {
  writeFileSync(`${name}.key`, key.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
  writeFileSync(`${name}.pem.part`, certificatePem(certificate));
  renameSync(`${name}.pem.part`, `${name}.pem`);
}
