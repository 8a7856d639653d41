import type { ImapFlow } from 'imapflow';
import {
  type FetchedMail,
  type MailboxConnection,
  MailboxError,
  type MailOnServer,
  MailRefusedError,
} from '../../service/intake/mailbox.ts';
import { largeMail, tooFew } from './large-mail.ts';
import { NewMails } from './new-mails.ts';
import { toMailboxError } from './to-mailbox-error.ts';

/** Up to here a mail travels whole, together with others; a larger one is streamed. */
const WHOLE = 1024 * 1024;
/** A server may understate a size: so much is asked for at most, and a mail that fills it is streamed after all. */
const ASKED = 2 * 1024 * 1024;
/** What one page may hold in memory. */
const PAGE_BYTES = 8 * 1024 * 1024;
/** How long a living server may take to answer a question without work, at most. */
const PULSE_MS = 15_000;

/**
 * One folder, opened read-only (EXAMINE) and read with BODY.PEEK: nothing on the server changes.
 * IDLE is a hint only; truth is what `fetchAfter` lists. Commands queue on the connection, so the next page may be asked
 * for while the last one is worked on; streamed mails may be read at any time before `close`, and whoever leaves one
 * unread blocks nothing.
 */
export class ImapConnection implements MailboxConnection {
  readonly uidValidity: bigint;
  readonly #client: ImapFlow;
  readonly #folder: string;
  readonly #listing: NewMails;
  readonly #pulseMs: number;
  #news = false;
  #wake: (() => void) | null = null;
  #lost: MailboxError | null = null;

