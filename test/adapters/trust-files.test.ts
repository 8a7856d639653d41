import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { builtInTrust, configuredTrust, folderTrust } from '../../src/adapters/trust-files.ts';
import { issueAuthority } from '../../src/sandbox/authority.ts';
import { checks } from '../../src/wiring/cli.ts';

const root = mkdtempSync(join(tmpdir(), 'interpro-trust-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('the folder of certificates', () => {
  it('is reported by the running service and by doctor if it holds no certificates, or other files', async () => {
    const folder = mkdtempSync(join(root, 'a-'));
    const told = async () => [(await configuredTrust(folder)).faults, await checks.anchors(folder).catch(String)];
    const empty = expect.stringMatching(/^INTERPRO_TRUST: la cartella non contiene alcun certificato\./);
    expect(await told()).toEqual([[empty], expect.stringMatching(/^Error: .* holds no certificate/)]);
    writeFileSync(join(folder, 'leggimi.txt'), 'nulla');
    expect((await told())[0]).toEqual([empty]);
    writeFileSync(join(folder, 'vuoto.pem'), 'nulla');
    expect(await told()).toEqual([
      ['INTERPRO_TRUST: vuoto.pem: certificato non leggibile.', empty],
      expect.stringMatching(/^Error: vuoto\.pem: /),
    ]);
    writeFileSync(join(folder, 'buono.pem'), (await issueAuthority({ name: 'Autorita di prova' })).caPem);
    expect((await told())[0]).toEqual(['INTERPRO_TRUST: vuoto.pem: certificato non leggibile.']);
    rmSync(join(folder, 'vuoto.pem'));
    expect(await told()).toEqual([[], expect.stringMatching(/ and 1 from /)]);
    expect((await configuredTrust(folder)).trust.anchors).toHaveLength(builtInTrust().anchors.length + 1);
    expect(await configuredTrust(null)).toEqual({ trust: builtInTrust(), faults: [] });
  });

  it('takes an authority of clients neither for a provider nor for a seal', async () => {
    const folder = mkdtempSync(join(root, 'b-'));
    const authorities: Record<string, string> = {};
    for (const purpose of ['pec', 'seals', 'clients']) {
      mkdirSync(join(folder, purpose));
      authorities[purpose] = (await issueAuthority({ name: `Autorita ${purpose}` })).caPem;
    }
    const put = (purpose: string) => writeFileSync(join(folder, purpose, 'ca.pem'), authorities[purpose] ?? '');
    put('clients');
    const builtIn = builtInTrust();
    expect(await configuredTrust(folder)).toEqual({ trust: builtIn, faults: [] });
    // Not even for a person who tries.
    for (const isTrial of [false, true])
      expect((await folderTrust(folder, isTrial)).trust).toEqual({ anchors: [], seals: [] });
    put('pec');
    put('seals');
    const { trust } = await configuredTrust(folder);
    const derOf = (purpose: string) => new X509Certificate(authorities[purpose] ?? '').raw;
    expect(trust.anchors.slice(builtIn.anchors.length).map(({ certificate }) => Buffer.from(certificate))).toEqual([
      derOf('pec'),
    ]);
    expect(trust.seals?.map(({ certificate }) => Buffer.from(certificate))).toEqual([derOf('seals')]);
  });
});
