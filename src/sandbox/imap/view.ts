import type { Inbox, InboxMessage } from './inbox.ts';
import { positionsIn } from './message-set.ts';

/** A message and its sequence number for this client. */
export interface NumberedMessage {
  readonly number: number;
  readonly message: InboxMessage;
}

/**
 * The folder as one client knows it. Sequence numbers are valid until the client hears of a change (RFC 3501, 7.4.1), so
 * each client has a list of its own, which changes only where the protocol allows it.
 */
export class FolderView {
  readonly inbox: Inbox;
  readonly readOnly: boolean;
  #known: InboxMessage[];
  #removals: number;

  constructor(inbox: Inbox, readOnly: boolean) {
    this.inbox = inbox;
    this.readOnly = readOnly;
    this.#known = [...inbox.messages];
    this.#removals = inbox.removals;
  }

  get messages(): readonly InboxMessage[] {
    return this.#known;
  }

  find(set: string, by: 'uid' | 'number'): readonly NumberedMessage[] {
    const known = this.#known;
    const at = by === 'uid' ? (position: number) => known[position]?.uid ?? 0 : (position: number) => position + 1;
    return positionsIn(set, { length: known.length, at }).flatMap((position) => {
      const message = known[position];
      return message === undefined ? [] : [{ number: position + 1, message }];
    });
  }

  /** The lines that announce new mail; any command may carry them. */
  arrivals(): readonly string[] {
    const { messages } = this.inbox;
    const last = this.#known.at(-1)?.uid ?? 0;
    let from = messages.length;
    while (from > 0 && (messages[from - 1]?.uid ?? 0) > last) from -= 1;
    if (from === messages.length) return [];
    this.#known.push(...messages.slice(from));
    return [`* ${this.#known.length} EXISTS`];
  }

  /** The lines that announce removed mail; not during FETCH, STORE and SEARCH (RFC 3501, 7.4.1). */
  departures(): readonly string[] {
    if (this.#removals === this.inbox.removals) return [];
    this.#removals = this.inbox.removals;
    const lines: string[] = [];
    // From the end, so that the lower numbers stay valid.
    for (let position = this.#known.length - 1; position >= 0; position -= 1) {
      if (this.#known[position]?.gone) lines.push(`* ${position + 1} EXPUNGE`);
    }
    this.#known = this.#known.filter(({ gone }) => !gone);
    return lines;
  }
}
