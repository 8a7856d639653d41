/** What the node stands on and the database does not know: disks and certificates. */
export interface DiskState {
  readonly use: 'documents' | 'witness';
  readonly folder: string;
  readonly freeBytes: number;
  readonly sizeBytes: number;
}

export interface CertificateExpiry {
  readonly use: 'api' | 'clients' | 'seal' | 'trust-pec' | 'trust-seals';
  /** The office of a seal, else the name in the certificate. */
  readonly name: string;
  readonly expiresAt: Date;
}

export interface NodeState {
  readonly disks: readonly DiskState[];
  /** The soonest first. */
  readonly certificates: readonly CertificateExpiry[];
}

/** Where to look for it. */
export interface NodeParts {
  readonly folders: readonly Pick<DiskState, 'use' | 'folder'>[];
  readonly certificates: readonly {
    readonly use: CertificateExpiry['use'];
    /** Null: the one in the certificate. */
    readonly name: string | null;
    /** DER, or PEM one after the other. */
    readonly content: string | Uint8Array;
  }[];
}

/** Never rejects: a folder that does not answer is left out. */
export type ReadNodeState = () => Promise<NodeState>;

/** A disk with less is nearly full: at a hundred megabytes a day, a gigabyte is not even two weeks. */
const LOW_SHARE = 0.05;
const LOW_BYTES = 1_000_000_000;
/** Long enough to get a new certificate, with its approvals. */
const SOON_DAYS = 30;
/** The index is imported every night: this is several failures in a row. */
const OLD_DAYS = 3;
const DAY_MS = 86_400_000;

export const nearlyFull = ({ disks }: NodeState): readonly DiskState[] =>
  disks.filter(({ freeBytes, sizeBytes }) => freeBytes < LOW_BYTES || freeBytes < sizeBytes * LOW_SHARE);

/** What is trusted although it expired long ago serves to judge old mail: that is no news. */
export const expiringSoon = ({ certificates }: NodeState, now: Date): readonly CertificateExpiry[] =>
  certificates.filter(({ use, expiresAt }) => {
    const days = (expiresAt.getTime() - now.getTime()) / DAY_MS;
    return days < SOON_DAYS && (days > -SOON_DAYS || !use.startsWith('trust-'));
  });

export const isOldIndex = (ageSeconds: number): boolean => ageSeconds * 1000 > OLD_DAYS * DAY_MS;
