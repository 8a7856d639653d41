import type { ImapFault } from '../rules.ts';
import { ANSWER_FAULTS, type FetchItem, fetchLine, flagList, readFetchItems } from './fetch.ts';
import type { InboxMessage } from './inbox.ts';
import { atomOf, type ImapArgument, ImapSyntaxError } from './read-command.ts';
import { searchFolder, UnknownCharsetError } from './search.ts';
import type { Session } from './session.ts';
import type { FolderView } from './view.ts';

/** Commands about the messages of the selected folder, by sequence numbers or, after `UID`, by UIDs. */

type By = 'uid' | 'number';

function viewOf({ view }: Session): FolderView {
  if (view === null) throw new ImapSyntaxError('Select a folder first');
  return view;
}

export async function fetchMessages(session: Session, [set, asked]: readonly ImapArgument[], by: By): Promise<string> {
  const view = viewOf(session);
  const items = readFetchItems(asked, by === 'uid');
  const marksSeen = !view.readOnly && items.some((item) => item.marksSeen);
  for (const { number, message } of view.find(atomOf(set, 'A set of messages'), by)) {
    if (await session.mustRefuse(message.uid)) return 'NO [SERVERBUG] Refused by order';
    session.put(fetchLine(number, message, items, faultsAt(session, message, items)));
    if (!marksSeen || message.flags.has('\\Seen')) continue;
    message.flags.add('\\Seen');
    session.say(`* ${number} FETCH (${flagList(message)})`);
  }
  return 'OK FETCH completed';
}

const NONE: ReadonlySet<ImapFault> = new Set();

/** Only faults of what is asked for: a listing must not use up a rule about bodies. */
function faultsAt(session: Session, { uid }: InboxMessage, items: readonly FetchItem[]): ReadonlySet<ImapFault> {
  const asked = new Set(items.map(({ about }) => about));
  const possible = ANSWER_FAULT_NAMES.filter((fault) => asked.has(ANSWER_FAULTS[fault]));
  const orders = possible.length === 0 ? [] : session.ordered(possible, uid);
  return orders.length === 0 ? NONE : new Set(orders.map(({ fault }) => fault));
}
const ANSWER_FAULT_NAMES = Object.keys(ANSWER_FAULTS) as (keyof typeof ANSWER_FAULTS)[];

export function storeFlags(session: Session, [set, how, ...flags]: readonly ImapArgument[], by: By): string {
  const view = viewOf(session);
  if (view.readOnly) return 'NO [READ-ONLY] The folder was opened with EXAMINE';
  const [known, sign, silent] = /^([+-]?)FLAGS(\.SILENT)?$/i.exec(atomOf(how, 'What to do')) ?? [];
  if (known === undefined) throw new ImapSyntaxError('FLAGS, +FLAGS or -FLAGS, with or without .SILENT');
  const named = readFlags(flags);
  for (const { number, message } of view.find(atomOf(set, 'A set of messages'), by)) {
    if (sign === '') message.flags.clear();
    for (const flag of named) {
      if (sign === '-') message.flags.delete(flag);
      else message.flags.add(flag);
    }
    if (message.flags.size > MOST_FLAGS) return 'NO [LIMIT] Too many flags';
    const uid = by === 'uid' ? ` UID ${message.uid}` : '';
    if (silent === undefined) session.say(`* ${number} FETCH (${flagList(message)}${uid})`);
  }
  return 'OK STORE completed';
}

const SYSTEM_FLAGS = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft'];
const MOST_FLAGS = 100;

/** Flags come in a list or one after the other. System flags are returned as RFC 3501 spells them. */
export function readFlags(written: readonly ImapArgument[]): readonly string[] {
  return written.flat().map((one) => {
    const flag = atomOf(one as ImapArgument, 'A flag');
    const known = SYSTEM_FLAGS.find((name) => name.toLowerCase() === flag.toLowerCase());
    if (known === undefined && !/^[^\\\]*%]{1,100}$/.test(flag))
      throw new ImapSyntaxError(`Not a flag: ${flag.slice(0, 50)}`);
    return known ?? flag;
  });
}

export function searchMessages(session: Session, criteria: readonly ImapArgument[], by: By): string {
  try {
    const numbers = searchFolder(viewOf(session), criteria).map(({ number, message }) =>
      by === 'uid' ? message.uid : number,
    );
    session.say(['* SEARCH', ...numbers].join(' '));
    return 'OK SEARCH completed';
  } catch (error) {
    if (error instanceof UnknownCharsetError) return 'NO [BADCHARSET (US-ASCII UTF-8)] Unknown charset';
    throw error;
  }
}

/** EXPUNGE, and UID EXPUNGE with its set (RFC 4315). */
export function expungeDeleted(session: Session, [set]: readonly ImapArgument[], by: By): string {
  const view = viewOf(session);
  if (view.readOnly) return 'NO [READ-ONLY] The folder was opened with EXAMINE';
  const among =
    by === 'uid' ? view.find(atomOf(set, 'A set of UIDs'), by).map(({ message }) => message) : view.messages;
  removeDeleted(view, among);
  return 'OK EXPUNGE completed';
}

function removeDeleted({ inbox }: FolderView, among: readonly InboxMessage[]): void {
  inbox.remove(among.filter(({ flags, gone }) => flags.has('\\Deleted') && !gone));
}

export function closeFolder(session: Session): string {
  const view = viewOf(session);
  if (!view.readOnly) removeDeleted(view, view.messages);
  session.view = null;
  return 'OK CLOSE completed';
}

/** Like CLOSE, but removes nothing (RFC 3691). */
export function unselectFolder(session: Session): string {
  viewOf(session);
  session.view = null;
  return 'OK UNSELECT completed';
}
