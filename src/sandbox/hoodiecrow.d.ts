/** The part of hoodiecrow-imap that the sandbox uses; the package brings no types. */
declare module 'hoodiecrow-imap' {
  import type { EventEmitter } from 'node:events';
  import type { Server, Socket } from 'node:net';

  namespace hoodiecrow {
    interface Message {
      /** Ours: the mail as it came in. */
      readonly bytes: Buffer;
      /** The same, one character for each byte. */
      readonly raw: string;
      uid?: number;
      flags?: string[];
      internaldate?: string;
    }
    interface Folder {
      messages: Message[];
      uidvalidity: number;
      uidnext: number;
    }
    interface Attribute {
      readonly type: string;
      value: string;
      readonly section?: readonly unknown[];
      partial?: readonly number[];
    }
    interface Parsed {
      readonly tag: string;
      readonly attributes?: readonly (Attribute | readonly Attribute[])[];
    }
    interface Connection {
      server: ImapServer;
      socket: Socket | null;
      state: string;
      selectedMailbox?: Folder | false;
      inputHandler: ((line: string) => void) | false;
      readonly _notificationCallback: (notification: unknown) => void;
      send(response: object, description: string, parsed?: Parsed, data?: string): void;
      processNotifications(): void;
    }
    type Command = (connection: Connection, parsed: Parsed, data: string, callback: () => void) => void;
    type FetchHandler = (connection: Connection, message: Message, query: Attribute) => unknown;
    interface ImapServer extends EventEmitter {
      readonly server: Server;
      readonly fetchHandlers: Record<string, FetchHandler>;
      readonly messageHandlers: ((server: ImapServer, message: Message, folder: Folder) => void)[];
      registerCapability(name: string): void;
      setCommandHandler(command: string, handler: Command): void;
      getMailbox(path: string): Folder;
      getMessageRange: (mailbox: Folder | readonly Message[], range: string, isUid: boolean) => [number, Message][];
      processMessage(message: Message, folder: Folder): void;
      notify(command: object, folder: Folder): void;
    }
    interface Options {
      readonly plugins: readonly (string | ((server: ImapServer) => void))[];
      readonly credentials: object;
      readonly users: object;
      readonly storage: object;
    }
  }
  function hoodiecrow(options: hoodiecrow.Options): hoodiecrow.ImapServer;
  export = hoodiecrow;
}

declare module 'hoodiecrow-imap/lib/commands/handlers/fetch.js' {
  const handlers: Record<string, import('hoodiecrow-imap').FetchHandler>;
  export = handlers;
}

declare module 'hoodiecrow-imap/lib/commands/uid fetch.js' {
  const handler: import('hoodiecrow-imap').Command;
  export = handler;
}

declare module 'hoodiecrow-imap/lib/commands/uid search.js' {
  const handler: import('hoodiecrow-imap').Command;
  export = handler;
}
