import type { Inbox } from './inbox.ts';
import { readInternalDate } from './internal-date.ts';
import { readFlags } from './message-commands.ts';
import { atomOf, type ImapArgument, ImapSyntaxError, wordOf } from './read-command.ts';
import type { Session } from './session.ts';
import { FolderView } from './view.ts';

/** Commands about folders. INBOX is the only one; it cannot be renamed or deleted, and no other can be made. */

const MISSING = 'NO [NONEXISTENT] There is no folder but INBOX';
export const ONLY_INBOX = 'NO [CANNOT] There is no folder but INBOX, and none can be made';

const isInbox = (name: string): boolean => name.toUpperCase() === 'INBOX';

/** These commands are dispatched only after the login. */
function inboxOf({ inbox }: Session): Inbox {
  if (inbox === null) throw new ImapSyntaxError('Log in first');
  return inbox;
}

export const selectFolder = (session: Session, args: readonly ImapArgument[]): string => open(session, args, false);
export const examineFolder = (session: Session, args: readonly ImapArgument[]): string => open(session, args, true);

function open(session: Session, [name]: readonly ImapArgument[], readOnly: boolean): string {
  // Even a failed SELECT deselects the folder (RFC 3501, 6.3.1).
  session.view = null;
  if (!isInbox(wordOf(name, 'The name of a folder'))) return MISSING;
  const inbox = inboxOf(session);
  const view = new FolderView(inbox, readOnly);
  session.view = view;
  const flags = '\\Answered \\Flagged \\Deleted \\Seen \\Draft';
  session.say(`* FLAGS (${flags})`);
  session.say(`* OK [PERMANENTFLAGS (${readOnly ? '' : `${flags} \\*`})] Flags live as long as the sandbox`);
  session.say(`* ${view.messages.length} EXISTS`);
  session.say('* 0 RECENT');
  const unseen = view.messages.findIndex((message) => !message.flags.has('\\Seen'));
  if (unseen >= 0) session.say(`* OK [UNSEEN ${unseen + 1}] First unread message`);
  const uidValidity = uidValidityOf(session, inbox);
  if (uidValidity !== null) session.say(`* OK [UIDVALIDITY ${uidValidity}] UIDs are valid`);
  session.say(`* OK [UIDNEXT ${inbox.uidNext}] Predicted next UID`);
  return readOnly ? 'OK [READ-ONLY] EXAMINE completed' : 'OK [READ-WRITE] SELECT completed';
}

function uidValidityOf(session: Session, { uidValidity }: Inbox): number | null {
  const [order] = session.ordered(['uidvalidity-missing', 'uidvalidity-changed']);
  if (order === undefined) return uidValidity;
  return order.fault === 'uidvalidity-missing' ? null : uidValidity + 1;
}

export const listFolders = (session: Session, args: readonly ImapArgument[]): string =>
  tellFolders(session, 'LIST', args);
export const listSubscribed = (session: Session, args: readonly ImapArgument[]): string =>
  tellFolders(session, 'LSUB', args);

function tellFolders(session: Session, name: 'LIST' | 'LSUB', [reference, asked]: readonly ImapArgument[]): string {
  const pattern = wordOf(reference, 'The reference') + wordOf(asked, 'The pattern');
  // An empty pattern asks for the delimiter (RFC 3501, 6.3.8).
  if (pattern === '') session.say(`* ${name} (\\Noselect) "/" ""`);
  else if (matches(pattern, 'INBOX')) session.say(`* ${name} (\\HasNoChildren) "/" INBOX`);
  return `OK ${name} completed`;
}

function matches(pattern: string, name: string): boolean {
  const escaped = pattern.slice(0, 500).replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/[*%]+/g, '.*')}$`, 'i').test(name);
}

export function tellNamespace(session: Session): string {
  session.say('* NAMESPACE (("" "/")) NIL NIL');
  return 'OK NAMESPACE completed';
}

export function tellStatus(session: Session, [name, asked]: readonly ImapArgument[]): string {
  if (!isInbox(wordOf(name, 'The name of a folder'))) return MISSING;
  if (!Array.isArray(asked)) throw new ImapSyntaxError('What to tell of the folder is missing');
  const inbox = inboxOf(session);
  const told = asked.flatMap((one): readonly string[] => {
    const item = atomOf(one, 'An item').toUpperCase();
    const value = item === 'UIDVALIDITY' ? uidValidityOf(session, inbox) : STATUS_ITEMS[item]?.(inbox);
    if (value === undefined) throw new ImapSyntaxError(`Unknown item: ${item.slice(0, 50)}`);
    return value === null ? [] : [`${item} ${value}`];
  });
  session.say(`* STATUS INBOX (${told.join(' ')})`);
  return 'OK STATUS completed';
}

const STATUS_ITEMS: Readonly<Record<string, (inbox: Inbox) => number>> = {
  MESSAGES: ({ messages }) => messages.length,
  RECENT: () => 0,
  UIDNEXT: ({ uidNext }) => uidNext,
  UNSEEN: ({ messages }) => messages.filter(({ flags }) => !flags.has('\\Seen')).length,
};

/** INBOX is always subscribed to. */
export const subscribeFolder = (_: Session, [name]: readonly ImapArgument[]): string =>
  isInbox(wordOf(name, 'The name of a folder')) ? 'OK INBOX is always subscribed to' : MISSING;

/** Arguments: the folder, then flags and date if given, then the mail. */
export function appendMessage(session: Session, args: readonly ImapArgument[]): string {
  const [name, ...rest] = args;
  const mail = rest.pop();
  if (!(mail instanceof Uint8Array)) throw new ImapSyntaxError('The message is missing');
  const flags = Array.isArray(rest[0]) ? readFlags([rest.shift() ?? []]) : [];
  const date = rest.length > 0 ? readInternalDate(wordOf(rest[0], 'The date')) : new Date();
  if (!isInbox(wordOf(name, 'The name of a folder'))) return MISSING.replace('NONEXISTENT', 'TRYCREATE');
  const inbox = inboxOf(session);
  const { uid } = inbox.append(mail as Buffer, date, flags);
  return `OK [APPENDUID ${inbox.uidValidity} ${uid}] APPEND completed`;
}
