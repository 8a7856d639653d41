import type { Addressee } from '../domain/exchange/checks.ts';
import type { Policy } from '../domain/exchange/policy.ts';
import type { AooId, MailAddress } from '../kernel/ids.ts';
import type { MailboxAccount, SmtpAccount } from './ports.ts';

/** An office as it is configured: one AOO, its register, its certified mailboxes. */
export interface Office {
  readonly aoo: AooId;
  readonly administration: string;
  readonly code: string;
  readonly register: string;
  readonly name: string;
  /** The certified address it sends from. */
  readonly address: MailAddress;
  readonly mailboxes: readonly { readonly address: MailAddress; readonly account: MailboxAccount }[];
  readonly smtp: SmtpAccount;
  /** Confirm every registered message (circ. 60 recommends it), or only where the sender asks. */
  readonly confirm: 'always' | 'requested';
  readonly policy: Policy;
}

/** The office as a sender may name it. */
export const addresseeOf = ({ administration, code, address, mailboxes }: Office): Addressee => ({
  administration,
  code,
  addresses: [address, ...mailboxes.map((mailbox) => mailbox.address)],
});
