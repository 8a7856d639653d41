import { createServer, type Server, type Socket } from 'node:net';

/** A submission server whose replies a test can choose; by default it replies as a provider does. */
export interface ScriptedServer {
  readonly port: number;
  readonly received: readonly { readonly messageId: string; readonly to: string }[];
  /** `said` is the client's line, `connect` at the greeting, `.` after the data. Null replies as usual, `silence` not at all. */
  answer(script: (said: string) => string | null): void;
  /** How many lines of clients began so. */
  count(verb: string): number;
  reset(): void;
  /** Breaks all connections and refuses new ones, as if the machine were off. */
  shut(): Promise<void>;
  open(): Promise<void>;
  stop(): Promise<void>;
}

export async function startScripted(): Promise<ScriptedServer> {
  let script: (said: string) => string | null = () => null;
  let said: string[] = [];
  const received: { messageId: string; to: string }[] = [];
  const sockets = new Set<Socket>();
  const serve = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    const reply = (line: string, usual: string): string => {
      said.push(line);
      const chosen = script(line) ?? usual;
      if (chosen !== 'silence') socket.write(`${chosen}\r\n`);
      return chosen;
    };
    let text = '';
    let mail: string[] | null = null;
    let to = '';
    reply('connect', '220 prova ESMTP');
    const line = (one: string): void => {
      if (mail !== null) {
        if (one !== '.') return void mail.push(one);
        const id = mail.find((header) => /^message-id:/i.test(header)) ?? '';
        mail = null;
        if (reply('.', '250 2.0.0 preso').startsWith('250')) received.push({ messageId: id.slice(12).trim(), to });
        return;
      }
      if (/^EHLO/i.test(one)) reply(one, '250-prova\r\n250 AUTH PLAIN');
      else if (/^AUTH/i.test(one)) reply(one, '235 2.7.0 bene');
      else if (/^DATA/i.test(one)) mail = reply(one, '354 avanti').startsWith('354') ? [] : null;
      else if (/^QUIT/i.test(one)) socket.end('221 2.0.0 addio\r\n');
      else {
        if (/^RCPT/i.test(one)) to = one;
        reply(one, '250 2.0.0 bene');
      }
    };
    socket.on('data', (piece) => {
      const lines = (text + piece.toString('latin1')).split('\r\n');
      text = lines.pop() ?? '';
      lines.forEach(line);
    });
  };
  let server: Server | null = null;
  let port = 0;
  const open = async (): Promise<void> => {
    const fresh = createServer(serve);
    await new Promise<void>((resolve, reject) => {
      fresh.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    const address = fresh.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    port = address.port;
    server = fresh;
  };
  const shut = async (): Promise<void> => {
    const closing = server;
    server = null;
    if (closing === null) return;
    const closed = new Promise((resolve) => closing.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await open();
  return {
    port,
    received,
    answer(next) {
      script = next;
    },
    count: (verb) => said.filter((line) => line.startsWith(verb)).length,
    reset() {
      script = () => null;
      said = [];
      received.length = 0;
    },
    shut,
    open,
    stop: shut,
  };
}
