import { describe, expect, it } from 'vitest';
import { type RevocationEnv, readRevocation } from '../../src/config/revocation.ts';

const read = (env: RevocationEnv) => {
  const faults: string[] = [];
  return { config: readRevocation(env, faults), faults };
};

describe('the configuration of revocation', () => {
  it('is on, for the public internet, unless it says otherwise', () => {
    expect(read({})).toEqual({ config: { isOn: true, hosts: [] }, faults: [] });
    expect(read({ INTERPRO_REVOCATION: 'off' }).config.isOn).toBe(false);
    expect(read({ INTERPRO_REVOCATION_HOSTS: 'crl.interno 10.0.0.0/8' })).toEqual({
      config: { isOn: true, hosts: ['crl.interno', '10.0.0.0/8'] },
      faults: [],
    });
  });

  it('names what it does not understand', () => {
    expect(read({ INTERPRO_REVOCATION: 'no', INTERPRO_REVOCATION_HOSTS: 'http://crl.interno' }).faults).toEqual([
      'INTERPRO_REVOCATION is "no": use on or off',
      'INTERPRO_REVOCATION_HOSTS: "http://crl.interno" is not a name, an address or a network (10.0.0.0/8)',
    ]);
  });
});
