import { execFileSync } from 'node:child_process';
import { type KeyObject, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ListIssuer {
  /** DER. */
  readonly certificate: Uint8Array;
  readonly key: KeyObject | string;
}

export interface RevokedWish {
  /** Hexadecimal. */
  readonly serial: string;
  readonly at: string;
  /** As openssl names it, with what belongs to it: `keyCompromise`, `keyTime,20260102000000Z`, `holdInstruction,holdInstructionNone`. */
  readonly reason?: string;
}

export interface ListWish {
  readonly from: string;
  readonly to: string;
  /** Lines of openssl's section of extensions. */
  readonly extensions?: readonly string[];
  /** Further sections that those refer to. */
  readonly sections?: readonly string[];
  readonly format?: 'DER' | 'PEM';
}

const digits = (iso: string): string => `${new Date(iso).toISOString().replace(/[-:T]|\.\d+Z/g, '')}Z`;

export const serialOf = (certificate: Uint8Array): string => new X509Certificate(certificate).serialNumber;

/** A list of revoked certificates, made and signed by openssl. */
export function makeList(issuer: ListIssuer, revoked: readonly RevokedWish[], wish: ListWish): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-crl-'));
  const at = (name: string) => join(folder, name);
  try {
    const { key } = issuer;
    const pem = typeof key === 'string' ? key : key.export({ format: 'pem', type: 'pkcs8' });
    writeFileSync(at('ca.pem'), new X509Certificate(issuer.certificate).toString());
    writeFileSync(at('ca.key'), pem);
    const lines = revoked.map(({ serial, at: time, reason }) =>
      ['R', '491231235959Z', `${digits(time).slice(2)}${reason === undefined ? '' : `,${reason}`}`]
        .concat(serial.toUpperCase(), 'unknown', '/CN=Revocato')
        .join('\t'),
    );
    writeFileSync(at('index.txt'), lines.map((line) => `${line}\n`).join(''));
    writeFileSync(at('number'), '10\n');
    const extensions = ['authorityKeyIdentifier = keyid', ...(wish.extensions ?? [])];
    const config = ['[ca]', 'default_ca = d', '[d]', `database = ${at('index.txt')}`, `crlnumber = ${at('number')}`]
      .concat('default_md = sha256', 'crl_extensions = e', '[e]', ...extensions, ...(wish.sections ?? []))
      .join('\n');
    writeFileSync(at('ca.cnf'), `${config}\n`);
    const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const files = ['-config', at('ca.cnf'), '-cert', at('ca.pem'), '-keyfile', at('ca.key'), '-out', at('list.pem')];
    openssl('ca', '-gencrl', ...files, '-crl_lastupdate', digits(wish.from), '-crl_nextupdate', digits(wish.to));
    if (wish.format === 'PEM') return readFileSync(at('list.pem'));
    openssl('crl', '-in', at('list.pem'), '-outform', 'DER', '-out', at('list.der'));
    return readFileSync(at('list.der'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
