import { ClientFloodError, type ClientInput } from './client-input.ts';

/** A command (RFC 3501, 9). */
export interface ImapCommand {
  readonly tag: string;
  /** In capitals, `UID FETCH` as one name. */
  readonly name: string;
  readonly arguments: readonly ImapArgument[];
}

/** An atom is a string; a quoted string or a literal is bytes; a parenthesised list is an array. */
export type ImapArgument = string | Buffer | readonly ImapArgument[];

/** What the client wrote is not IMAP. The answer is BAD, and the connection goes on. */
export class ImapSyntaxError extends Error {
  override readonly name = 'ImapSyntaxError';
  readonly tag: string;

  constructor(message: string, tag = '*') {
    super(message);
    this.tag = tag;
  }
}

/** RFC 7162, 4, asks servers to take lines of at least 8192 bytes. */
const LINE_BYTES = 64 * 1024;
const NESTING = 20;

/** The literal of APPEND is a mail; any other is a name, a password or a word to search for. */
export interface LiteralLimits {
  readonly mail: number;
  readonly word: number;
}

/** Waits for the next command. `invite` asks the client for a literal that it has announced. */
export async function readCommand(input: ClientInput, limits: LiteralLimits, invite: () => void): Promise<ImapCommand> {
  const pieces: (string | Buffer)[] = [];
  let room = LINE_BYTES;
  for (;;) {
    const line = await input.line(room);
    room -= line.length;
    pieces.push(line);
    const [announced, digits, unasked] = /\{(\d{1,10})(\+?)\}$/.exec(line) ?? [];
    if (announced === undefined) return parse(pieces);
    const size = Number(digits);
    const [first = ''] = pieces;
    const isMail = /^\S+ APPEND /i.test(String(first));
    if (size > (isMail ? limits.mail : limits.word)) {
      // These bytes follow without being asked for: the next command would come only after them (RFC 7888, 4).
      if (unasked === '+') throw new ClientFloodError(`a literal of ${size} bytes`);
      throw new ImapSyntaxError(`Literal too large: ${size} bytes`, tagOf(pieces));
    }
    if (!isMail) room -= size;
    pieces[pieces.length - 1] = line.slice(0, -announced.length);
    if (unasked !== '+') invite();
    pieces.push(await input.bytes(size));
  }
}

const tagOf = ([first = '']: readonly (string | Buffer)[]): string =>
  /^[^\s()"{*%\\+]{1,100}(?= )/.exec(String(first))?.[0] ?? '*';

function parse(pieces: readonly (string | Buffer)[]): ImapCommand {
  const tag = tagOf(pieces);
  const [head, ...rest] = pieces;
  const [start, verb = ''] = /^\S+ ((?:UID )?[A-Za-z]+) ?/i.exec(String(head)) ?? [];
  if (tag === '*' || start === undefined) throw new ImapSyntaxError('A tag and a command are needed', tag);
  const args = parseArguments([String(head).slice(start.length), ...rest], tag);
  return { tag, name: verb.toUpperCase(), arguments: args };
}

/** An atom includes all that is in its brackets: `BODY.PEEK[HEADER.FIELDS (To)]<0.512>`. */
const TOKEN = /( +)|([()])|"((?:[^"\\]|\\["\\])*)"|((?:[^ ()"{[\x00-\x1f\x7f]|\[[^\]]*\])+)/y;

function parseArguments(pieces: readonly (string | Buffer)[], tag: string): readonly ImapArgument[] {
  const whole: ImapArgument[] = [];
  const open: ImapArgument[][] = [whole];
  const add = (argument: ImapArgument) => open.at(-1)?.push(argument);
  for (const piece of pieces) {
    if (typeof piece !== 'string') {
      add(piece);
      continue;
    }
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < piece.length) {
      const token = TOKEN.exec(piece);
      if (token === null) throw new ImapSyntaxError('Unreadable arguments', tag);
      const [, , parenthesis, quoted, atom] = token;
      if (parenthesis === '(') open.push([]);
      else if (parenthesis === ')') {
        const list = open.pop();
        if (list === undefined || open.length === 0) throw new ImapSyntaxError('Too many closing parentheses', tag);
        add(list);
      } else if (quoted !== undefined) add(Buffer.from(quoted.replace(/\\(.)/g, '$1'), 'latin1'));
      else if (atom !== undefined) add(atom);
      if (open.length > NESTING) throw new ImapSyntaxError('Too many parentheses', tag);
    }
  }
  if (open.length > 1) throw new ImapSyntaxError('A parenthesis is not closed', tag);
  return whole;
}

/** An argument that must be a text: an atom, a quoted string or a literal (`astring`). */
export function wordOf(argument: ImapArgument | undefined, what: string): string {
  if (typeof argument === 'string') return argument;
  if (argument instanceof Uint8Array) return argument.toString('utf8');
  throw new ImapSyntaxError(`${what} is missing`);
}

/** An argument that must be an atom. */
export function atomOf(argument: ImapArgument | undefined, what: string): string {
  if (typeof argument === 'string') return argument;
  throw new ImapSyntaxError(`${what} is missing`);
}
