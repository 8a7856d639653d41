import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Authority, issueAuthority, issueProvider } from '../../../src/sandbox/authority.ts';
import { ordinaryMessage, transportEnvelope } from '../../../src/sandbox/craft.ts';
import { hasOpenssl } from '../../formats/cms/openssl.ts';
import { makeList, serialOf } from '../../support/revocation-lists.ts';
import { interpro } from '../../support/run.ts';

const DAYS = { from: '2026-03-02T06:00:00Z', to: '2026-03-04T06:00:00Z' };
const folder = mkdtempSync(join(tmpdir(), 'interpro-inspect-'));
const at = (name: string) => join(folder, name);

describe.skipIf(!hasOpenssl)('interpro inspect --crl', () => {
  let authority: Authority;
  let serial: string;
  beforeAll(async () => {
    authority = await issueAuthority({ listPoint: 'http://crl.example.it/radice.crl' });
    const listPoint = 'http://crl.example.it/gestori.crl';
    const provider = await issueProvider({ domain: 'pec.example.it', authority, listPoint });
    serial = serialOf(provider.certificate);
    const about = {
      date: new Date('2026-03-02T12:00:00Z'),
      from: 'a@pec.example.it',
      subject: 'Prova',
      messageId: '<1@pec.example.it>',
    };
    const original = ordinaryMessage({ ...about, to: 'b@pec.example.it', parts: [] });
    const to = [{ address: 'b@pec.example.it', certified: true }];
    writeFileSync(at('mail.eml'), transportEnvelope(provider, { ...about, identifier: '1', to, original }));
    writeFileSync(at('radice.pem'), authority.caPem);
    writeFileSync(at('radice.crl'), makeList(authority.root, [], DAYS));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const inspect = async (revoked: Parameters<typeof makeList>[1], ...lists: readonly string[]) => {
    writeFileSync(at('gestori.crl'), makeList(authority.intermediate, revoked, { ...DAYS, format: 'PEM' }));
    const files = lists.flatMap((name) => ['--crl', at(name)]);
    const time = ['--at', '2026-03-02T13:00:00Z'];
    const ran = await interpro(['inspect', '--trust', folder, ...time, ...files, at('mail.eml')]);
    return { ...ran, judged: JSON.parse(ran.stdout) };
  };

  it('says what the lists say, and that it is not known without them', async () => {
    const none = await inspect([]);
    expect(none.judged).toMatchObject({
      kind: 'plain-pec',
      pec: { today: 'valid', revocation: { status: 'not-known' } },
    });
    const both = await inspect([], 'radice.crl', 'gestori.crl');
    expect(both.judged.pec.revocation).toEqual({ status: 'good', listedAt: '2026-03-02T06:00:00.000Z' });
    const revoked = await inspect([{ serial, at: '2026-03-01T00:00:00Z' }], 'gestori.crl');
    expect(revoked.judged).toMatchObject({
      kind: 'ordinary-mail',
      pec: { today: 'revoked', chain: 'trusted', revocation: { status: 'revoked', whenSigned: true } },
    });
    const later = await inspect([{ serial, at: '2026-03-02T12:30:00Z' }], 'gestori.crl');
    expect(later.judged).toMatchObject({ kind: 'plain-pec', pec: { revocation: { whenSigned: false } } });
  }, 60_000);

  it('says why a list cannot be used, and goes on without it', async () => {
    const { judged, stderr, code } = await inspect([], 'mail.eml');
    expect([code, judged.pec.revocation]).toEqual([0, { status: 'not-known' }]);
    expect(stderr).toContain('--crl: it is no list of revoked certificates');
  });
});
