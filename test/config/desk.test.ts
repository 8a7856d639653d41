import { describe, expect, it } from 'vitest';
import { readDesk } from '../../src/config/desk.ts';

describe('the sessions of the desk', () => {
  const read = (env: Parameters<typeof readDesk>[0]) => {
    const faults: string[] = [];
    return { sessions: readDesk(env, faults).sessions, faults };
  };

  it('end after half an hour without a request and after twelve hours', () => {
    expect(read({})).toEqual({ sessions: { idleMinutes: 30, hours: 12 }, faults: [] });
  });

  it('end when the configuration says', () => {
    const env = { INTERPRO_SESSION_IDLE_MINUTES: '15', INTERPRO_SESSION_HOURS: '8' };
    expect(read(env)).toEqual({ sessions: { idleMinutes: 15, hours: 8 }, faults: [] });
  });

  it('have bounds', () => {
    const { faults } = read({ INTERPRO_SESSION_IDLE_MINUTES: '4', INTERPRO_SESSION_HOURS: '73' });
    expect(faults).toEqual([
      'INTERPRO_SESSION_IDLE_MINUTES is "4": use a whole number from 5 to 720',
      'INTERPRO_SESSION_HOURS is "73": use a whole number from 1 to 72',
    ]);
  });
});
