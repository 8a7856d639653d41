import { describe, expect, it } from 'vitest';
import { type ApiEnv, readApi } from '../../src/config/api.ts';

const faultsOf = (env: ApiEnv): readonly string[] => {
  const faults: string[] = [];
  readApi(env, faults);
  return faults;
};

describe('what the documentation says of the node', () => {
  it('names the operator as configured, or nobody', () => {
    const faults: string[] = [];
    expect(readApi({}, faults)).toEqual({ publicUrl: null, contact: null, termsOfService: null });
    expect(
      readApi(
        {
          INTERPRO_PUBLIC_URL: 'https://interpro.example.it:8443/',
          INTERPRO_API_CONTACT: 'Ufficio protocollo <protocollo@example.it>',
          INTERPRO_API_TERMS: 'https://www.example.it/condizioni',
        },
        faults,
      ),
    ).toEqual({
      publicUrl: 'https://interpro.example.it:8443',
      contact: { name: 'Ufficio protocollo', email: 'protocollo@example.it' },
      termsOfService: 'https://www.example.it/condizioni',
    });
    expect(faults).toEqual([]);
  });

  it.each<[string, ApiEnv]>([
    ['INTERPRO_PUBLIC_URL', { INTERPRO_PUBLIC_URL: 'http://interpro.example.it' }],
    ['INTERPRO_PUBLIC_URL', { INTERPRO_PUBLIC_URL: 'https://interpro.example.it/rest' }],
    ['INTERPRO_PUBLIC_URL', { INTERPRO_PUBLIC_URL: 'https://a:b@interpro.example.it' }],
    ['INTERPRO_API_CONTACT', { INTERPRO_API_CONTACT: 'protocollo@example.it' }],
    ['INTERPRO_API_TERMS', { INTERPRO_API_TERMS: 'http://www.example.it' }],
  ])('is refused where it cannot be: %s %o', (name, env) => {
    expect(faultsOf(env)).toEqual([expect.stringContaining(name)]);
  });
});
