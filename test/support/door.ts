import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP relay that can be shut: its connections break, and new ones are refused until it is opened again. */
export interface Door {
  readonly host: '127.0.0.1';
  readonly port: number;
  shut(): Promise<void>;
  /** Opens on the same port as before, to `target` if one is given. */
  open(target?: { readonly port: number }): Promise<void>;
}

export async function startDoor(first: { readonly port: number }): Promise<Door> {
  let target = first;
  let server: Server | null = null;
  let port = 0;
  const sockets = new Set<Socket>();
  const listen = async (): Promise<void> => {
    const fresh = createServer((client) => {
      const upstream = connect(target.port, '127.0.0.1');
      for (const [socket, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        sockets.add(socket);
        socket.on('error', () => other.destroy());
        socket.on('close', () => {
          sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
    await new Promise<void>((resolve, reject) => {
      fresh.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    const address = fresh.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    port = address.port;
    server = fresh;
  };
  await listen();
  return {
    host: '127.0.0.1',
    port,
    async shut() {
      const open = server;
      server = null;
      if (open === null) return;
      const closed = new Promise((resolve) => open.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async open(next = target) {
      target = next;
      if (server === null) await listen();
    },
  };
}
