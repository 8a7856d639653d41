import type { Sha256 } from '../../kernel/ids.ts';

/** A mail whose raw bytes are durable; one row per place on the server. */
export interface KeptMail {
  readonly mailId: string;
  readonly mailbox: string;
  readonly uidValidity: bigint;
  readonly uid: number;
  readonly sha256: Sha256;
  readonly size: number;
  readonly arrivedAt: Date;
  /** Why its bytes were not taken over (too large); null for every other mail. */
  readonly refusal: string | null;
}
