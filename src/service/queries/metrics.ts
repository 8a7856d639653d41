/** Counts for monitoring. Reading them costs the same however large the archive is. */
export interface Metrics {
  readonly mailboxes: readonly {
    readonly aoo: string;
    readonly mailbox: string;
    /** Seconds since the mailbox was last read to its end; null: never. */
    readonly lagSeconds: number | null;
    readonly failures: number;
  }[];
  readonly outbox: { readonly queued: number; readonly oldestSeconds: number };
  readonly messages: { readonly waiting: number; readonly failed: number; readonly forAPerson: number };
  /** Where authorities keep their lists of revoked certificates. */
  readonly revocationLists: readonly {
    readonly issuer: string;
    readonly url: string;
    /** Seconds from now to the end of the list that is held, negative after it; null: none has come yet. */
    readonly secondsLeft: number | null;
    /** Attempts that failed since the last list. */
    readonly failures: number;
  }[];
  /** Opened in the last RECENT_HOURS. */
  readonly exchanges: readonly { readonly direction: string; readonly state: string; readonly count: number }[];
  /** Received in the last RECENT_HOURS, by kind and verdict; both are empty until the mail is judged. */
  readonly mails: readonly { readonly kind: string; readonly verdict: string; readonly count: number }[];
  /** Open tasks of each office. */
  readonly officeTasks: readonly { readonly aoo: string; readonly count: number }[];
  /** Of offices with webhooks: those that the service paused, and deliveries that it gave up. */
  readonly webhooks: readonly { readonly aoo: string; readonly givenUp: number; readonly deadDeliveries: number }[];
  /** Documents of each office whose text waits to be read (10,000 at most), and registrations that nobody has asked yet. */
  readonly texts: readonly { readonly aoo: string; readonly waiting: number; readonly backlog: number }[];
  /** Since each kind of file of the index was last imported, or found unchanged. */
  readonly indexAges: readonly { readonly layout: string; readonly seconds: number }[];
}

export const RECENT_HOURS = 24;

export type ReadMetrics = () => Promise<Metrics>;
