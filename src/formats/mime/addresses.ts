import { type MailAddress, mailAddress } from '../../kernel/ids.ts';
import { decodeWords } from './words.ts';

export interface Mailbox {
  readonly name: string;
  readonly address: MailAddress;
}

/**
 * The mailboxes of a From, To or Cc field (RFC 5322 §3.4), in one pass. Quoted names, comments and groups are understood;
 * what is not an address is left out. Two addresses in angle brackets count as two even without a comma.
 */
export function parseAddresses(field: string): readonly Mailbox[] {
  const found: Mailbox[] = [];
  let text = '';
  let angle: string | null = null;
  let comment = 0;
  let quoted = false;
  const flush = () => {
    const address = mailAddress(angle ?? text);
    if (address !== null) found.push({ name: angle === null ? '' : decodeWords(text.trim()), address });
    text = '';
    angle = null;
  };
  let open = false;
  for (let at = 0; at < field.length; at++) {
    const char = field.charAt(at);
    if (char === '\\' && (quoted || comment > 0)) {
      at++;
      if (comment === 0) text += field.charAt(at);
    } else if (comment > 0) {
      if (char === '(') comment++;
      else if (char === ')') comment--;
    } else if (char === '"' && !open) quoted = !quoted;
    else if (quoted) text += char;
    else if (open) {
      if (char === '>') open = false;
      else angle = (angle ?? '') + char;
    } else if (char === '(') comment = 1;
    else if (char === '<') {
      if (angle !== null) flush();
      angle = '';
      open = true;
    } else if (char === ',' || char === ';') flush();
    else if (char === ':')
      text = ''; // the name of a group
    else text += char;
  }
  flush();
  return found;
}

export const addresses = (field: string): readonly MailAddress[] => parseAddresses(field).map(({ address }) => address);
