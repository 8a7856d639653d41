/** What is counted for whoever watches the service. Asking costs the same however much the archive holds. */
export interface Metrics {
  readonly mailboxes: readonly {
    readonly aoo: string;
    readonly mailbox: string;
    /** Since the mailbox was last read to its end; null: never. */
    readonly lagSeconds: number | null;
    readonly failures: number;
  }[];
  readonly outbox: { readonly queued: number; readonly oldestSeconds: number };
  readonly messages: { readonly waiting: number; readonly failed: number; readonly forAPerson: number };
  /** Those opened in the last 24 hours. */
  readonly exchanges: readonly { readonly direction: string; readonly state: string; readonly count: number }[];
  /** Those that came in the last 24 hours: what they were taken for and what was decided; both empty before that. */
  readonly mails: readonly { readonly kind: string; readonly verdict: string; readonly count: number }[];
}

export type ReadMetrics = () => Promise<Metrics>;
