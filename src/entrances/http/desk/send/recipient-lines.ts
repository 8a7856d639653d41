/**
 * Recipients as a person writes or pastes them, one per line: a code, an address, `Name <code or address>`, or a row of a
 * sheet with the name and the address in two cells. Rows are counted as the person sees them, empty ones included.
 */
import type { NamedRecipient } from '../../../../service/outgoing/resolve-recipients.ts';

export interface RecipientLine {
  /** The first is 1. */
  readonly row: number;
  readonly written: string;
  readonly recipient: NamedRecipient;
}

export const recipientLines = (text: string): readonly RecipientLine[] =>
  text.split('\n').flatMap((line, index) => {
    const written = line.trim();
    return written === '' ? [] : [{ row: index + 1, written, recipient: recipientOf(written) }];
  });

const ANGLED = /^([^<>]*)<([^<>]*)>[\s,;]*$/;

function recipientOf(written: string): NamedRecipient {
  const [, name, target] = ANGLED.exec(written) ?? [];
  if (name !== undefined && target !== undefined) return named(unquoted(name), target.trim());
  const cells = written.split(/[;\t]/).map(unquoted);
  const address = cells.find((cell) => cell.includes('@'));
  if (address === undefined) return unquoted(written.replace(/[;,\s]+$/, ''));
  const others = cells.filter((cell) => cell !== address && cell !== '');
  return named(others.join(' '), address);
}

/** A code needs no name: the index has it. */
const named = (name: string, target: string): NamedRecipient =>
  target.includes('@') ? { name, address: target, taxCode: null } : target;

const unquoted = (cell: string): string =>
  cell
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim();

/** A line for what was chosen from the index or the address book. */
export const lineFor = (name: string, target: string): string => `${name.replace(/[<>\n;]+/g, ' ').trim()} <${target}>`;
