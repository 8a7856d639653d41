/**
 * Whether an SMTP account is used at the moment: a provider that is down, or that refuses our account, is spared.
 *
 *   closed ──the account fails──► open ──its pause is over, one mail goes through──► half-open
 *   half-open ──the provider answers──► closed          half-open ──the account fails again──► open, for twice as long
 *
 * `closed`: everything goes. `open`: nothing of the account is taken up until its pause is over. `half-open`: one mail is
 * on its way to find out. A reply to a mail, even a refusal, proves that the provider works. A
 * connection that breaks during one mail neither opens nor closes a circuit: that mail may be the cause, and it alone
 * waits. Being told to slow down may concern one recipient (greylisting) or us; several times in a row it concerns us.
 */
import { backOff } from './retry.ts';
import type { SmtpFailure } from './smtp-reply.ts';

interface Trouble {
  readonly outcome: SmtpFailure;
  readonly response: string;
  /** When the account stopped working. */
  readonly since: Date;
  readonly openings: number;
}

export type Circuit =
  | { readonly state: 'closed'; readonly slowed: number }
  | ({ readonly state: 'open'; readonly until: Date } & Trouble)
  | ({ readonly state: 'half-open' } & Trouble);

export type CircuitEvent =
  /** One mail is about to go; asked only where `allowance` is not `none`. */
  | { readonly type: 'try' }
  /** The mail did not go after all, through no fault of the provider. */
  | { readonly type: 'untried' }
  | { readonly type: 'accepted' | 'mail-refused' | 'mail-broke' | 'mail-slowed'; readonly response: string }
  | { readonly type: 'account-failed'; readonly outcome: SmtpFailure; readonly response: string };

export const CLOSED: Circuit = { state: 'closed', slowed: 0 };

/** After so many requests to slow down in a row, the recipients are not the cause. */
const SLOWED_IN_A_ROW = 5;

/** Seconds: the first pause and the longest. Repeated refused logins can lock an account. */
function pauses(outcome: SmtpFailure): readonly [number, number] {
  if (outcome === 'authentication') return [30, 1800];
  return outcome === 'rate' ? [60, 900] : [5, 300];
}

export function allowance(circuit: Circuit, at: Date): 'all' | 'one' | 'none' {
  switch (circuit.state) {
    case 'closed':
      return 'all';
    case 'open':
      return circuit.until <= at ? 'one' : 'none';
    case 'half-open':
      return 'none';
  }
}

/** `jitter`: 0..1, so that several processes do not try at the same time. */
export function circuitStep(circuit: Circuit, event: CircuitEvent, at: Date, jitter: number): Circuit {
  switch (event.type) {
    case 'try':
      return circuit.state === 'open' && circuit.until <= at ? { ...troubleOf(circuit), state: 'half-open' } : circuit;
    case 'untried':
      return circuit.state === 'half-open' ? { ...troubleOf(circuit), state: 'open', until: at } : circuit;
    case 'accepted':
      return CLOSED;
    case 'mail-refused':
      return circuit.state === 'half-open' ? CLOSED : circuit;
    case 'mail-broke':
      return circuit.state === 'half-open' ? open(circuit, 'unreachable', event.response, at, jitter) : circuit;
    case 'mail-slowed': {
      if (circuit.state === 'open') return circuit;
      const slowed = circuit.state === 'closed' ? circuit.slowed + 1 : SLOWED_IN_A_ROW;
      return slowed < SLOWED_IN_A_ROW ? { state: 'closed', slowed } : open(circuit, 'rate', event.response, at, jitter);
    }
    case 'account-failed':
      // Mails in flight together fail together: one failure.
      return circuit.state === 'open' ? circuit : open(circuit, event.outcome, event.response, at, jitter);
  }
}

const troubleOf = ({ outcome, response, since, openings }: Trouble): Trouble => ({
  outcome,
  response,
  since,
  openings,
});

function open(circuit: Circuit, outcome: SmtpFailure, response: string, at: Date, jitter: number): Circuit {
  const before = circuit.state === 'closed' ? { since: at, openings: 0 } : circuit;
  const [first, longest] = pauses(outcome);
  const until = new Date(at.getTime() + backOff(before.openings, jitter, first, longest) * 1000);
  return { state: 'open', outcome, response, since: before.since, openings: before.openings + 1, until };
}
