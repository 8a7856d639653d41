import { describe, expect, it } from 'vitest';
import { openRateLimiter, subscriberNetwork } from '../../../../src/entrances/http/access/rate-limit.ts';

/** As in the limiter. */
const MOST_CALLERS = 20_000;

describe('the limit of requests', () => {
  it('counts each caller in windows of a minute', () => {
    let time = 0;
    const limiter = openRateLimiter(() => time);
    expect(limiter.take('client', 'a', 2)).toEqual({ allowed: true, limit: 2, remaining: 1, reset: 60 });
    time = 30_000;
    expect(limiter.take('client', 'a', 2)).toMatchObject({ allowed: true, remaining: 0, reset: 30 });
    expect(limiter.take('client', 'a', 2)).toMatchObject({ allowed: false, remaining: 0 });
    expect(limiter.take('client', 'b', 2)).toMatchObject({ allowed: true, remaining: 1 });
    expect(limiter.look('client', 'b', 2)).toMatchObject({ remaining: 1 });
    time = 59_999;
    expect(limiter.take('client', 'a', 2)).toMatchObject({ allowed: false, reset: 1 });
    time = 60_000;
    expect(limiter.take('client', 'a', 2)).toMatchObject({ allowed: true, remaining: 1, reset: 60 });
  });

  it('counts a client, an address, and what an address was refused for, each by itself', () => {
    const limiter = openRateLimiter(() => 0);
    for (const kind of ['client', 'address', 'refused', 'public'] as const)
      expect(limiter.take(kind, 'a', 2), kind).toMatchObject({ remaining: 1 });
  });

  it('an attacker with many addresses resets no client, and no address that goes on calling', () => {
    const limiter = openRateLimiter(() => 0);
    limiter.take('client', 'client', 100);
    let calls = 0;
    for (let count = 0; count < 6 * MOST_CALLERS; count += 1) {
      limiter.take('address', `attacker ${count}`, 100);
      limiter.take('refused', `attacker ${count}`, 100);
      if (count % (MOST_CALLERS / 2) === 0) expect(limiter.take('address', 'busy', 100).remaining).toBe(100 - ++calls);
    }
    expect(limiter.look('client', 'client', 100).remaining).toBe(99);
  });

  it('remembers a caller while so many others call, and has an end', () => {
    const limiter = openRateLimiter(() => 0);
    limiter.take('address', 'silent', 5);
    for (let count = 0; count < 2 * MOST_CALLERS - 1; count += 1) limiter.take('address', `caller ${count}`, 5);
    expect(limiter.look('address', 'silent', 5).remaining).toBe(4);
    limiter.take('address', 'one more', 5);
    expect(limiter.look('address', 'silent', 5).remaining).toBe(5);
    expect(limiter.look('address', `caller ${MOST_CALLERS}`, 5).remaining).toBe(4);
  });

  it('takes the addresses of one IPv6 subscriber for one caller', () => {
    expect(subscriberNetwork('2001:db8:1:2:aaaa::1')).toBe(subscriberNetwork('2001:db8:1:2:bbbb::2'));
    expect(subscriberNetwork('2001:db8:1:3::1')).not.toBe(subscriberNetwork('2001:db8:1:2::1'));
    const written = [
      '2001:db8::1',
      '2001:db8::a:b:c:d',
      '2001:db8:0:0:1::',
      '2001:db8:0:0:1:2:3:4',
      '2001:db8::5%eth0',
    ];
    expect(new Set(written.map(subscriberNetwork)).size).toBe(1);
    expect(subscriberNetwork('::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(subscriberNetwork('192.0.2.1')).not.toBe(subscriberNetwork('192.0.2.2'));
  });
});
