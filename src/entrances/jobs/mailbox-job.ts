/**
 * One mailbox, read for ever: lease it, connect, keep what is new, settle it, wait for news. IDLE is only a hint; the
 * truth is UIDVALIDITY and the last UID. Whatever breaks ends the connection; a new one is made after a pause that
 * grows with the failures, so that one sick mailbox never stops the others.
 */
import { backOff } from '../../domain/delivery/retry.ts';
import { type Problem, type ProblemCode, problem } from '../../kernel/problems.ts';
import { errorMessage } from '../../kernel/thrown.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import { DocumentsError } from '../../service/documents/documents.ts';
import { keepMails } from '../../service/intake/keep-mails.ts';
import {
  type FetchedMail,
  type MailboxConnection,
  type MailboxConnector,
  MailboxError,
  type MailboxFault,
  MailRefusedError,
} from '../../service/intake/mailbox.ts';
import { type MailToSettle, type SettleDeps, settleMails } from '../../service/intake/settle-mails.ts';
import type { Office } from '../../service/register/office.ts';
import { type Job, pause, startJob } from './job.ts';

/** Mails per page: one transaction settles a page, and a page bounds what is held in memory. */
const PAGE = 64;
const LEASE_SECONDS = 45;
const RENEW_MILLISECONDS = 15_000;
/** How often, while mail keeps coming, what was left over is looked for and the mailbox is reported as well. */
const LOOK_MILLISECONDS = 5_000;

export interface MailboxJobDeps extends SettleDeps {
  readonly connector: MailboxConnector;
  readonly owner: string;
  readonly pollSeconds: number;
  readonly random: () => number;
}

type Mailbox = Office['mailboxes'][number];

export function startMailboxJob(office: Office, mailbox: Mailbox, deps: MailboxJobDeps): Job {
  return startJob(async (signal) => {
    let failures = 0;
    const isRead = (): void => {
      if (failures > 0) deps.log.info({ aoo: office.aoo, mailbox: mailbox.address, failures }, 'mailbox read again');
      failures = 0;
    };
    const stubborn = new Map<number, number>();
    while (!signal.aborted) {
      try {
        const leased = await watch(office, mailbox, deps, { stubborn, isRead }, signal);
        if (!leased) await pause(5_000 + 5_000 * deps.random(), signal);
      } catch (error) {
        if (signal.aborted) break;
        failures += 1;
        const wait = backOff(failures - 1, deps.random());
        const reason = errorMessage(error);
        const known = problemOf(error);
        deps.log.warn(
          { aoo: office.aoo, mailbox: mailbox.address, failures, retryInSeconds: Math.round(wait), reason },
          known === null && deps.isPassing(error) ? 'mailbox waits for the database' : 'mailbox not readable',
        );
        await report(office, mailbox, known?.message ?? reason, deps);
        await pause(wait * 1000, signal);
      }
    }
  });
}

const MAILBOX_PROBLEMS = {
  authentication: 'mailbox-authentication',
  unreachable: 'mailbox-unreachable',
  tls: 'mailbox-tls',
  'folder-missing': 'mailbox-folder-missing',
  protocol: 'mailbox-protocol',
} as const satisfies Record<MailboxFault, ProblemCode>;

/** Null: neither the mailbox nor the document store is to blame. */
function problemOf(error: unknown): Problem | null {
  if (error instanceof MailboxError) return problem(MAILBOX_PROBLEMS[error.fault], '', error.message);
  if (error instanceof DocumentsError && error.isPassing) return problem('mailbox-storage', '', error.message);
  return null;
}

interface Course {
  /** Mails the server refuses, and how often it did. */
  readonly stubborn: Map<number, number>;
  /** Told whenever everything there was has been taken in. */
  readonly isRead: () => void;
}

async function report(office: Office, mailbox: Mailbox, failure: string | null, deps: MailboxJobDeps): Promise<void> {
  await deps.store.reportMailbox(office.aoo, mailbox.address, failure).catch(() => undefined);
}

