import type { SmtpVerdict } from '../../domain/delivery/smtp-reply.ts';
import type { SmtpAccount } from '../register/accounts.ts';
import type { MailRecipe } from '../register/mail-recipe.ts';

/**
 * What the SMTP server made of a mail. A connection that breaks after the data is `unreachable` too: the mail may have
 * arrived, and the repeat has the same Message-ID.
 */
export type Handover =
  | {
      readonly outcome: 'accepted';
      readonly response: string;
      /** Recipients refused at RCPT while the mail was taken for the others. */
      readonly refused?: readonly { readonly address: string; readonly response: string }[];
    }
  | (SmtpVerdict & { readonly response: string });

export interface MailSender {
  /**
   * Rejects only when a document of the recipe cannot be read (DocumentsError). When `signal` aborts, the session is cut
   * off and the outcome is `unreachable`.
   */
  send(account: SmtpAccount, recipe: MailRecipe, signal?: AbortSignal): Promise<Handover>;
  close(): Promise<void>;
}
