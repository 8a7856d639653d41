import type hoodiecrow from 'hoodiecrow-imap';
import uidFetch from 'hoodiecrow-imap/lib/commands/uid fetch.js';
import uidSearch from 'hoodiecrow-imap/lib/commands/uid search.js';

/**
 * What a reader of whole mails asks again and again, answered without walking through the mailbox or the mail: UID, size,
 * date and BODY.PEEK[] by UID FETCH, and UID SEARCH by UID alone. hoodiecrow compares every message of the mailbox with
 * every range, and copies a mail four times on its way out. All else is left to it.
 */
export function straightFetch(server: hoodiecrow.ImapServer): void {
  server.getMessageRange = messageRange;
  server.setCommandHandler('UID FETCH', (connection, parsed, data, callback) => {
    const [asked, query, ...more] = parsed.attributes ?? [];
    const range = rangeOf(asked);
    const items = [query ?? []].flat().map(readItem);
    const known = items.filter((item) => item !== null);
    const folder = connection.selectedMailbox;
    if (connection.state !== 'Selected' || !folder || range === null || more.length > 0 || known.length < items.length)
      return uidFetch(connection, parsed, data, callback);
    // The whole answer in one piece.
    connection.socket?.cork();
    for (const [number, message] of messageRange(folder, range, true)) {
      write(connection.socket, number, message, known);
    }
    done(connection, parsed, 'UID FETCH Completed');
    connection.socket?.uncork();
    return callback();
  });
  server.setCommandHandler('UID SEARCH', (connection, parsed, data, callback) => {
    const [key, asked, ...more] = parsed.attributes ?? [];
    const range = rangeOf(asked);
    const folder = connection.selectedMailbox;
    const byUid = key !== undefined && 'value' in key && key.value.toUpperCase() === 'UID' && more.length === 0;
    if (connection.state !== 'Selected' || !folder || range === null || !byUid)
      return uidSearch(connection, parsed, data, callback);
    const uids = messageRange(folder, range, true).map(([, { uid }]) => uid);
    if (uids.length > 0) connection.socket?.write(`* SEARCH ${uids.join(' ')}\r\n`);
    done(connection, parsed, 'UID SEARCH completed');
    return callback();
  });
}

function done(connection: hoodiecrow.Connection, parsed: hoodiecrow.Parsed, value: string): void {
  connection.send({ tag: parsed.tag, command: 'OK', attributes: [{ type: 'TEXT', value }] }, '', parsed);
}

const rangeOf = (asked: hoodiecrow.Attribute | readonly hoodiecrow.Attribute[] | undefined): string | null =>
  asked !== undefined && 'value' in asked && (asked.type === 'ATOM' || asked.type === 'SEQUENCE') ? asked.value : null;

/** A part of the answer: text, or a text that ends where a literal follows. */
type Item = (message: hoodiecrow.Message) => readonly [text: string, literal?: Buffer];

const ITEMS: Readonly<Record<string, Item>> = {
  UID: ({ uid }) => [`UID ${uid}`],
  'RFC822.SIZE': ({ bytes }) => [`RFC822.SIZE ${bytes.length}`],
  INTERNALDATE: ({ internaldate }) => [`INTERNALDATE "${internaldate}"`],
};

/** Null: hoodiecrow's business. */
function readItem({ type, value, section, partial }: hoodiecrow.Attribute): Item | null {
  const name = value.toUpperCase();
  if (type === 'ATOM' && section === undefined) return ITEMS[name] ?? null;
  if (type !== 'ATOM' || name !== 'BODY.PEEK' || section === undefined || section.length > 0) return null;
  const [start, length] = partial ?? [];
  return ({ bytes }) => {
    const from = start ?? 0;
    const asked = bytes.subarray(from, length === undefined ? undefined : from + length);
    // The answer names the offset only: BODY[]<0> (RFC 3501, 7.4.2).
    return [`BODY[]${start === undefined ? '' : `<${start}>`} {${asked.length}}\r\n`, asked];
  };
}

function write(
  socket: hoodiecrow.Connection['socket'],
  number: number,
  message: hoodiecrow.Message,
  items: readonly Item[],
): void {
  if (!socket || socket.destroyed) return;
  let text = `* ${number} FETCH (`;
  for (const [index, item] of items.entries()) {
    const [own, literal] = item(message);
    text += `${index === 0 ? '' : ' '}${own}`;
    if (literal === undefined) continue;
    socket.write(text, 'latin1');
    socket.write(literal);
    text = '';
  }
  socket.write(`${text})\r\n`, 'latin1');
}

/** As hoodiecrow's own, but its cost is that of the answer: UIDs ascend, so that every range is found by halving. */
function messageRange(
  mailbox: hoodiecrow.Folder | readonly hoodiecrow.Message[],
  range: string,
  isUid: boolean,
): [number: number, message: hoodiecrow.Message][] {
  const messages = 'messages' in mailbox ? mailbox.messages : mailbox;
  const last = isUid ? (messages.at(-1)?.uid ?? 0) : messages.length;
  const bound = (text: string | undefined, otherwise: number) =>
    text === '*' ? last || otherwise : Number(text) || otherwise;
  /** How many messages lie below. */
  const below = (value: number): number => {
    if (!isUid) return Math.min(messages.length, Math.max(0, value - 1));
    let [from, to] = [0, messages.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((messages[middle]?.uid ?? 0) < value) from = middle + 1;
      else to = middle;
    }
    return from;
  };
  const spans = range
    .split(',')
    .map((part) => {
      const [first, second] = part.split(':');
      const from = bound(first, 1);
      const to = bound(second, from);
      return [below(Math.min(from, to)), below(Math.max(from, to) + 1)] as const;
    })
    .sort(([a], [b]) => a - b);
  const found: [number, hoodiecrow.Message][] = [];
  let next = 0;
  for (const [from, to] of spans) {
    for (next = Math.max(next, from); next < to; next += 1) {
      const message = messages[next];
      if (message) found.push([next + 1, message]);
    }
  }
  return found;
}
