import { describe, expect, it } from 'vitest';
import {
  allowance,
  type Circuit,
  type CircuitEvent,
  CLOSED,
  circuitStep,
} from '../../../src/domain/delivery/circuit.ts';
import type { SmtpFailure } from '../../../src/domain/delivery/smtp-reply.ts';

const START = Date.parse('2026-03-02T10:00:00Z');
const at = (seconds: number) => new Date(START + seconds * 1000);
const down: CircuitEvent = { type: 'account-failed', outcome: 'unreachable', response: 'connection refused' };
const refused: CircuitEvent = { type: 'account-failed', outcome: 'authentication', response: '535 5.7.8 no' };
const slowed: CircuitEvent = { type: 'mail-slowed', response: '450 4.7.1 later' };
const accepted: CircuitEvent = { type: 'accepted', response: '250 ok' };

const walk = (events: readonly (readonly [CircuitEvent, number])[], from: Circuit = CLOSED): Circuit =>
  events.reduce((circuit, [event, seconds]) => circuitStep(circuit, event, at(seconds), 1), from);

describe('the circuit of an SMTP account', () => {
  it('opens at the first failure of the account, lets one mail through after the pause, and closes when that one succeeds', () => {
    const open = walk([[down, 0]]);
    expect(open).toEqual({
      state: 'open',
      outcome: 'unreachable',
      response: 'connection refused',
      since: at(0),
      openings: 1,
      until: at(5),
    });
    expect([at(0), at(4.9), at(5)].map((time) => allowance(open, time))).toEqual(['none', 'none', 'one']);
    const half = circuitStep(open, { type: 'try' }, at(5), 1);
    expect(half.state).toBe('half-open');
    // While that mail is being sent, no other one goes.
    expect(allowance(half, at(500))).toBe('none');
    expect(circuitStep(half, accepted, at(6), 1)).toEqual(CLOSED);
    expect(circuitStep(half, { type: 'mail-refused', response: '550' }, at(6), 1)).toEqual(CLOSED);
    expect(allowance(CLOSED, at(6))).toBe('all');
  });

  it('doubles its pause each time, up to a limit and half of it random, and remembers since when it fails', () => {
    let circuit = CLOSED;
    const pauses: number[] = [];
    let now = 100;
    for (let times = 0; times < 9; times += 1) {
      circuit = circuitStep(circuitStep(circuit, { type: 'try' }, at(now), 1), down, at(now), 1);
      if (circuit.state !== 'open') throw new Error(circuit.state);
      expect(circuit.since).toEqual(at(100));
      pauses.push((circuit.until.getTime() - at(now).getTime()) / 1000);
      now += pauses.at(-1) ?? 0;
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
    const early = circuitStep(CLOSED, down, at(0), 0);
    expect(early.state === 'open' && early.until).toEqual(at(2.5));
  });

  it.each<[SmtpFailure, number, number]>([
    ['unreachable', 5, 300],
    ['rate', 60, 900],
    // Repeated refused logins can lock the account.
    ['authentication', 30, 1800],
  ])('waits after %s for %d seconds at first, %d at most', (outcome, first, longest) => {
    const failed: CircuitEvent = { type: 'account-failed', outcome, response: 'no' };
    expect(walk([[failed, 0]])).toMatchObject({ until: at(first) });
    const often = { state: 'half-open', outcome, response: 'no', since: at(0), openings: 20 } as const;
    expect(circuitStep(often, failed, at(0), 1)).toMatchObject({ until: at(longest), openings: 21 });
  });

  it('counts mails that fail together as one failure', () => {
    expect(
      walk([
        [down, 0],
        [down, 1],
        [refused, 2],
      ]),
    ).toEqual(walk([[down, 0]]));
  });

  it('is tried again only after its pause', () => {
    const open = walk([[down, 0]]);
    expect(circuitStep(open, { type: 'try' }, at(1), 1)).toBe(open);
  });

  it('may be tried at once when the one mail failed through a fault of ours', () => {
    const back = walk([
      [down, 0],
      [{ type: 'try' }, 5],
      [{ type: 'untried' }, 6],
    ]);
    expect(back).toMatchObject({ state: 'open', openings: 1, until: at(6) });
    expect(allowance(back, at(6))).toBe('one');
    expect(circuitStep(CLOSED, { type: 'untried' }, at(6), 1)).toBe(CLOSED);
  });

  it('neither opens nor closes for one mail at which connections break', () => {
    const broke: CircuitEvent = { type: 'mail-broke', response: 'connection closed' };
    expect(walk([1, 2, 3, 4, 5, 6, 7].map((second) => [broke, second]))).toEqual(CLOSED);
    expect(
      walk([
        [down, 0],
        [{ type: 'try' }, 5],
        [broke, 6],
      ]),
    ).toMatchObject({ state: 'open', openings: 2 });
  });

  it('slows down when five mails in a row are asked to, not when one in between is accepted', () => {
    const four = walk([1, 2, 3, 4].map((second) => [slowed, second]));
    expect(four).toEqual({ state: 'closed', slowed: 4 });
    expect(circuitStep(four, slowed, at(5), 1)).toMatchObject({ state: 'open', outcome: 'rate', until: at(65) });
    expect(circuitStep(circuitStep(four, accepted, at(5), 1), slowed, at(6), 1)).toEqual({
      state: 'closed',
      slowed: 1,
    });
    const again = walk(
      [
        [slowed, 5],
        [{ type: 'try' }, 65],
        [slowed, 66],
      ],
      four,
    );
    expect(again).toMatchObject({ state: 'open', openings: 2, until: at(66 + 120) });
  });

  it('closes when an open connection still delivers', () => {
    expect(circuitStep(walk([[down, 0]]), accepted, at(1), 1)).toEqual(CLOSED);
  });
});