  constructor(client: ImapFlow, folder: string, uidValidity: bigint, silenceMs = PULSE_MS) {
    this.#pulseMs = Math.min(silenceMs, PULSE_MS);
    this.#client = client;
    this.#folder = folder;
    this.uidValidity = uidValidity;
    this.#listing = new NewMails(client);
    const hint = () => {
      this.#news = true;
      this.#wake?.();
    };
    client.on('exists', hint);
    client.on('expunge', () => {
      this.#listing.forget();
      hint();
    });
    client.on('error', (error) => this.#break(toMailboxError(error)));
    client.on('close', () => this.#break(new MailboxError('unreachable', 'the server closed the connection')));
  }

  #break(reason: MailboxError): void {
    this.#lost ??= reason;
    this.#wake?.();
  }

  #check(): void {
    if (this.#lost !== null) throw this.#lost;
    if (!this.#client.usable) throw new MailboxError('unreachable', 'the connection is closed');
    const open = this.#client.mailbox;
    if (open === false || open.uidValidity !== this.uidValidity) {
      throw new MailboxError('protocol', 'UIDVALIDITY changed while the folder was open');
    }
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    this.#check();
    try {
      const answer = await question();
      // A command cut short by a lost connection may come back empty instead of failing.
      this.#check();
      return answer;
    } catch (error) {
      throw this.#lost ?? toMailboxError(error);
    }
  }

  async fetchAfter(after: number, limit: number): Promise<readonly FetchedMail[]> {
    // Cleared before listing: what is announced from here on may not be in this page.
    this.#news = false;
    for (;;) {
      const listed = await this.#ask(() => this.#listing.after(after, limit));
      if (listed.length === 0) return [];
      const wanted = pageOf(listed);
      const last = wanted.at(-1)?.uid ?? after;
      const page = await this.#read(wanted);
      this.#listing.took(page.upTo ?? last);
      // Everything listed was deleted meanwhile: there may still be more behind it.
      if (page.mails.length > 0) return page.mails;
      after = last;
    }
  }

  async #read(wanted: readonly MailOnServer[]): Promise<{ mails: FetchedMail[]; upTo: number | null }> {
    const whole = wanted.filter(({ size }) => size <= WHOLE);
    try {
      return await this.#complete(wanted, whole);
    } catch (error) {
      const failure = toMailboxError(error);
      this.#check();
      if (failure.fault !== 'protocol' || whole.length === 0) throw failure;
    }
    // The server refused one of them: what comes before it is handed out, then it is named.
    const mails: FetchedMail[] = [];
    for (const mail of wanted) {
      try {
        mails.push(...(await this.#complete([mail], mail.size <= WHOLE ? [mail] : [])).mails);
      } catch (error) {
        const failure = toMailboxError(error);
        const before = mails.at(-1);
        if (before !== undefined) return { mails, upTo: before.uid };
        if (failure instanceof MailRefusedError || failure.fault !== 'protocol') throw failure;
        throw new MailRefusedError(mail.uid, failure.message);
      }
    }
    return { mails, upTo: null };
  }

  /**
   * Up to the first mail that is still on the server and does not come whole; rejects when it is the first of all. A mail
   * that is not listed any more was deleted meanwhile.
   */
  async #complete(wanted: readonly MailOnServer[], whole: readonly MailOnServer[]) {
    const { mails, lacking } = await this.#bodies(wanted, whole);
    if (lacking.length === 0) return { mails, upTo: null };
    const listed = await this.#ask(() => this.#client.fetchAll(uidSet(lacking), { uid: true }, { uid: true }));
    const first = lacking.find(({ uid }) => listed.some((row) => row.uid === uid));
    if (first === undefined) return { mails, upTo: null };
    const before = mails.filter(({ uid }) => uid < first.uid);
    const last = before.at(-1);
    if (last !== undefined) return { mails: before, upTo: last.uid };
    throw new MailRefusedError(first.uid, tooFew(first.uid, first.bytes.length, first.size), first.bytes);
  }

  /** All small bodies in one command; `lacking` came with fewer bytes than the server lists, or with none. */
  async #bodies(wanted: readonly MailOnServer[], whole: readonly MailOnServer[]) {
    const bodies = new Map<number, Buffer>();
    if (whole.length > 0) {
      const query = { uid: true, source: { start: 0, maxLength: ASKED } } as const;
      const rows = await this.#ask(() => this.#client.fetchAll(uidSet(whole), query, { uid: true }));
      for (const { uid, source } of rows) if (source !== undefined) bodies.set(uid, source);
    }
    const mails: FetchedMail[] = [];
    const lacking: (MailOnServer & { readonly bytes: Buffer })[] = [];
    for (const mail of wanted) {
      const bytes = bodies.get(mail.uid) ?? Buffer.alloc(0);
      if (mail.size > WHOLE || bytes.length >= ASKED) {
        mails.push({ ...mail, bytes: largeMail(this.#client, mail.uid, mail.size) });
      } else if (bytes.length === 0 || bytes.length < mail.size) {
        lacking.push({ ...mail, bytes });
      } else {
        mails.push({ ...mail, bytes });
      }
    }
    return { mails, lacking };
  }

  async waitForMail(milliseconds: number, signal: AbortSignal): Promise<void> {
    this.#check();
    if (this.#news || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.#wake = null;
        resolve();
      };
      timer.unref();
      this.#wake = end;
      signal.addEventListener('abort', end);
      // Its end is no news: a server may refuse or drop IDLE at will; the timer and NOOP below remain.
      this.#client.idle().catch(() => undefined);
    });
    this.#wake = null;
    this.#check();
    if (!signal.aborted && !this.#news) await this.#pulse();
  }

  /** A dead IDLE goes unnoticed, and IDLE may stop telling: the server is asked in plain words, with a deadline. */
  async #pulse(): Promise<void> {
    const late = setTimeout(() => {
      this.#break(new MailboxError('unreachable', 'the server does not answer any more'));
      this.#client.close();
    }, this.#pulseMs);
    try {
      const status = await this.#ask(async () => {
        await this.#client.noop();
        return this.#client.status(this.#folder, { uidValidity: true });
      });
      if (status !== false && status.uidValidity !== undefined && status.uidValidity !== this.uidValidity) {
        throw new MailboxError('protocol', 'UIDVALIDITY changed while the folder was open');
      }
    } finally {
      clearTimeout(late);
    }
  }

  async close(): Promise<void> {
    this.#lost ??= new MailboxError('unreachable', 'the connection was closed');
    const late = setTimeout(() => this.#client.close(), 2_000);
    try {
      if (this.#client.usable) await this.#client.logout();
    } catch {
      // Leaving politely is a courtesy.
    } finally {
      clearTimeout(late);
      this.#client.close();
    }
  }
}

/** As many as fit into a page's memory, one at least; streamed mails weigh nothing. */
function pageOf(listed: readonly MailOnServer[]): readonly MailOnServer[] {
  let bytes = 0;
  for (const [index, { size }] of listed.entries()) {
    bytes += size <= WHOLE ? size : 0;
    if (bytes > PAGE_BYTES && index > 0) return listed.slice(0, index);
  }
  return listed;
}

/** `1:5,7` rather than `1,2,3,4,5,7`: command lines are limited. Ascending input. */
function uidSet(mails: readonly MailOnServer[]): string {
  const runs: [number, number][] = [];
  for (const { uid } of mails) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === uid - 1) run[1] = uid;
    else runs.push([uid, uid]);
  }
  return runs.map(([from, to]) => (from === to ? String(from) : `${from}:${to}`)).join(',');
}
