/**
 * The circuits of all SMTP accounts, as this process sees them. They live in memory: each process finds out for itself,
 * which costs a provider that is down one connection per process and pause.
 */
import { allowance, type Circuit, type CircuitEvent, CLOSED, circuitStep } from '../../domain/delivery/circuit.ts';
import type { Clock } from '../../kernel/clock.ts';
import { sha256 } from '../../kernel/digest.ts';
import type { SmtpAccount } from '../register/accounts.ts';
import type { Handover } from './mail-sender.ts';

export interface Circuits {
  /** How many mails of the account may be sent now. */
  allowance(account: SmtpAccount): 'all' | 'one' | 'none';
  /** Called right before a mail is sent; false: not now. */
  enter(account: SmtpAccount): boolean;
  /** The mail that was let through was not sent after all. */
  leave(account: SmtpAccount): void;
  record(account: SmtpAccount, handover: Handover): void;
  /** Since when the account has been failing; null while it works. */
  failingSince(account: SmtpAccount): Date | null;
}

export interface CircuitsOptions {
  readonly clock: Clock;
  /** 0..1. */
  readonly random: () => number;
  /** Called when an account's pause begins or grows, and when it works again. */
  readonly onChange?: (account: SmtpAccount, before: Circuit, after: Circuit) => void;
}

/** Offices that send through the same account share its fate. With another password it is another account. */
const keyOf = (account: SmtpAccount): string => sha256(JSON.stringify(account));

export function openCircuits({ clock, random, onChange }: CircuitsOptions): Circuits {
  const circuits = new Map<string, Circuit>();
  const of = (account: SmtpAccount): Circuit => circuits.get(keyOf(account)) ?? CLOSED;
  const step = (account: SmtpAccount, event: CircuitEvent): Circuit => {
    const before = of(account);
    const after = circuitStep(before, event, clock.now(), random());
    if (after !== before) circuits.set(keyOf(account), after);
    if (after.state !== before.state && after.state !== 'half-open' && event.type !== 'untried')
      onChange?.(account, before, after);
    return after;
  };
  return {
    allowance: (account) => allowance(of(account), clock.now()),
    enter(account) {
      if (allowance(of(account), clock.now()) === 'none') return false;
      step(account, { type: 'try' });
      return true;
    },
    leave: (account) => void step(account, { type: 'untried' }),
    failingSince(account) {
      const circuit = of(account);
      return circuit.state === 'closed' ? null : circuit.since;
    },
    record: (account, handover) => void step(account, eventOf(handover)),
  };
}

function eventOf(handover: Handover): CircuitEvent {
  const { outcome, response } = handover;
  if (outcome === 'accepted') return { type: 'accepted', response };
  if (handover.concerns === 'account') return { type: 'account-failed', outcome, response };
  if (outcome === 'rate') return { type: 'mail-slowed', response };
  return { type: outcome === 'unreachable' ? 'mail-broke' : 'mail-refused', response };
}
