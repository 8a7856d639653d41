import { type MailStore, newUidValidity, type StoredMail } from '../mail-store.ts';

/** A message; its bytes never change. */
export interface InboxMessage extends StoredMail {
  /** System flags as RFC 3501 spells them (`\Seen`), keywords as the client wrote them. */
  readonly flags: Set<string>;
  /** Removed from the mailbox. Clients that know its number may still read it. */
  gone: boolean;
}

/** Called when mail arrives or is removed. `renumbered`: all numbers that a client knows are wrong now. */
export type InboxWatcher = (news: 'changed' | 'renumbered') => void;

/** The one folder of a mailbox. */
export interface Inbox {
  readonly uidValidity: number;
  readonly uidNext: number;
  /** Ascending by UID. */
  readonly messages: readonly InboxMessage[];
  /** How many were ever removed. Unchanged: every known message is still there. */
  readonly removals: number;
  /** A mail that is given as a function is made when its bytes are first read. */
  append(mail: Buffer | (() => Buffer), arrivedAt: Date, flags?: readonly string[]): InboxMessage;
  remove(messages: readonly InboxMessage[]): void;
  /** Gives every mail a new UID, under a new UIDVALIDITY. */
  renumber(): void;
  /** Returns a function that ends the watch. */
  watch(watcher: InboxWatcher): () => void;
}

export function openInbox(store: MailStore): Inbox {
  let messages = store.mails.map((mail) => newMessage(mail.uid, mail.arrivedAt, mail.bytes));
  let { uidValidity, uidNext } = store;
  let removals = 0;
  const watchers = new Set<InboxWatcher>();
  const tell = (news: Parameters<InboxWatcher>[0]) => {
    for (const watcher of [...watchers]) watcher(news);
  };
  return {
    get uidValidity() {
      return uidValidity;
    },
    get uidNext() {
      return uidNext;
    },
    get messages() {
      return messages;
    },
    get removals() {
      return removals;
    },
    append(mail, arrivedAt, flags = []) {
      const message = newMessage(uidNext, arrivedAt, mail, flags);
      store.keep(message.uid, message, arrivedAt);
      uidNext += 1;
      messages.push(message);
      tell('changed');
      return message;
    },
    remove(unwanted) {
      if (unwanted.length === 0) return;
      for (const message of unwanted) message.gone = true;
      removals += unwanted.length;
      messages = messages.filter(({ gone }) => !gone);
      store.retain(new Set(messages.map(({ uid }) => uid)));
      tell('changed');
    },
    renumber() {
      uidValidity = newUidValidity();
      store.renumber(
        messages.map(({ uid }) => uid),
        uidValidity,
      );
      messages = messages.map((message, index) =>
        newMessage(index + 1, message.arrivedAt, () => message.bytes, [...message.flags]),
      );
      uidNext = messages.length + 1;
      tell('renumbered');
    },
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

function newMessage(
  uid: number,
  arrivedAt: Date,
  mail: Buffer | (() => Buffer),
  flags: readonly string[] = [],
): InboxMessage {
  let known = mail;
  return {
    uid,
    arrivedAt,
    get bytes() {
      if (typeof known === 'function') known = known();
      return known;
    },
    flags: new Set(flags),
    gone: false,
  };
}
