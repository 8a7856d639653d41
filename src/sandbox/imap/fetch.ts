import type { ImapFault } from '../rules.ts';
import type { InboxMessage } from './inbox.ts';
import { internalDate } from './internal-date.ts';
import { readSection } from './message-sections.ts';
import { bodyStructureOf, envelopeOf } from './message-structure.ts';
import { atomOf, type ImapArgument, ImapSyntaxError } from './read-command.ts';

/** A piece of the answer to FETCH: a text, and the literal that the text announces, if any. */
type Written = readonly [text: string, literal?: Buffer];

/** One thing that a client asks of each message. */
export interface FetchItem {
  /** Faults can be ordered for bodies, sizes and dates. */
  readonly about: 'body' | 'size' | 'date' | 'else';
  /** BODY[…], unlike BODY.PEEK[…], sets \Seen. */
  readonly marksSeen: boolean;
  write(message: InboxMessage, faults: ReadonlySet<ImapFault>): Written;
}

const MACROS: Readonly<Record<string, readonly string[]>> = {
  FAST: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'],
  ALL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE'],
  FULL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY'],
};

/** The items of a FETCH: a macro, one item or a list. The answer to `UID FETCH` always has the UID. */
export function readFetchItems(asked: ImapArgument | undefined, byUid: boolean): readonly FetchItem[] {
  const names = Array.isArray(asked) ? asked.map((one) => atomOf(one, 'An item')) : [atomOf(asked, 'What to fetch')];
  const [first = ''] = names;
  const expanded = (names.length === 1 && MACROS[first.toUpperCase()]) || names;
  const missing = byUid && !expanded.some((name) => name.toUpperCase() === 'UID');
  return [...(missing ? ['UID'] : []), ...expanded].map(readItem);
}

const plain = (about: FetchItem['about'], write: FetchItem['write']): FetchItem => ({ about, marksSeen: false, write });

export const flagList = ({ flags }: InboxMessage): string => `FLAGS (${[...flags].join(' ')})`;

const ITEMS: Readonly<Record<string, FetchItem>> = {
  UID: plain('else', ({ uid }) => [`UID ${uid}`]),
  FLAGS: plain('else', (message) => [flagList(message)]),
  INTERNALDATE: plain('date', ({ arrivedAt }) => [`INTERNALDATE "${internalDate(arrivedAt)}"`]),
  'RFC822.SIZE': plain('size', ({ bytes: { length } }, faults) => [
    `RFC822.SIZE ${faults.has('size-understated') ? Math.floor(length / 2) : length}`,
  ]),
  ENVELOPE: plain('else', ({ bytes }) => [`ENVELOPE ${envelopeOf(bytes)}`]),
  BODY: plain('else', ({ bytes }) => [`BODY ${bodyStructureOf(bytes, 'basic')}`]),
  BODYSTRUCTURE: plain('else', ({ bytes }) => [`BODYSTRUCTURE ${bodyStructureOf(bytes, 'extended')}`]),
  RFC822: sectionItem('RFC822', '', true),
  'RFC822.HEADER': sectionItem('RFC822.HEADER', 'HEADER', false),
  'RFC822.TEXT': sectionItem('RFC822.TEXT', 'TEXT', true),
};

const BODY_SECTION = /^BODY(\.PEEK)?\[([^\]]*)\](?:<(\d{1,10})\.(\d{1,10})>)?$/i;

function readItem(name: string): FetchItem {
  const known = ITEMS[name.toUpperCase()];
  if (known !== undefined) return known;
  const [found, peek, section = '', start, length] = BODY_SECTION.exec(name) ?? [];
  if (found === undefined) throw new ImapSyntaxError(`Unknown item: ${name.slice(0, 50)}`);
  const label = `BODY[${section}]`;
  if (start === undefined) return sectionItem(label, section, peek === undefined);
  const [from, to] = [Number(start), Number(start) + Number(length)];
  // The answer repeats the offset, not the length: BODY[]<0> (RFC 3501, 7.4.2).
  return sectionItem(`${label}<${from}>`, section, peek === undefined, (bytes) => bytes.subarray(from, to));
}

function sectionItem(
  label: string,
  section: string,
  marksSeen: boolean,
  partOf: (bytes: Buffer) => Buffer = (bytes) => bytes,
): FetchItem {
  const cut = readSection(section);
  return {
    about: 'body',
    marksSeen,
    write({ bytes }, faults) {
      const found = cut(bytes);
      if (found === null) return [`${label} ""`];
      const part = partOf(faults.has('body-cut') ? found.subarray(0, Math.floor(found.length / 2)) : found);
      return [`${label} {${part.length}}\r\n`, part];
    },
  };
}

/** Faults that change an answer, and the item they change. */
export const ANSWER_FAULTS = {
  'body-missing': 'body',
  'body-cut': 'body',
  'size-understated': 'size',
  'date-missing': 'date',
} as const satisfies Partial<Record<ImapFault, FetchItem['about']>>;

/** The line about one message, in pieces, so that bodies are written without being copied. */
export function fetchLine(
  number: number,
  message: InboxMessage,
  items: readonly FetchItem[],
  faults: ReadonlySet<ImapFault>,
): readonly (string | Buffer)[] {
  const shown = items.filter(
    ({ about }) =>
      !(about === 'body' && faults.has('body-missing')) && !(about === 'date' && faults.has('date-missing')),
  );
  const pieces: (string | Buffer)[] = [];
  let text = `* ${number} FETCH (`;
  for (const [index, item] of shown.entries()) {
    const [own, literal] = item.write(message, faults);
    text += `${index === 0 ? '' : ' '}${own}`;
    if (literal === undefined) continue;
    pieces.push(text, literal);
    text = '';
  }
  pieces.push(`${text})\r\n`);
  return pieces;
}
