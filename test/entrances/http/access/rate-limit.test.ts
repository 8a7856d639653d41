import { describe, expect, it } from 'vitest';
import { network, openLimiter } from '../../../../src/entrances/http/access/rate-limit.ts';

describe('the limit of requests', () => {
  it('counts each caller in windows of a minute', () => {
    let time = 0;
    const limiter = openLimiter(() => time);
    expect(limiter.take('a', 2)).toEqual({ allowed: true, limit: 2, remaining: 1, reset: 60 });
    time = 30_000;
    expect(limiter.take('a', 2)).toMatchObject({ allowed: true, remaining: 0, reset: 30 });
    expect(limiter.take('a', 2)).toMatchObject({ allowed: false, remaining: 0 });
    expect(limiter.take('b', 2)).toMatchObject({ allowed: true, remaining: 1 });
    expect(limiter.look('b', 2)).toMatchObject({ remaining: 1 });
    time = 60_000;
    expect(limiter.take('a', 2)).toMatchObject({ allowed: true, remaining: 1, reset: 60 });
  });

  it('remembers no more than so many callers', () => {
    const limiter = openLimiter(() => 0);
    limiter.take('first', 5);
    for (let count = 0; count < 20_000; count += 1) limiter.take(`caller ${count}`, 5);
    expect(limiter.look('first', 5).remaining).toBe(5);
  });

  it('one IPv6 subscriber is one caller', () => {
    expect(network('2001:db8:1:2:aaaa::1')).toBe(network('2001:db8:1:2:bbbb::2'));
    expect(network('2001:db8:1:3::1')).not.toBe(network('2001:db8:1:2::1'));
    const written = [
      '2001:db8::1',
      '2001:db8::a:b:c:d',
      '2001:db8:0:0:1::',
      '2001:db8:0:0:1:2:3:4',
      '2001:db8::5%eth0',
    ];
    expect(new Set(written.map(network)).size).toBe(1);
    expect(network('::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(network('192.0.2.1')).not.toBe(network('192.0.2.2'));
  });
});
