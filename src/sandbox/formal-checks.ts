import { mailAddress } from '../kernel/ids.ts';
import type { Submission } from './submission.ts';

/** The sender and the recipients as SMTP names them. */
export interface MailEnvelope {
  readonly from: string;
  readonly to: readonly string[];
}

/** The formal checks of RFC 6109, 3.1.1, in the order of the norm: why the message is not accepted, or null. */
export function formalFault(
  { wellFormed, from, to, cc, hasBcc, bytes }: Submission,
  envelope: MailEnvelope,
  limitBytes: number,
): string | null {
  const [author] = from;
  if (!wellFormed) return '5.6.0 - il messaggio non è conforme a RFC 5322';
  if (from.length !== 1 || author === undefined || mailAddress(author) === null) {
    return '5.6.0 - il campo From deve contenere un solo indirizzo';
  }
  if (author !== envelope.from) return '5.7.1 - il campo From non coincide con il mittente della busta (reverse path)';
  if (to.length === 0) return '5.6.0 - manca il campo To';
  if (hasBcc) return '5.6.0 - il campo Bcc non è ammesso';
  const hidden = envelope.to.find((address) => !to.includes(address) && !cc.includes(address));
  if (hidden !== undefined) return `5.6.0 - il destinatario ${hidden} non è presente nei campi To o Cc`;
  if (bytes.length * envelope.to.length > limitBytes) {
    return `5.3.4 - la dimensione moltiplicata per i destinatari supera il limite di ${limitBytes} byte`;
  }
  return null;
}
