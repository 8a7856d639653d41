import type { Decision } from '../../domain/exchange/inspection.ts';
import type { MailHeaders } from '../../model/pec.ts';
import type { Correspondent, ProtocolMessage } from '../../model/segnatura.ts';
import type { KeptMail } from '../register/kept-mail.ts';
import type { Judgement } from './judge-mail.ts';

/** A kept mail with its judgement, on its way to a decision. */
export interface JudgedMail extends Judgement {
  readonly kept: KeptMail;
  /** Who the index says sent a certified message without segnatura; absent: nobody it knows. */
  readonly knownSender?: Correspondent;
}

/** What was made of it. */
export interface Outcome {
  readonly exchangeId: string | null;
  /** What a person should know, Italian. */
  readonly note: string | null;
  /** Where what is known of other mails changed the decision. */
  readonly decision?: Decision;
}

/** The protocol message in it; null where there is none that counts. */
export const protocolMessageOf = ({ inspection, reading }: JudgedMail): ProtocolMessage | null =>
  inspection.kind === 'protocol-message' && reading?.message?.kind === 'protocol-message' ? reading.message : null;

/** Headers of what a person wrote; where there is no such message, of the mail itself. */
export const headersOf = ({ opened }: JudgedMail): MailHeaders => opened.contentHeaders ?? opened.headers;

/** Who sent it: certified where the envelope says so, else as the mail claims. */
export const senderAddressOf = (mail: JudgedMail): string | null => mail.opened.pec?.sender ?? headersOf(mail).from;
