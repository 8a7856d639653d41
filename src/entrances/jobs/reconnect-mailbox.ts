/**
 * Keeps one mailbox connected. Whatever breaks ends the connection; a new one is made after a pause that grows with the
 * failures. Each mailbox is on its own, so that a sick one never stops the others.
 */
import { backOff } from '../../domain/delivery/retry.ts';
import { type Problem, type ProblemCode, problem } from '../../kernel/problems.ts';
import { errorMessage } from '../../kernel/thrown.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import { DocumentsError } from '../../service/documents/documents.ts';
import { MailboxError, type MailboxFault } from '../../service/intake/mailbox.ts';
import type { Office } from '../../service/register/office.ts';
import { type Job, pause, startJob } from './job.ts';
import { type MailboxJobDeps, type OfficeMailbox, readMailbox, reportMailbox } from './read-mailbox.ts';
import { refusedMails } from './refused-mails.ts';

export function startMailboxJob(office: Office, mailbox: OfficeMailbox, deps: MailboxJobDeps): Job {
  return startJob(async (signal) => {
    const about = { aoo: office.aoo, mailbox: mailbox.address };
    const refused = refusedMails(deps.clock);
    let failures = 0;
    const onRead = (): void => {
      if (failures > 0) deps.log.info({ ...about, failures }, 'mailbox read again');
      failures = 0;
    };
    while (!signal.aborted) {
      try {
        const wasOurs = await readMailbox(office, mailbox, deps, { refused, onRead }, signal);
        if (!wasOurs) await pause(5_000 + 5_000 * deps.random(), signal);
      } catch (error) {
        if (signal.aborted) break;
        failures += 1;
        const seconds = backOff(failures - 1, deps.random());
        const reason = errorMessage(error);
        const known = problemOf(error);
        deps.log.warn(
          { ...about, failures, retryInSeconds: Math.round(seconds), reason },
          known === null && deps.isPassing(error) ? 'mailbox waits for the database' : 'mailbox cannot be read',
        );
        await reportMailbox(office, mailbox, known?.message ?? reason, deps);
        await pause(seconds * 1000, signal);
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

/** Names this run of the process as the holder of leases. */
export const newOwner = (now: Date): string => uuidv7(now);
