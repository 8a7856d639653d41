import { type AddressOwner, isOwner, type NamedAoo } from '../../domain/exchange/address-owner.ts';
import type { Decision } from '../../domain/exchange/inspection.ts';
import { mailAddress } from '../../kernel/ids.ts';
import { sameText } from '../../kernel/same-text.ts';
import type { MailHeaders } from '../../model/pec.ts';
import type { Correspondent, ProtocolMessage } from '../../model/segnatura.ts';
import type { KeptMail } from '../register/kept-mail.ts';
import type { Judgement } from './judge-mail.ts';

/** A kept mail with its judgement, on its way to a decision. */
export interface JudgedMail extends Judgement {
  readonly kept: KeptMail;
  /** Who the index says sent a certified message without segnatura; absent: nobody it knows. */
  readonly knownSender?: Correspondent;
  /** To whom the index and the layer give the addresses that the decision depends on; absent: nobody was asked. */
  readonly owners?: readonly AddressOwner[];
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

/** Whether the index or the layer gives an address of this mail to that AOO, or to its body. */
export const isAddressOf = ({ owners = [] }: JudgedMail, address: string | null | undefined, aoo: NamedAoo): boolean =>
  isOwner(
    owners.filter((owner) => sameText(owner.address, address)),
    aoo,
  );

/** Who sent it: certified where the envelope says so, else as the mail claims. */
export const senderAddressOf = (mail: JudgedMail): string | null => mail.opened.pec?.sender ?? headersOf(mail).from;

/**
 * Where answers go: to the certified sender. A segnatura may ask for another address (Risposta/IndirizzoTelematico), and could
 * name anybody: it counts where the index or the layer gives both that address and the sender's to the AOO that registered.
 */
export function answerAddressOf(mail: JudgedMail): string {
  const sender = senderAddressOf(mail) ?? '';
  const message = protocolMessageOf(mail);
  const replyTo = message?.replyTo == null ? null : mailAddress(message.replyTo);
  if (message === null || replyTo === null) return sender;
  const aoo = { body: message.identifier.administration, aoo: message.identifier.aoo };
  return isAddressOf(mail, sender, aoo) && isAddressOf(mail, replyTo, aoo) ? replyTo : sender;
}
