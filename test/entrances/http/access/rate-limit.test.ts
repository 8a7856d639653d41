import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRateLimits, type RateLimits } from '../../../../src/entrances/http/access/rate-limit.ts';

const MOST_CALLERS = 50;

describe('the limit of requests', () => {
  let server: FastifyInstance;
  let limits: RateLimits;
  beforeEach(async () => {
    server = Fastify();
    limits = await openRateLimits(server, { perMinute: 3, publicPerMinute: 2, mostCallers: MOST_CALLERS });
  });
  afterEach(() => server.close());

  const from = (ip: string, client?: string) =>
    ({ ip, client: client === undefined ? null : { id: client }, routeOptions: { config: {} } }) as never;

  it('counts down to zero, then refuses, and says how long', async () => {
    const taken = [];
    for (let count = 0; count < 4; count += 1) taken.push(await limits.ofClient(from('192.0.2.1', 'one')));
    expect(taken.map(({ allowed, limit, remaining }) => [allowed, limit, remaining])).toEqual([
      [true, 3, 2],
      [true, 3, 1],
      [true, 3, 0],
      [false, 3, 0],
    ]);
    for (const { reset } of taken) {
      expect(reset).toBeGreaterThan(50);
      expect(reset).toBeLessThanOrEqual(60);
    }
    expect(await limits.ofClient(from('192.0.2.1', 'other'))).toMatchObject({ remaining: 2 });
  });

  it('counts clients, addresses, refusals and the public index each by itself', async () => {
    const one = from('192.0.2.1', 'one');
    expect(await limits.ofClient(one)).toMatchObject({ limit: 3, remaining: 2 });
    expect(await limits.ofAddress(one)).toMatchObject({ limit: 3, remaining: 2 });
    expect(await limits.ofRefused(one)).toMatchObject({ limit: 3, remaining: 2 });
    expect(await limits.ofPublicIndex(one)).toMatchObject({ limit: 2, remaining: 1 });
  });

  it('looks at refusals without counting them', async () => {
    const one = from('192.0.2.1');
    expect(await limits.lookAtRefused(one)).toMatchObject({ remaining: 3 });
    await limits.ofRefused(one);
    expect(await limits.lookAtRefused(one)).toMatchObject({ remaining: 2 });
    expect(await limits.lookAtRefused(one)).toMatchObject({ remaining: 2 });
  });

  it('an attacker with many addresses resets no client, and no address that goes on calling', async () => {
    await limits.ofClient(from('192.0.2.1', 'client'));
    await limits.ofAddress(from('192.0.2.1'));
    for (let count = 0; count < 10 * MOST_CALLERS; count += 1) {
      const attacker = from(`10.0.${count >> 8}.${count & 255}`);
      await limits.ofAddress(attacker);
      await limits.ofRefused(attacker);
      if (count === MOST_CALLERS - 2) await limits.ofAddress(from('192.0.2.1'));
      if (count === 2 * MOST_CALLERS - 4)
        expect(await limits.ofAddress(from('192.0.2.1'))).toMatchObject({ remaining: 0 });
    }
    expect(await limits.ofClient(from('192.0.2.1', 'client'))).toMatchObject({ remaining: 1 });
    // Memory has an end: who was silent meanwhile starts anew.
    expect(await limits.ofAddress(from('192.0.2.1'))).toMatchObject({ remaining: 2 });
  });

  it('takes the addresses of one IPv6 subscriber for one caller', async () => {
    const used = async (ip: string) => 3 - (await limits.ofAddress(from(ip))).remaining;
    expect(await used('2001:db8:1:2:aaaa::1')).toBe(1);
    expect(await used('2001:db8:1:2:bbbb::2')).toBe(2);
    expect(await used('2001:db8:1:3::1')).toBe(1);
    expect(await used('::ffff:192.0.2.1')).toBe(1);
    expect(await used('192.0.2.1')).toBe(2);
    expect(await used('192.0.2.2')).toBe(1);
  });
});
