import { describe, expect, it } from 'vitest';
import { type DocumentStoreEnv, readDocumentStore } from '../../src/config/document-store.ts';

function read(env: DocumentStoreEnv) {
  const faults: string[] = [];
  return { bucket: readDocumentStore(env, faults), faults };
}

describe('the bucket of the documents', () => {
  it('is none unless it is named', () => {
    expect(read({})).toEqual({ bucket: null, faults: [] });
    expect(read({ INTERPRO_S3_ENDPOINT: 'https://s3.example.it', INTERPRO_S3_PREFIX: 'x' }).faults).toEqual([
      'INTERPRO_S3_BUCKET is missing: name the bucket, or leave out INTERPRO_S3_ENDPOINT and INTERPRO_S3_PREFIX',
    ]);
  });

  it('has a region, a prefix and a patience', () => {
    expect(read({ INTERPRO_S3_BUCKET: 'documenti' })).toEqual({
      bucket: { bucket: 'documenti', endpoint: null, region: 'eu-south-1', prefix: 'documents/', silenceMs: 30_000 },
      faults: [],
    });
    const chosen = {
      INTERPRO_S3_BUCKET: 'documenti',
      INTERPRO_S3_ENDPOINT: 'https://s3.example.it:9000',
      INTERPRO_S3_REGION: 'it-1',
      INTERPRO_S3_SECONDS: '5',
    };
    for (const [given, prefix] of [
      ['/', ''],
      ['a/b', 'a/b/'],
      ['/a/', 'a/'],
    ] as const)
      expect(read({ ...chosen, INTERPRO_S3_PREFIX: given })).toEqual({
        bucket: {
          bucket: 'documenti',
          endpoint: 'https://s3.example.it:9000',
          region: 'it-1',
          prefix,
          silenceMs: 5_000,
        },
        faults: [],
      });
  });

  it('is reached by a safe address only, that holds no secret', () => {
    for (const endpoint of ['http://127.0.0.1:9000', 'http://localhost:9000/', 'http://[::1]:9000'])
      expect(read({ INTERPRO_S3_BUCKET: 'documenti', INTERPRO_S3_ENDPOINT: endpoint }).faults).toEqual([]);
    for (const endpoint of [
      'http://s3.example.it',
      'http://127.example.it',
      'https://user:secret@s3.example.it',
      'https://s3.example.it/documenti',
      's3.example.it',
    ]) {
      const { faults } = read({ INTERPRO_S3_BUCKET: 'documenti', INTERPRO_S3_ENDPOINT: endpoint });
      expect(faults).toHaveLength(1);
      expect(faults.join()).not.toContain('secret');
    }
    expect(read({ INTERPRO_S3_BUCKET: 'Documenti!' }).faults).toHaveLength(1);
  });
});
