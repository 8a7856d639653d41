import { ClientGoneError } from './client-input.ts';
import { type ImapArgument, ImapSyntaxError, wordOf } from './read-command.ts';
import type { Session } from './session.ts';

/** Commands about the connection itself: login, what the server can do, and waiting for news. */

export const CAPABILITIES = 'IMAP4rev1 AUTH=PLAIN SASL-IR LITERAL+ ID IDLE NAMESPACE UIDPLUS UNSELECT';

export function tellCapability(session: Session): string {
  session.say(`* CAPABILITY ${CAPABILITIES}`);
  return 'OK CAPABILITY completed';
}

/** RFC 2971. */
export function tellServerId(session: Session): string {
  session.say('* ID ("name" "PEC sandbox")');
  return 'OK ID completed';
}

export function logOut(session: Session): string {
  session.say('* BYE Goodbye');
  session.ended = true;
  return 'OK LOGOUT completed';
}

export function logIn(session: Session, [user, password]: readonly ImapArgument[]): string {
  return enter(session, wordOf(user, 'The user'), wordOf(password, 'The password'));
}

/** PLAIN (RFC 4616). Its text comes with the command (RFC 4959) or when it is asked for. */
export async function authenticatePlain(
  session: Session,
  [mechanism, initial]: readonly ImapArgument[],
): Promise<string> {
  if (wordOf(mechanism, 'The mechanism').toUpperCase() !== 'PLAIN') return 'NO Only PLAIN is known here';
  let text = initial === undefined ? null : wordOf(initial, 'The text');
  if (text === null) {
    session.say('+ ');
    await session.flush();
    text = await session.input.line(8_192);
  }
  if (text === '*') throw new ImapSyntaxError('AUTHENTICATE was called off');
  const [, user, password] = Buffer.from(text, 'base64').toString('utf8').split('\0');
  if (user === undefined || password === undefined) throw new ImapSyntaxError('Not a text of PLAIN');
  return enter(session, user, password);
}

function enter(session: Session, user: string, password: string): string {
  const inbox = session.options.login(user, password);
  if (inbox === 'disconnect') {
    session.hangUp();
    throw new ClientGoneError('cut off at the login, by order');
  }
  if (inbox === null) return 'NO [AUTHENTICATIONFAILED] Authentication failed';
  session.logIn(user, inbox);
  return `OK [CAPABILITY ${CAPABILITIES}] Logged in`;
}

/**
 * RFC 2177. The client hears of new mail at once, but all mail of one turn of the event loop is announced together: the
 * client then fetches everything that a submission has led to in one go.
 */
export async function idleUntilDone(session: Session): Promise<string> {
  session.say('+ idling');
  session.tellNews('with departures');
  await session.flush();
  let telling = false;
  session.onNews = () => {
    if (telling) return;
    telling = true;
    setImmediate(() => {
      telling = false;
      if (session.onNews === null) return;
      session.tellNews('with departures');
      void session.flush();
    });
  };
  try {
    const line = await session.input.line(1_000);
    if (line.trim().toUpperCase() !== 'DONE') throw new ImapSyntaxError('IDLE ends with DONE');
    return 'OK IDLE completed';
  } finally {
    session.onNews = null;
  }
}
