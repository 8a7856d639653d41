import type { ImapFlow } from 'imapflow';
import type { MailOnServer } from '../../service/intake/mailbox.ts';

/** UIDs asked for at once: what is listed too much is kept for the next page. */
const WINDOW = 512;

/**
 * Lists what is newer than a UID. The cost depends on what is new, never on the size of the mailbox: a window of UIDs
 * is listed, never `n:*`, which on a full mailbox names everything and on an empty answer still names the last mail.
 */
export class NewMails {
  readonly #client: ImapFlow;
  #kept: MailOnServer[] = [];
  #keptAfter = -1;

  constructor(client: ImapFlow) {
    this.#client = client;
  }

  /** At most `limit` mails with uid > `after`, ascending; none when nothing is newer. */
  async after(after: number, limit: number): Promise<readonly MailOnServer[]> {
    if (this.#kept.length === 0 || this.#keptAfter !== after)
      this.#kept = await this.#list(after, Math.max(limit, WINDOW));
    return this.#kept.slice(0, limit);
  }

  /** These were taken; the rest of the listing serves the next page. */
  took(upTo: number): void {
    this.#kept = this.#kept.filter(({ uid }) => uid > upTo);
    this.#keptAfter = upTo;
  }

  forget(): void {
    this.#kept = [];
  }

  async #list(after: number, width: number): Promise<MailOnServer[]> {
    let from = after + 1;
    for (;;) {
      const found = await this.#window(from, from + width - 1);
      if (found.length > 0) return found;
      const next = await this.#smallestFrom(from);
      // A mail inside the window arrived between the two questions: the window is asked again.
      if (next === null) return [];
      from = next;
    }
  }

  async #window(from: number, to: number): Promise<MailOnServer[]> {
    const range = `${from}:${Math.min(to, 0xffff_ffff)}`;
    const rows = await this.#client.fetchAll(range, { uid: true, size: true, internalDate: true }, { uid: true });
    const mails = new Map<number, MailOnServer>();
    for (const { uid, size, internalDate } of rows) {
      if (!(uid >= from && uid <= to)) continue;
      mails.set(uid, { uid, size: size ?? 0, arrivedAt: dateOf(internalDate) });
    }
    return [...mails.values()].sort((a, b) => a.uid - b.uid);
  }

  /** UIDs may jump by millions; this finds where they go on. `n:*` may answer with a smaller UID: filtered. */
  async #smallestFrom(from: number): Promise<number | null> {
    const range = `${from}:*`;
    const brief = this.#client.capabilities.has('ESEARCH');
    const answer = brief
      ? await this.#client.search({ uid: range }, { uid: true, returnOptions: ['MIN', 'MAX'] })
      : await this.#client.search({ uid: range }, { uid: true });
    if (answer === false || answer === undefined) return null;
    const uids = Array.isArray(answer) ? answer : [answer.min, answer.max];
    let smallest: number | null = null;
    for (const uid of uids) {
      if (uid !== undefined && uid >= from && (smallest === null || uid < smallest)) smallest = uid;
    }
    return smallest;
  }
}

/** A server that does not tell when a mail arrived has it now. */
function dateOf(internalDate: Date | string | undefined): Date {
  const date = new Date(internalDate ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? new Date() : date;
}
