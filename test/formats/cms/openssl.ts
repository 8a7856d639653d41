import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The `openssl` command makes the vectors and judges them independently; without it these tests prove nothing. */
export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl) {
  if (process.env['CI']) throw new Error('openssl is missing: the signature tests cannot run');
  console.warn('\n*** openssl is missing: the signature tests are SKIPPED ***\n');
}

export interface Made {
  readonly name: string;
  readonly certificate: string;
  readonly key: string;
  readonly der: Buffer;
}

export interface CertificateWish {
  readonly name: string;
  readonly issuer?: Made;
  readonly key?: 'rsa' | 'ec' | 'pss';
  readonly subject?: string;
  /** Lines of an openssl extension section. */
  readonly extensions: readonly string[];
  /** `YYYYMMDD` */
  readonly from?: string;
  readonly to?: string;
}

export const CA = (pathLength = ''): readonly string[] => [
  `basicConstraints = critical,CA:TRUE${pathLength}`,
  'keyUsage = critical,keyCertSign,cRLSign',
  'subjectKeyIdentifier = hash',
];
export const SIGNER = (address: string): readonly string[] => [
  'basicConstraints = CA:FALSE',
  'keyUsage = critical,digitalSignature',
  'extendedKeyUsage = emailProtection',
  'subjectKeyIdentifier = hash',
  'authorityKeyIdentifier = keyid',
  `subjectAltName = email:${address}`,
];

// Made here: each command started costs a large process a copy of its page tables.
const pem = {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
} as const;
const newKey = {
  rsa: () => generateKeyPairSync('rsa', { modulusLength: 2048, ...pem }).privateKey,
  ec: () => generateKeyPairSync('ec', { namedCurve: 'P-256', ...pem }).privateKey,
  pss: () => generateKeyPairSync('rsa-pss', { modulusLength: 2048, ...pem }).privateKey,
};

/** A throw-away certification authority in a temporary folder. */
export class Workshop {
  readonly dir = mkdtempSync(join(tmpdir(), 'interpro-pki-'));
  #count = 0;

  run(...args: string[]): Buffer {
    return execFileSync('openssl', args, { cwd: this.dir, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28 });
  }

  write(name: string, bytes: string | Buffer): string {
    writeFileSync(join(this.dir, name), bytes);
    return name;
  }

  read(name: string): Buffer {
    return readFileSync(join(this.dir, name));
  }

  close(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  certificate(wish: CertificateWish): Made {
    const id = `c${++this.#count}`;
    const key = `${id}.key`;
    this.write(key, newKey[wish.key ?? 'rsa']());
    const subject = wish.subject ?? `/C=IT/O=Gestore di Esempio/CN=${wish.name}`;
    this.run('req', '-new', '-utf8', '-key', key, '-subj', subject, '-out', `${id}.csr`);
    this.write('index.txt', '');
    this.write(
      `${id}.cnf`,
      [
        '[ca]',
        'default_ca = d',
        '[d]',
        'database = index.txt',
        'new_certs_dir = .',
        'default_md = sha256',
        'rand_serial = yes',
        'unique_subject = no',
        'policy = p',
        'email_in_dn = yes',
        '[p]',
        'countryName = optional',
        'organizationName = optional',
        'commonName = supplied',
        'emailAddress = optional',
        '[e]',
        ...wish.extensions,
      ].join('\n'),
    );
    const by = wish.issuer
      ? ['-cert', wish.issuer.certificate, '-keyfile', wish.issuer.key]
      : ['-selfsign', '-keyfile', key];
    const dates = ['-startdate', `${wish.from ?? '20200101'}000000Z`, '-enddate', `${wish.to ?? '20400101'}000000Z`];
    const files = ['-in', `${id}.csr`, '-out', `${id}.pem`, '-extensions', 'e', '-preserveDN', '-notext'];
    this.run('ca', '-batch', '-config', `${id}.cnf`, ...by, ...dates, ...files);
    const { raw: der } = new X509Certificate(this.read(`${id}.pem`));
    return { name: wish.name, certificate: `${id}.pem`, key, der };
  }

  /** Detached CMS in DER over exactly these bytes. */
  sign(content: Buffer, signer: Made, chain: readonly Made[] = [], ...options: string[]): Buffer {
    this.write('content', content);
    this.write('chain.pem', Buffer.concat(chain.map(({ certificate }) => this.read(certificate))));
    const more = chain.length > 0 ? ['-certfile', 'chain.pem'] : [];
    const who = ['-signer', signer.certificate, '-inkey', signer.key, ...more];
    return this.run('cms', '-sign', '-binary', '-in', 'content', '-outform', 'DER', ...who, ...options);
  }

  /** openssl's own judgement of a whole S/MIME mail at a time. */
  accepts(mail: Buffer, anchor: Made, at: Date): boolean {
    this.write('mail', mail);
    const time = ['-attime', String(Math.floor(at.getTime() / 1000))];
    const args = ['cms', '-verify', '-in', 'mail', '-CAfile', anchor.certificate, '-out', 'verified', ...time];
    return spawnSync('openssl', args, { cwd: this.dir }).status === 0;
  }

  /** openssl's judgement of a chain for signing mail. */
  chains(leaf: Made, pool: readonly Made[], anchor: Made, at: Date): boolean {
    this.write('pool.pem', Buffer.concat([...pool, leaf].map(({ certificate }) => this.read(certificate))));
    const time = ['-attime', String(Math.floor(at.getTime() / 1000)), '-purpose', 'smimesign'];
    const args = ['verify', '-CAfile', anchor.certificate, '-untrusted', 'pool.pem', ...time, leaf.certificate];
    return spawnSync('openssl', args, { cwd: this.dir }).status === 0;
  }

  /** openssl's judgement of a detached signature without its certificates. */
  holds(content: Buffer, cms: Buffer): boolean {
    this.write('content', content);
    this.write('cms', cms);
    const args = ['cms', '-verify', '-noverify', '-binary', '-inform', 'DER', '-in', 'cms', '-content', 'content'];
    return spawnSync('openssl', args, { cwd: this.dir }).status === 0;
  }
}
