import type { Socket } from 'node:net';
import { ClientFloodError, ClientGoneError } from './client-input.ts';
import {
  authenticatePlain,
  CAPABILITIES,
  idleUntilDone,
  logIn,
  logOut,
  tellCapability,
  tellServerId,
} from './connection-commands.ts';
import {
  appendMessage,
  examineFolder,
  listFolders,
  listSubscribed,
  ONLY_INBOX,
  selectFolder,
  subscribeFolder,
  tellNamespace,
  tellStatus,
} from './folder-commands.ts';
import {
  closeFolder,
  expungeDeleted,
  fetchMessages,
  searchMessages,
  storeFlags,
  unselectFolder,
} from './message-commands.ts';
import { type ImapArgument, type ImapCommand, ImapSyntaxError, readCommand } from './read-command.ts';
import { type ImapSessionOptions, Session } from './session.ts';

/** IMAP4rev1 (RFC 3501) as far as clients of one mailbox need it, command by command. */

/** The text of the tagged answer: `OK …` or `NO …`. */
type Run = (session: Session, args: readonly ImapArgument[]) => string | Promise<string>;

interface Command {
  /** Which clients may use it. */
  readonly for: 'all' | 'strangers' | 'logged in' | 'selected';
  readonly run: Run;
  /** Its answer must not contain EXPUNGE, which would change the numbers that the client uses (RFC 3501, 7.4.1). */
  readonly keepsNumbers?: true;
}

const forAll = (run: Run): Command => ({ for: 'all', run });
const forStrangers = (run: Run): Command => ({ for: 'strangers', run });
const loggedIn = (run: Run): Command => ({ for: 'logged in', run });
const selected = (run: Run): Command => ({ for: 'selected', run });
const cannot = loggedIn(() => ONLY_INBOX);

const COMMANDS: Readonly<Record<string, Command>> = {
  CAPABILITY: forAll(tellCapability),
  NOOP: forAll(() => 'OK NOOP completed'),
  ID: forAll(tellServerId),
  LOGOUT: forAll(logOut),
  LOGIN: forStrangers(logIn),
  AUTHENTICATE: forStrangers(authenticatePlain),
  SELECT: loggedIn(selectFolder),
  EXAMINE: loggedIn(examineFolder),
  LIST: loggedIn(listFolders),
  LSUB: loggedIn(listSubscribed),
  NAMESPACE: loggedIn(tellNamespace),
  STATUS: loggedIn(tellStatus),
  SUBSCRIBE: loggedIn(subscribeFolder),
  UNSUBSCRIBE: cannot,
  CREATE: cannot,
  DELETE: cannot,
  RENAME: cannot,
  APPEND: loggedIn(appendMessage),
  IDLE: loggedIn(idleUntilDone),
  CHECK: selected(() => 'OK CHECK completed'),
  CLOSE: selected(closeFolder),
  UNSELECT: selected(unselectFolder),
  EXPUNGE: selected((session, args) => expungeDeleted(session, args, 'number')),
  SEARCH: { ...selected((session, args) => searchMessages(session, args, 'number')), keepsNumbers: true },
  FETCH: { ...selected((session, args) => fetchMessages(session, args, 'number')), keepsNumbers: true },
  STORE: { ...selected((session, args) => storeFlags(session, args, 'number')), keepsNumbers: true },
  COPY: { for: 'selected', run: () => ONLY_INBOX },
  'UID EXPUNGE': selected((session, args) => expungeDeleted(session, args, 'uid')),
  'UID SEARCH': selected((session, args) => searchMessages(session, args, 'uid')),
  'UID FETCH': selected((session, args) => fetchMessages(session, args, 'uid')),
  'UID STORE': selected((session, args) => storeFlags(session, args, 'uid')),
  'UID COPY': { for: 'selected', run: () => ONLY_INBOX },
};

const KNOWN = new Map(Object.entries(COMMANDS));

const WORD_BYTES = 4_096;
const MAIL_BYTES = 200 * 1024 * 1024;

/** Serves a client until one side hangs up. */
export async function serveClient(socket: Socket, options: ImapSessionOptions): Promise<void> {
  const session = new Session(socket, options);
  try {
    if (await session.mustRefuse()) session.say('* BYE Refused by order');
    else await converse(session);
  } catch (error) {
    if (error instanceof ClientFloodError) session.say(`* BYE That is too much: ${error.message}`);
    else if (!(error instanceof ClientGoneError)) session.say('* BYE Something broke in the sandbox');
  }
  await session.flush();
  socket.end();
  socket.destroySoon();
}

async function converse(session: Session): Promise<void> {
  session.say(`* OK [CAPABILITY ${CAPABILITIES}] PEC sandbox`);
  const invite = () => {
    session.say('+ Go on');
    void session.flush();
  };
  while (!session.ended) {
    await session.flush();
    const mail = session.inbox === null ? WORD_BYTES : MAIL_BYTES;
    try {
      const command = await readCommand(session.input, { mail, word: WORD_BYTES }, invite);
      session.say(`${command.tag} ${await answerTo(session, command)}`);
    } catch (error) {
      if (!(error instanceof ImapSyntaxError)) throw error;
      session.say(`${error.tag} BAD ${error.message}`);
    }
  }
}

/** Returns the tagged answer without its tag, after the untagged lines have been said. */
async function answerTo(session: Session, { tag, name, arguments: args }: ImapCommand): Promise<string> {
  const command = KNOWN.get(name);
  if (command === undefined) throw new ImapSyntaxError('Unknown command', tag);
  session.command = name;
  if (await session.mustRefuse()) return 'NO [SERVERBUG] Refused by order';
  const refusal = refusalFor(session, command);
  if (refusal !== null) throw new ImapSyntaxError(refusal, tag);
  // New mail is announced first: the command may already ask for it.
  session.tellNews('arrivals only');
  try {
    return await command.run(session, args);
  } catch (error) {
    throw error instanceof ImapSyntaxError ? new ImapSyntaxError(error.message, tag) : error;
  } finally {
    session.tellNews(command.keepsNumbers ? 'arrivals only' : 'with departures');
  }
}

function refusalFor({ inbox, view }: Session, command: Command): string | null {
  if (command.for === 'strangers' && inbox !== null) return 'Already logged in';
  if ((command.for === 'logged in' || command.for === 'selected') && inbox === null) return 'Log in first';
  return command.for === 'selected' && view === null ? 'Select a folder first' : null;
}
