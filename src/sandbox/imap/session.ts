import type { Socket } from 'node:net';
import type { ImapFault } from '../rules.ts';
import { ClientGoneError, ClientInput } from './client-input.ts';
import type { Inbox } from './inbox.ts';
import type { FolderView } from './view.ts';

/** What a session needs to know from the sandbox. */
export interface ImapSessionOptions {
  /** The mailbox that this name and password open, `null` to refuse, `'disconnect'` to hang up. */
  readonly login: (user: string, password: string) => Inbox | 'disconnect' | null;
  /** Those of the faults that are ordered for this moment. Each rule uses up one of its times. */
  readonly ordered: (faults: readonly ImapFault[], moment: ImapMoment) => readonly OrderedFault[];
  /** After so many milliseconds without a byte, the client is sent away. */
  readonly silence?: { readonly beforeLogin: number; readonly afterLogin: number };
}

export interface ImapMoment {
  /** Null before the login. */
  readonly user: string | null;
  readonly command: string;
  /** The mail being fetched; left out for the command as a whole. */
  readonly uid?: number;
}

export interface OrderedFault {
  readonly fault: ImapFault;
  /** Resolves when the order is taken back. */
  readonly released: Promise<void>;
}

/** Half an hour at least (RFC 3501, 5.4); a minute for clients that have not logged in. */
const SILENCE = { beforeLogin: 60_000, afterLogin: 30 * 60_000 };

/** A connected client: who it is, what it has selected, and what is still to be written to it. */
export class Session {
  readonly input: ClientInput;
  readonly options: ImapSessionOptions;
  inbox: Inbox | null = null;
  view: FolderView | null = null;
  /** The client has sent LOGOUT. */
  ended = false;
  /** The command being answered. */
  command = 'GREETING';
  /** Called when the folder changes; set during IDLE. */
  onNews: (() => void) | null = null;
  #user: string | null = null;
  #forget: () => void = () => undefined;
  #unwritten: (string | Buffer)[] = [];
  readonly #socket: Socket;
  readonly #closed: Promise<void>;

  constructor(socket: Socket, options: ImapSessionOptions) {
    this.#socket = socket;
    this.options = options;
    this.input = new ClientInput(socket);
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.setTimeout((options.silence ?? SILENCE).beforeLogin);
    socket.on('timeout', () => {
      socket.write('* BYE Nothing was heard for too long\r\n');
      this.hangUp();
    });
    void this.#closed.then(() => this.#forget());
  }

  logIn(user: string, inbox: Inbox): void {
    this.#user = user;
    this.inbox = inbox;
    this.#socket.setTimeout((this.options.silence ?? SILENCE).afterLogin);
    this.#forget = inbox.watch((news) => {
      if (news === 'renumbered') this.hangUp();
      else this.onNews?.();
    });
  }

  /** Adds one line to what is to be written. */
  say(line: string): void {
    this.#unwritten.push(`${line}\r\n`);
  }

  /** Adds pieces; texts have one character for each byte. */
  put(pieces: readonly (string | Buffer)[]): void {
    this.#unwritten.push(...pieces);
  }

  /** Writes everything in as few packets as possible. Waits while the client reads slowly. */
  async flush(): Promise<void> {
    const socket = this.#socket;
    const pieces = this.#unwritten.splice(0);
    if (socket.destroyed) return;
    socket.cork();
    for (const piece of pieces) {
      if (typeof piece === 'string') socket.write(piece, 'latin1');
      else socket.write(piece);
    }
    socket.uncork();
    if (!socket.writableNeedDrain) return;
    await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), this.#closed]);
  }

  /** Announces what has changed in the selected folder. */
  tellNews(departures: 'with departures' | 'arrivals only'): void {
    if (this.view === null) return;
    if (departures === 'with departures') for (const line of this.view.departures()) this.say(line);
    for (const line of this.view.arrivals()) this.say(line);
  }

  ordered(faults: readonly ImapFault[], uid?: number): readonly OrderedFault[] {
    const moment = { user: this.#user, command: this.command };
    return this.options.ordered(faults, uid === undefined ? moment : { ...moment, uid });
  }

  /** Stalls or hangs up where a rule says so. True: a rule says that the command is refused. */
  async mustRefuse(uid?: number): Promise<boolean> {
    const [order] = this.ordered(['stall', 'disconnect', 'refuse'], uid);
    if (order === undefined) return false;
    if (order.fault === 'refuse') return true;
    await this.flush();
    if (order.fault === 'stall') await Promise.race([order.released, this.#closed]);
    else this.hangUp();
    if (this.#socket.destroyed) throw new ClientGoneError('cut off by order');
    return false;
  }

  hangUp(): void {
    this.#socket.destroy();
  }
}
