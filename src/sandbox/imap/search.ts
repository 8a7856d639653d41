import { decodedContent, leavesOf, readMimeTree } from '../mime-tree.ts';
import { decodeHeaderText, headerValue, readHeaders } from '../submission.ts';
import type { InboxMessage } from './inbox.ts';
import { dayNumber, readDay } from './internal-date.ts';
import { isMessageSet } from './message-set.ts';
import { atomOf, type ImapArgument, ImapSyntaxError, wordOf } from './read-command.ts';
import type { FolderView, NumberedMessage } from './view.ts';

type Test = (found: NumberedMessage) => boolean;

/** The charset of the criteria is unknown: the answer is NO, not BAD (RFC 3501, 6.4.4). */
export class UnknownCharsetError extends Error {
  override readonly name = 'UnknownCharsetError';
}

/** Criteria can be nested without parentheses: `NOT NOT …`. */
const MOST_KEYS = 500;

const countOf = (keys: readonly ImapArgument[]): number =>
  keys.reduce<number>((sum, key) => sum + (Array.isArray(key) ? countOf(key) : 1), 0);

/** SEARCH (RFC 3501, 6.4.4). The most common search is for UIDs alone; it does not look at the other messages. */
export function searchFolder(view: FolderView, criteria: readonly ImapArgument[]): readonly NumberedMessage[] {
  const keys = [...criteria];
  if (typeof keys[0] === 'string' && keys[0].toUpperCase() === 'CHARSET') {
    const [, charset] = keys.splice(0, 2);
    if (!/^(?:us-ascii|utf-8)$/i.test(wordOf(charset, 'The charset'))) throw new UnknownCharsetError();
  }
  if (countOf(keys) > MOST_KEYS) throw new ImapSyntaxError('Too many criteria');
  const [key, set, ...more] = keys;
  if (typeof key === 'string' && key.toUpperCase() === 'UID' && more.length === 0)
    return view.find(atomOf(set, 'A set of UIDs'), 'uid');
  const test = readAll(view, keys);
  return view.messages.map((message, index) => ({ number: index + 1, message })).filter(test);
}

/** All criteria of a list must hold. */
function readAll(view: FolderView, criteria: readonly ImapArgument[]): Test {
  const rest = [...criteria];
  if (rest.length === 0) throw new ImapSyntaxError('Criteria are missing');
  const tests: Test[] = [];
  while (rest.length > 0) tests.push(readKey(view, rest));
  return (found) => tests.every((test) => test(found));
}

const FLAG_KEYS: Readonly<Record<string, string>> = {
  ANSWERED: '\\Answered',
  DELETED: '\\Deleted',
  DRAFT: '\\Draft',
  FLAGGED: '\\Flagged',
  SEEN: '\\Seen',
};

const hasFlag =
  (flag: string): Test =>
  ({ message }) =>
    message.flags.has(flag);

const not =
  (test: Test): Test =>
  (found) =>
    !test(found);

/** Removes one key and its arguments from the front. */
function readKey(view: FolderView, rest: ImapArgument[]): Test {
  const first = rest.shift();
  if (Array.isArray(first)) return readAll(view, first);
  const key = atomOf(first as Exclude<ImapArgument, readonly ImapArgument[]> | undefined, 'A key').toUpperCase();
  const word = () => wordOf(rest.shift(), `The argument of ${key}`);
  const flag = FLAG_KEYS[key.replace(/^UN/, '')];
  if (flag !== undefined) return key.startsWith('UN') ? not(hasFlag(flag)) : hasFlag(flag);
  const byText = TEXT_KEYS[key];
  if (byText !== undefined) return contains(byText, word());
  const byDay = DAY_KEYS[key];
  if (byDay !== undefined) return byDay(readDay(word()));
  switch (key) {
    case 'ALL':
    case 'OLD':
      return () => true;
    case 'NEW':
    case 'RECENT':
      return () => false;
    case 'KEYWORD':
      return hasFlag(word());
    case 'UNKEYWORD':
      return not(hasFlag(word()));
    case 'LARGER':
    case 'SMALLER': {
      const size = Number(word());
      return ({ message }) => (key === 'LARGER' ? message.bytes.length > size : message.bytes.length < size);
    }
    case 'HEADER':
      return contains(headerText(word().toLowerCase()), word());
    case 'NOT':
      return not(readKey(view, rest));
    case 'OR': {
      const [one, other] = [readKey(view, rest), readKey(view, rest)];
      return (found) => one(found) || other(found);
    }
    case 'UID':
      return member(view, word(), 'uid');
    default:
      if (isMessageSet(key)) return member(view, key, 'number');
      throw new ImapSyntaxError(`Unknown key: ${key.slice(0, 50)}`);
  }
}

function member(view: FolderView, set: string, by: 'uid' | 'number'): Test {
  const members = new Set(view.find(set, by).map(({ number }) => number));
  return ({ number }) => members.has(number);
}

/** Null: the message has no such header. */
type TextOf = (message: InboxMessage) => string | null;

const headersOf = ({ bytes }: InboxMessage) => readHeaders(bytes, 0, bytes.length);

const headerText =
  (name: string): TextOf =>
  (message) => {
    const { headers } = headersOf(message);
    const own = headers.filter(([key]) => key.toLowerCase() === name);
    return own.length === 0 ? null : own.map((header) => decodeHeaderText(headerValue([header], name))).join('\n');
  };

const TEXT_KEYS: Readonly<Record<string, TextOf>> = {
  BCC: headerText('bcc'),
  CC: headerText('cc'),
  FROM: headerText('from'),
  SUBJECT: headerText('subject'),
  TO: headerText('to'),
  BODY: ({ bytes }) => bodyText(bytes),
  TEXT: (message) =>
    `${headersOf(message)
      .headers.map(([, value]) => decodeHeaderText(value))
      .join('\n')}\n${bodyText(message.bytes)}`,
};

/** The readable part of a message: its text parts, decoded. */
const bodyText = (message: Buffer): string =>
  leavesOf(readMimeTree(message))
    .filter(({ type }) => /^(?:text|message)\//.test(type))
    .map((leaf) => decodedContent(message, leaf).toString('utf8'))
    .join('\n');

const contains = (text: TextOf, word: string): Test => {
  const wanted = word.toLowerCase();
  return ({ message }) => text(message)?.toLowerCase().includes(wanted) ?? false;
};

const arrival = ({ message }: NumberedMessage): number => dayNumber(message.arrivedAt);
const sent = ({ message }: NumberedMessage): number => {
  const { headers } = headersOf(message);
  // A message without a readable date is older than any.
  return dayNumber(new Date(headerValue(headers, 'date'))) || 0;
};

const DAY_KEYS: Readonly<Record<string, (day: number) => Test>> = {
  BEFORE: (day) => (found) => arrival(found) < day,
  ON: (day) => (found) => arrival(found) === day,
  SINCE: (day) => (found) => arrival(found) >= day,
  SENTBEFORE: (day) => (found) => sent(found) < day,
  SENTON: (day) => (found) => sent(found) === day,
  SENTSINCE: (day) => (found) => sent(found) >= day,
};
