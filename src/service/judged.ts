import type { Decision } from '../domain/exchange/inspection.ts';
import type { JudgedMail } from './judge-mail.ts';
import type { KeptMail } from './store.ts';

/** A kept mail with its judgement, on its way to a settlement. */
export interface Judged {
  readonly kept: KeptMail;
  readonly judged: JudgedMail;
}

/** What a use case made of a mail. */
export interface Outcome {
  readonly exchangeId: string | null;
  /** What a person should know, Italian. */
  readonly note: string | null;
  /** Where the memory of other mails changed the decision. */
  readonly decision?: Decision;
}
