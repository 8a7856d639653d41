import type { Decision } from '../../domain/exchange/inspection.ts';
import type { Correspondent } from '../../model/segnatura.ts';
import type { KeptMail } from '../register/store.ts';
import type { JudgedMail } from './judge-mail.ts';

/** A kept mail with its judgement, on its way to a settlement. */
export interface Judged {
  readonly kept: KeptMail;
  readonly judged: JudgedMail;
  /** Who the index says sent a message without segnatura; absent or null: nobody it knows. */
  readonly knownSender?: Correspondent | null;
}

/** What a use case made of a mail. */
export interface Outcome {
  readonly exchangeId: string | null;
  /** What a person should know, Italian. */
  readonly note: string | null;
  /** Where the memory of other mails changed the decision. */
  readonly decision?: Decision;
}
