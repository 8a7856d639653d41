import type { Addressee } from '../../domain/exchange/checks.ts';
import { STANDARD_DEADLINES } from '../../domain/exchange/deadlines.ts';
import type { Policy } from '../../domain/exchange/problem-policy.ts';
import type { Awaited } from '../../domain/exchange/step.ts';
import type { SealSigner } from '../../formats/seal/sealer.ts';
import type { AooId, MailAddress } from '../../kernel/ids.ts';
import { LIMITS } from '../../kernel/limits.ts';
import type { MailboxAccount, SmtpAccount } from './accounts.ts';

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
  /** Who numbers: this register, or the office's own protocol system, which tells us its numbers. */
  readonly numbering: 'own' | 'external';
  /** After how long a person is told that something awaited has not come, in seconds. */
  readonly deadlines: Readonly<Record<Awaited, number>>;
  /** Which certified messages without segnatura are registered without asking a person; the first rule that fits counts. */
  readonly plainMail: readonly PlainMailRule[];
  /** Seals what goes out as 3.0.0; null: such messages cannot be sent. */
  readonly signer: SealSigner | null;
  /** So many automatic answers at most go to one address in an hour. */
  readonly answersPerHour: number;
  /** What the provider takes in one mail: its bytes times its recipients. */
  readonly mailLimit: number;
  readonly dailyRegister: DailyRegisterRules;
}

export interface DailyRegisterRules {
  /** Of days without registrations and changes: made as a proof that there were none, or left out. */
  readonly emptyDays: 'made' | 'skipped';
  /** The first day that is closed here, `yyyy-mm-dd`; null: that of the first registration. */
  readonly from: string | null;
}

/** Every part that is given must fit; case is ignored. */
export interface PlainMailRule {
  /** A certified address, or `@domain` for all of one. */
  readonly from?: string;
  /** Words the subject must contain. */
  readonly subject?: string;
  /** The mailbox it came to. */
  readonly to?: string;
  /** The office inside the AOO it is assigned to. */
  readonly office?: string;
  readonly classification?: string;
}

/** What an office has unless its configuration says otherwise. */
export const STANDARD = {
  confirm: 'always',
  policy: new Map(),
  numbering: 'own',
  deadlines: STANDARD_DEADLINES,
  plainMail: [],
  signer: null,
  /** More than a correspondent ever has in an hour, and few enough to be harmless to the one who gets them. */
  answersPerHour: 500,
  mailLimit: LIMITS.sentBytes,
  dailyRegister: { emptyDays: 'made', from: null },
} as const satisfies Partial<Office>;

/** The names and addresses by which a sender may mean this office. */
export const addresseeOf = ({ administration, code, address, mailboxes }: Office): Addressee => ({
  administration,
  code,
  addresses: [address, ...mailboxes.map((mailbox) => mailbox.address)],
});
