/**
 * Reads one mailbox as long as its connection lasts: lease it, connect, keep what is new, settle it, wait for more. IDLE is
 * only a hint; UIDVALIDITY and the last UID decide what is new.
 */
import { keepMails } from '../../service/intake/keep-mails.ts';
import type { MailboxConnection, MailboxConnector } from '../../service/intake/mailbox.ts';
import { type MailToSettle, type SettleDeps, settleMails } from '../../service/intake/settle-mails.ts';
import type { Office } from '../../service/register/office.ts';
import type { RefusedMails } from './refused-mails.ts';

/** Mails per page: a page is settled in one transaction, and bounds what is held in memory. */
const PAGE = 64;
const LEASE_SECONDS = 45;
const RENEW_MS = 15_000;
/** While mail keeps coming, leftovers are looked for and the mailbox is reported at most this often. */
const TIDY_EVERY_MS = 5_000;

export interface MailboxJobDeps extends SettleDeps {
  readonly connector: MailboxConnector;
  readonly owner: string;
  readonly pollSeconds: number;
  readonly random: () => number;
}

export type OfficeMailbox = Office['mailboxes'][number];

/** What outlasts a connection. */
export interface MailboxReader {
  readonly refused: RefusedMails;
  /** Called when everything in the mailbox has been taken in. */
  readonly onRead: () => void;
}

/** True: the mailbox was ours for a while. False: another process has it. Rejects when something broke. */
export async function readMailbox(
  office: Office,
  mailbox: OfficeMailbox,
  deps: MailboxJobDeps,
  reader: MailboxReader,
  stop: AbortSignal,
): Promise<boolean> {
  const { store, owner } = deps;
  const lease = await store.leaseMailbox(office.aoo, mailbox.address, owner, LEASE_SECONDS);
  if (lease === null) return false;

  const lost = new AbortController();
  const signal = AbortSignal.any([stop, lost.signal]);
  const renewal = setInterval(() => {
    store.leaseMailbox(office.aoo, mailbox.address, owner, LEASE_SECONDS).then(
      (renewed) => renewed ?? lost.abort(new Error('another process has taken the mailbox')),
      (error) => lost.abort(error),
    );
  }, RENEW_MS);
  let connection: MailboxConnection | null = null;
  try {
    await settleLeftovers(office, mailbox, deps);
    connection = await deps.connector.connect(mailbox.account, signal);
    const isKnown = lease.uidValidity === connection.uidValidity;
    if (lease.uidValidity !== null && !isKnown) {
      deps.log.warn(
        { aoo: office.aoo, mailbox: mailbox.address },
        'UIDVALIDITY changed: the mailbox is read again from the start',
      );
    }
    await readPages(office, mailbox, connection, isKnown ? lease.lastUid : 0, deps, reader, signal);
    if (lost.signal.aborted && !stop.aborted) throw lost.signal.reason;
    return true;
  } finally {
    clearInterval(renewal);
    await connection?.close().catch(() => undefined);
    await store.releaseMailbox(office.aoo, mailbox.address, owner).catch(() => undefined);
  }
}

async function readPages(
  office: Office,
  mailbox: OfficeMailbox,
  connection: MailboxConnection,
  start: number,
  deps: MailboxJobDeps,
  { refused, onRead }: MailboxReader,
  signal: AbortSignal,
): Promise<void> {
  let after = start;
  // While one page is committed, the next is judged and the one after it is fetched.
  let earlier: Promise<void> = Promise.resolve();
  let settling: Promise<void> = Promise.resolve();
  let tidiedAt = Number.NEGATIVE_INFINITY;
  try {
    while (!signal.aborted) {
      const { uidValidity } = connection;
      const fetched = await connection
        .fetchAfter(after, PAGE)
        .catch((error: unknown) => refused.count(error, uidValidity));
      const page = refused.stepOver(fetched, uidValidity);
      if (page.length === 0) {
        await settling;
        if (performance.now() - tidiedAt > TIDY_EVERY_MS) {
          tidiedAt = performance.now();
          await settleLeftovers(office, mailbox, deps);
          // Reported only now: a mailbox that connects but whose mails cannot be kept does not count as read.
          await reportMailbox(office, mailbox, null, deps);
          onRead();
        }
        await connection.waitForMail(deps.pollSeconds * 1000, signal);
        continue;
      }
      const kept = await keepMails(office, mailbox.address, uidValidity, page, deps).catch((error: unknown) => {
        refused.count(error, uidValidity);
        throw error;
      });
      onRead();
      after = page.at(-1)?.uid ?? after;
      await earlier;
      earlier = settling;
      settling = settleMails(office, kept, deps, earlier);
      // A rejection surfaces at the next await; until then it must not count as unhandled.
      settling.catch(() => undefined);
    }
  } finally {
    await settling;
  }
}

export async function reportMailbox(
  office: Office,
  mailbox: OfficeMailbox,
  failure: string | null,
  deps: MailboxJobDeps,
): Promise<void> {
  await deps.store.reportMailbox(office.aoo, mailbox.address, failure).catch(() => undefined);
}

/** Mails kept but not settled: a process died, or a person asked for another try. */
async function settleLeftovers(office: Office, mailbox: OfficeMailbox, deps: MailboxJobDeps): Promise<void> {
  for (;;) {
    const kept = await deps.store.mailsToSettle(office.aoo, mailbox.address, PAGE);
    if (kept.length === 0) return;
    deps.log.info({ aoo: office.aoo, mailbox: mailbox.address, mails: kept.length }, 'settling mails kept earlier');
    for (const mail of kept) await settleMails(office, [{ kept: mail, bytes: null } satisfies MailToSettle], deps);
  }
}
