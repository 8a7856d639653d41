import { describe, expect, it } from 'vitest';
import type { SmtpFailure } from '../../../src/domain/delivery/smtp-reply.ts';
import { openCircuits } from '../../../src/service/outbox/circuits.ts';
import type { Handover } from '../../../src/service/outbox/mail-sender.ts';

const ACCOUNT = { host: 'smtp.example.it', port: 465, secure: true, user: 'protocollo', password: 'segreta', ca: null };
const START = Date.parse('2026-03-02T10:00:00Z');

const failed = (outcome: SmtpFailure, concerns: 'mail' | 'account'): Handover => ({
  outcome,
  concerns,
  response: 'no',
});
const ACCEPTED: Handover = { outcome: 'accepted', response: '250 ok' };
const DOWN = failed('unreachable', 'account');

function open() {
  let seconds = 0;
  const changes: string[] = [];
  const circuits = openCircuits({
    clock: { now: () => new Date(START + seconds * 1000) },
    random: () => 1,
    onChange: ({ user }, before, after) => void changes.push(`${user}: ${before.state} > ${after.state}`),
  });
  const forward = (by: number) => {
    seconds += by;
  };
  return { circuits, forward, changes };
}

describe('the circuits of the SMTP accounts', () => {
  it.each<[string, Handover, 'all' | 'none']>([
    ['takes the mail', ACCEPTED, 'all'],
    // Whatever it says of this mail, it is there and answers.
    ['refuses the mail', failed('permanent', 'mail'), 'all'],
    ['refuses the address', failed('envelope', 'mail'), 'all'],
    ['finds the mailbox full', failed('full', 'mail'), 'all'],
    ['has a passing trouble with the mail', failed('temporary', 'mail'), 'all'],
    ['breaks off during the mail', failed('unreachable', 'mail'), 'none'],
    ['asks again to slow down', failed('rate', 'mail'), 'none'],
    ['asks to slow down before the mail', failed('rate', 'account'), 'none'],
    ['refuses the account', failed('authentication', 'account'), 'none'],
    ['is away', DOWN, 'none'],
  ])(
    'the one mail that finds out whether a provider is back: it %s, and then %o: %s may go',
    (_what, handover, then) => {
      const { circuits, forward } = open();
      circuits.record(ACCOUNT, DOWN);
      expect(circuits.allowance(ACCOUNT)).toBe('none');
      expect(circuits.enter(ACCOUNT)).toBe(false);
      forward(5);
      expect(circuits.allowance(ACCOUNT)).toBe('one');
      expect([circuits.enter(ACCOUNT), circuits.enter(ACCOUNT)]).toEqual([true, false]);
      circuits.record(ACCOUNT, handover);
      expect(circuits.allowance(ACCOUNT)).toBe(then);
      expect(circuits.failingSince(ACCOUNT)).toEqual(then === 'all' ? null : new Date(START));
    },
  );

  it('a mail that did not go after all lets the next one try', () => {
    const { circuits, forward } = open();
    circuits.record(ACCOUNT, DOWN);
    forward(5);
    expect(circuits.enter(ACCOUNT)).toBe(true);
    circuits.leave(ACCOUNT);
    expect(circuits.enter(ACCOUNT)).toBe(true);
  });

  it('are shared by offices with the same account, and by no others', () => {
    const { circuits } = open();
    circuits.record(ACCOUNT, DOWN);
    expect(circuits.allowance({ ...ACCOUNT })).toBe('none');
    // A password that was mended, and read again, is tried at once.
    const others = [
      { host: 'smtp2.example.it' },
      { port: 587 },
      { user: 'altro' },
      { user: null },
      { password: 'altra' },
    ];
    for (const change of others) expect(circuits.allowance({ ...ACCOUNT, ...change })).toBe('all');
  });

  it('are reported when a pause begins or grows and when it works again, not for each try', () => {
    const { circuits, forward, changes } = open();
    circuits.record(ACCOUNT, ACCEPTED);
    circuits.record(ACCOUNT, DOWN);
    circuits.record(ACCOUNT, DOWN);
    forward(5);
    circuits.enter(ACCOUNT);
    circuits.leave(ACCOUNT);
    circuits.enter(ACCOUNT);
    circuits.record(ACCOUNT, DOWN);
    forward(10);
    circuits.enter(ACCOUNT);
    circuits.record(ACCOUNT, ACCEPTED);
    expect(changes).toEqual(
      ['closed > open', 'half-open > open', 'half-open > closed'].map((one) => `protocollo: ${one}`),
    );
  });
});
