/** Tries a mailbox and the way out of its office, step by step, as an administrator wants to see it. Nothing is changed or sent. */
import type { Clock } from '../../kernel/clock.ts';
import { type ProblemCode, problem } from '../../kernel/problems.ts';
import { errorCode, errorMessage } from '../../kernel/thrown.ts';
import { type MailboxConnector, MailboxError, type MailboxFault } from '../intake/mailbox.ts';
import type { MailboxAccount, SmtpAccount } from '../register/accounts.ts';

/** `reached`: the server answers, and its certificate is good. `open`: the folder can be read. */
export type TrialStep = 'reached' | 'signed-in' | 'open' | 'way-out';

export interface TriedStep {
  readonly step: TrialStep;
  /** `not-tried`: an earlier one failed. */
  readonly outcome: 'well' | 'failed' | 'not-tried';
  /** Of what failed: what the server said, and what to do; Italian. */
  readonly says: string | null;
  /** How long the answer took; null: it was not asked by itself. */
  readonly milliseconds: number | null;
}

export interface MailboxTrial {
  readonly mailbox: string;
  readonly at: Date;
  readonly steps: readonly TriedStep[];
}

export interface TryMailboxDeps {
  readonly connector: MailboxConnector;
  /** Signs in to the server that takes outgoing mail, and leaves; rejects where that fails. */
  readonly reachSubmission: (account: SmtpAccount, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
}

/** Longer, and the administrator knows anyway. */
const PATIENCE_MS = 15_000;

const IN: readonly TrialStep[] = ['reached', 'signed-in', 'open'];
/** Which step a fault breaks. */
const BROKEN_AT: Readonly<Record<MailboxFault, TrialStep>> = {
  unreachable: 'reached',
  tls: 'reached',
  protocol: 'reached',
  authentication: 'signed-in',
  'folder-missing': 'open',
};

const PROBLEM_OF = {
  unreachable: 'mailbox-unreachable',
  tls: 'mailbox-tls',
  protocol: 'mailbox-protocol',
  authentication: 'mailbox-authentication',
  'folder-missing': 'mailbox-folder-missing',
} as const satisfies Record<MailboxFault, ProblemCode>;

export async function tryMailbox(
  {
    address,
    account,
    smtp,
  }: { readonly address: string; readonly account: MailboxAccount; readonly smtp: SmtpAccount },
  deps: TryMailboxDeps,
): Promise<MailboxTrial> {
  const at = deps.clock.now();
  const [incoming, outgoing] = await Promise.all([waysIn(account, deps), wayOut(smtp, deps)]);
  return { mailbox: address, at, steps: [...incoming, outgoing] };
}

async function waysIn(account: MailboxAccount, { connector, clock }: TryMailboxDeps): Promise<readonly TriedStep[]> {
  const begun = clock.now().getTime();
  const took = (): number => clock.now().getTime() - begun;
  try {
    const connection = await connector.connect(account, AbortSignal.timeout(PATIENCE_MS));
    const milliseconds = took();
    await connection.close();
    return IN.map((step) => ({
      step,
      outcome: 'well',
      says: null,
      milliseconds: step === 'open' ? milliseconds : null,
    }));
  } catch (error) {
    const fault = error instanceof MailboxError ? error.fault : 'protocol';
    const broken = IN.indexOf(BROKEN_AT[fault]);
    const says = problem(PROBLEM_OF[fault], '', errorMessage(error)).message;
    return IN.map((step, place) => ({
      step,
      outcome: place < broken ? 'well' : place === broken ? 'failed' : 'not-tried',
      says: place === broken ? says : null,
      milliseconds: place === broken ? took() : null,
    }));
  }
}

async function wayOut(account: SmtpAccount, { reachSubmission, clock }: TryMailboxDeps): Promise<TriedStep> {
  const begun = clock.now().getTime();
  try {
    await reachSubmission(account, AbortSignal.timeout(PATIENCE_MS));
    return { step: 'way-out', outcome: 'well', says: null, milliseconds: clock.now().getTime() - begun };
  } catch (error) {
    const code = errorCode(error) === 'EAUTH' ? 'smtp-authentication' : 'smtp-unreachable';
    return {
      step: 'way-out',
      outcome: 'failed',
      says: problem(code, '', errorMessage(error)).message,
      milliseconds: clock.now().getTime() - begun,
    };
  }
}
