import { join } from 'node:path';
import { mailAddress } from '../kernel/ids.ts';
import { type Provider, providerAddress } from './authority.ts';
import { type Inbox, openInbox } from './imap/inbox.ts';
import { type StoredMail, storeInFolder, storeInMemory } from './mail-store.ts';
import type { Vault } from './vault.ts';

export interface MailboxLogin {
  readonly address: string;
  readonly password: string;
}

/** The providers of a sandbox and their mailboxes. */
export interface Boxes {
  addDomain(domain: string): Promise<void>;
  addMailbox(login: MailboxLogin): Promise<void>;
  /** Certified domains in the order in which they were added. */
  domains(): readonly string[];
  provider(domain: string): Provider | undefined;
  has(address: string): boolean;
  logins(): readonly MailboxLogin[];
  opens(address: string, password: string): boolean;
  /** Throws when there is none: the caller has the address wrong. */
  inbox(address: string): Inbox;
  /** Mail in a provider's box, which nobody can fetch, is signed only when somebody looks at it. */
  store(address: string, mail: () => Buffer, at: Date): void;
  arrived(address: string, count: number, milliseconds: number): Promise<readonly StoredMail[]>;
}

interface Box {
  readonly inbox: Inbox;
  /** Null: nobody can log in. */
  readonly password: string | null;
}

export function createBoxes(folder: string | null, vault: Vault, log?: (line: string) => void): Boxes {
  const providers = new Map<string, Provider>();
  const boxes = new Map<string, Box>();
  const waiting = new Set<() => void>();

  const open = (address: string, password: string | null) => {
    const store = folder === null ? storeInMemory() : storeInFolder(join(folder, encodeURIComponent(address)));
    boxes.set(address, { inbox: openInbox(store), password });
  };
  const addDomain = async (domain: string) => {
    if (providers.has(domain)) return;
    providers.set(domain, await vault.provider(domain));
    open(providerAddress(domain), null);
  };
  const box = (address: string): Box => {
    const found = boxes.get(address.toLowerCase());
    if (!found) throw new Error(`the sandbox has no mailbox ${address}`);
    return found;
  };
  return {
    addDomain,
    async addMailbox({ address, password }) {
      const valid = mailAddress(address);
      if (valid === null) throw new RangeError(`not a mail address: ${address}`);
      await addDomain(valid.slice(valid.lastIndexOf('@') + 1));
      if (boxes.has(valid)) throw new RangeError(`the mailbox ${address} exists already`);
      open(valid, password);
    },
    domains: () => [...providers.keys()],
    provider: (domain) => providers.get(domain),
    has: (address) => boxes.has(address),
    logins: () => [...boxes].flatMap(([address, { password }]) => (password === null ? [] : [{ address, password }])),
    opens: (address, password) => boxes.get(address.toLowerCase())?.password === password,
    inbox: (address) => box(address).inbox,
    store(address, mail, at) {
      const { inbox, password } = box(address);
      inbox.append(password === null ? mail : mail(), at);
      log?.(`${at.toISOString()} -> ${address} (${mail().length} bytes)`);
      for (const wake of waiting) wake();
    },
    async arrived(address, count, milliseconds) {
      const { inbox } = box(address);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const look = () => {
        if (inbox.messages.length >= count) resolve();
      };
      const tooLate = () =>
        reject(new Error(`${address} holds ${inbox.messages.length} mails after ${milliseconds} ms, not ${count}`));
      const timer = setTimeout(tooLate, milliseconds);
      waiting.add(look);
      look();
      await promise.finally(() => {
        clearTimeout(timer);
        waiting.delete(look);
      });
      return [...inbox.messages];
    },
  };
}
