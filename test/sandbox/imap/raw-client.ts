import { connect, type Socket } from 'node:net';

/** A client that writes what it is told, for what no library would write. */
export interface RawClient {
  /** Sends the text as it is, one byte for each character. */
  write(text: string): void;
  /** All that came since the last call, as soon as it matches; rejects with it when the connection ends before. */
  until(wanted: RegExp): Promise<string>;
  /** Sends a command under a new tag; resolves with its answer, untagged lines included, and `OK`, `NO` or `BAD`. */
  ask(command: string): Promise<{ readonly status: string; readonly text: string }>;
  /** Resolves with what was left when the server hangs up. */
  closed(): Promise<string>;
  end(): void;
}

export async function rawClient(port: number): Promise<RawClient> {
  const socket: Socket = connect(port, '127.0.0.1');
  let text = '';
  let ended = false;
  let look = (): void => undefined;
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
    look();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    ended = true;
    look();
  });
  const take = (): string => {
    const taken = text;
    text = '';
    return taken;
  };
  const wait = (ready: () => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      look = () => {
        if (ready()) resolve(take());
        else if (ended) reject(new Error(`the server hung up: ${text}`));
      };
      look();
    });
  let tags = 0;
  return {
    write: (piece) => void socket.write(piece, 'latin1'),
    until: (wanted) => wait(() => wanted.test(text)),
    async ask(command) {
      tags += 1;
      const tag = `t${tags}`;
      socket.write(`${tag} ${command}\r\n`, 'latin1');
      const answer = await wait(() => new RegExp(`^${tag} .*\r\n`, 'm').test(text));
      const status = new RegExp(`^${tag} (\\w+)`, 'm').exec(answer)?.[1] ?? '';
      return { status, text: answer };
    },
    closed: () => wait(() => ended),
    end: () => void socket.destroy(),
  };
}
