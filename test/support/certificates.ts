import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Pair {
  readonly key: string;
  readonly cert: string;
}

export interface TestAuthority {
  readonly cert: string;
  /** A certificate for a server on 127.0.0.1 or for a client, valid for so many days from now. */
  issue(name: string, days?: number): Pair;
  remove(): void;
}

/** A certificate authority for one test. */
export function testAuthority(): TestAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-ca-'));
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const own = ['-days', '9', '-subj', '/CN=Prova CA', '-keyout', at('ca.key'), '-out', at('ca.pem')];
  openssl('req', '-x509', ...curve, ...own);
  let count = 0;
  return {
    cert: readFileSync(at('ca.pem'), 'utf8'),
    issue(name, days = 9) {
      count += 1;
      const [key, cert] = [at(`${count}.key`), at(`${count}.pem`)];
      openssl(
        ...['req', '-x509', '-CA', at('ca.pem'), '-CAkey', at('ca.key'), ...curve, '-days', String(days)],
        ...['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
      );
      return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
