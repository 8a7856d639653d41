import { X509Certificate } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TrustAnchor, TrustAnchors } from '../model/pec.ts';
import type { CertificateExpiry, DiskState, NodeParts, NodeState } from '../service/queries/node-state.ts';

/** A folder on a server that is away may never answer. */
const ANSWER_MS = 2_000;

/** More would only make the reading long: the ones that end first count. */
const MOST_CERTIFICATES = 200;

export async function nodeState({ folders, certificates }: NodeParts, trust: TrustAnchors): Promise<NodeState> {
  const disks = await Promise.all(folders.map(({ use, folder }) => diskOf(use, folder)));
  // The built-in root is Node's: a newer one comes with a newer Node.
  const added = trust.anchors.filter(({ onlyVia }) => onlyVia.length === 0);
  const all = [
    ...certificates.flatMap(({ use, name, content }) => expiriesOf(use, content, name)),
    ...ofAnchors('trust-pec', added),
    ...ofAnchors('trust-seals', trust.seals ?? []),
  ];
  return {
    disks: disks.flatMap((disk) => disk ?? []),
    certificates: all
      .sort((one, other) => one.expiresAt.getTime() - other.expiresAt.getTime())
      .slice(0, MOST_CERTIFICATES),
  };
}

const ofAnchors = (use: CertificateExpiry['use'], anchors: readonly TrustAnchor[]): readonly CertificateExpiry[] =>
  anchors.flatMap(({ certificate }) => expiriesOf(use, certificate, null));

/** Null: the folder does not answer, or is not there yet. */
export async function diskOf(use: DiskState['use'], folder: string): Promise<DiskState | null> {
  const asked = statfs(folder).then(
    ({ bavail, blocks, bsize }) => ({ use, folder, freeBytes: bavail * bsize, sizeBytes: blocks * bsize }),
    () => null,
  );
  const late = new AbortController();
  const waited = sleep(ANSWER_MS, null, { signal: late.signal }).catch(() => null);
  return Promise.race([asked, waited]).finally(() => late.abort());
}

/** Certificates in DER, or in PEM one after the other. What cannot be read is left out: whoever uses it reports it. */
export function expiriesOf(
  use: CertificateExpiry['use'],
  certificates: string | Uint8Array,
  name: string | null,
): readonly CertificateExpiry[] {
  const blocks =
    typeof certificates === 'string'
      ? (certificates.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [])
      : [certificates];
  return blocks.flatMap((block) => {
    try {
      const certificate = new X509Certificate(block);
      return [{ use, name: name ?? nameOf(certificate), expiresAt: certificate.validToDate }];
    } catch {
      return [];
    }
  });
}

function nameOf({ subject, serialNumber }: X509Certificate): string {
  const [, name] = /(?:^|\n)CN=([^\n]*)/.exec(subject ?? '') ?? [];
  return (name ?? serialNumber).slice(0, 200);
}
