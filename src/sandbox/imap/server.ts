import { type AddressInfo, createServer, type Socket } from 'node:net';
import { serveClient } from './serve-client.ts';
import type { ImapSessionOptions } from './session.ts';

export interface ImapServerOptions extends ImapSessionOptions {
  readonly host: string;
  readonly port: number;
}

export interface ImapServer {
  readonly port: number;
  dropConnections(): void;
  stop(): Promise<void>;
}

/** The mailboxes of the sandbox over IMAP, without TLS: it listens on the loopback. */
export async function startImap(options: ImapServerOptions): Promise<ImapServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    // Nagle's algorithm would hold the end of an answer back until the client's delayed acknowledgement.
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A broken connection is for the client to report.
    socket.on('error', () => undefined);
    void serveClient(socket, options);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const dropConnections = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    dropConnections,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        dropConnections();
      }),
  };
}