/** True when the mailbox was ours for a while, false when another process has it. Rejects when something broke. */
async function watch(
  office: Office,
  mailbox: Mailbox,
  deps: MailboxJobDeps,
  course: Course,
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
  }, RENEW_MILLISECONDS);
  let connection: MailboxConnection | null = null;
  try {
    await settleLeftovers(office, mailbox, deps);
    connection = await deps.connector.connect(mailbox.account, signal);
    if (lease.uidValidity !== null && lease.uidValidity !== connection.uidValidity) {
      deps.log.warn(
        { aoo: office.aoo, mailbox: mailbox.address },
        'UIDVALIDITY changed: the mailbox is read again from the start',
      );
    }
    const after = lease.uidValidity === connection.uidValidity ? lease.lastUid : 0;
    await read(office, mailbox, connection, after, deps, course, signal);
    if (lost.signal.aborted && !stop.aborted) throw lost.signal.reason;
    return true;
  } finally {
    clearInterval(renewal);
    await connection?.close().catch(() => undefined);
    await store.releaseMailbox(office.aoo, mailbox.address, owner).catch(() => undefined);
  }
}

async function read(
  office: Office,
  mailbox: Mailbox,
  connection: MailboxConnection,
  start: number,
  deps: MailboxJobDeps,
  { stubborn, isRead }: Course,
  signal: AbortSignal,
): Promise<void> {
  let after = start;
  // While one page is being committed the next is judged and the one after it is on its way.
  let earlier: Promise<void> = Promise.resolve();
  let settling: Promise<void> = Promise.resolve();
  let looked = Number.NEGATIVE_INFINITY;
  try {
    while (!signal.aborted) {
      const page = await connection
        .fetchAfter(after, PAGE)
        .catch((error: unknown) => refusedMail(error, stubborn, deps));
      if (page.length === 0) {
        await settling;
        // Mails that come one by one shall not cost a look at everything each.
        if (performance.now() - looked > LOOK_MILLISECONDS) {
          looked = performance.now();
          await settleLeftovers(office, mailbox, deps);
          // Not as soon as the connection stands: what cannot be kept is not read.
          await report(office, mailbox, null, deps);
          isRead();
        }
        await connection.waitForMail(deps.pollSeconds * 1000, signal);
        continue;
      }
      const kept = await keepMails(office, mailbox.address, connection.uidValidity, page, deps);
      isRead();
      after = page.at(-1)?.uid ?? after;
      await earlier;
      earlier = settling;
      settling = settleMails(office, kept, deps, earlier);
      // A rejection is met at the next await; until then it is not unhandled.
      settling.catch(() => undefined);
    }
  } finally {
    await settling;
  }
}

/** A mail its own server refuses so often is stepped over: recorded, shown to a person, and never in the way of the next. */
const REFUSALS = 3;

function refusedMail(error: unknown, stubborn: Map<number, number>, deps: MailboxJobDeps): readonly FetchedMail[] {
  if (!(error instanceof MailRefusedError)) throw error;
  const { uid, message } = error;
  const times = (stubborn.get(uid) ?? 0) + 1;
  stubborn.set(uid, times);
  if (times < REFUSALS) throw error;
  const reason = problem('mail-refused-by-server', '', message).message;
  return [{ uid, size: 0, arrivedAt: deps.clock.now(), bytes: Buffer.alloc(0), refusal: reason }];
}

/** What was kept and not settled: a process died, or a person asks for another try. */
async function settleLeftovers(office: Office, mailbox: Mailbox, deps: MailboxJobDeps): Promise<void> {
  for (;;) {
    const kept = await deps.store.mailsToSettle(office.aoo, mailbox.address, PAGE);
    if (kept.length === 0) return;
    deps.log.info({ aoo: office.aoo, mailbox: mailbox.address, mails: kept.length }, 'settling mails kept earlier');
    for (const mail of kept) await settleMails(office, [{ kept: mail, bytes: null } satisfies MailToSettle], deps);
  }
}

/** Who holds a lease: this process, this run. */
export const newOwner = (now: Date): string => uuidv7(now);
