/** How an office reaches its mail provider. */

export interface MailboxAccount {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly user: string;
  readonly password: string;
  readonly folder: string;
  /** PEM of an additional CA for TLS; null: the system's alone. */
  readonly ca: string | null;
}

export interface SmtpAccount {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly user: string | null;
  readonly password: string | null;
  readonly ca: string | null;
}
