import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadGrammars } from '../../../src/adapters/grammar-files.ts';
import { builtInTrust, configuredTrust, folderTrust } from '../../../src/adapters/trust-files.ts';
import { signerFromPem } from '../../../src/formats/seal/sealer.ts';
import { sealMessage } from '../../../src/formats/seal/sign.ts';
import type { Validate } from '../../../src/formats/segnatura/read.ts';
import { issueProvider } from '../../../src/sandbox/authority.ts';
import { ordinaryMessage, transportEnvelope } from '../../../src/sandbox/craft.ts';
import { type Sandbox, type SealFiles, startSandbox } from '../../../src/sandbox/sandbox.ts';
import { checkSenders, type SenderIndex } from '../../../src/service/intake/check-senders.ts';
import { judgeMail, judgeSegnatura } from '../../../src/service/intake/judge-mail.ts';
import type { JudgedMail } from '../../../src/service/intake/judged-mail.ts';
import { ESEMPIO, MITTENTE, PROVARIA } from '../../exchange/councils.ts';
import { envelope, PDF, protocolMessage, written, xmlPart } from '../../exchange/mails.ts';

const root = mkdtempSync(join(tmpdir(), 'interpro-own-seal-'));
const at = new Date();
let sandbox: Sandbox;
let validate: Validate;
let own: SealFiles;
let others: SealFiles;
beforeAll(async () => {
  sandbox = await startSandbox({ mailboxes: [{ address: MITTENTE.address, password: 'segreta' }] });
  ({ validate } = await loadGrammars());
  [own, others] = await Promise.all([sandbox.sealFor(MITTENTE), sandbox.sealFor(PROVARIA)]);
});
afterAll(async () => {
  await sandbox?.stop();
  rmSync(root, { recursive: true, force: true });
});

/** A folder of trust with these files. */
function trusted(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(root, 'trust-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}
const segnatura = async ({ certPem, keyPem }: SealFiles): Promise<Buffer> => {
  const signer = signerFromPem(certPem, keyPem);
  if (!signer.ok) throw new Error(signer.problem.message);
  const message = protocolMessage({ to: ESEMPIO, number: '1234567', generation: '3.0.0' });
  return await sealMessage(written(message, '3.0.0'), signer.value, at);
};
const CA = () => ({ 'pec/ca.pem': sandbox.caPem, 'seals/ca.pem': sandbox.caPem });
const judged = async (files: SealFiles, folder: string): Promise<JudgedMail> => {
  const parts = [xmlPart(await segnatura(files)), PDF];
  const mail = envelope(sandbox, { from: MITTENTE, to: ESEMPIO, subject: 'Prova', parts });
  const { trust } = await configuredTrust(folder);
  const kept = {} as JudgedMail['kept'];
  return { kept, ...judgeMail(mail, { trust, validate, at, policy: new Map() }) };
};
const found = ({ inspection: { segnatura: it, decision } }: JudgedMail) => [
  it?.seal,
  it?.problems.flatMap(({ code }) => (code.startsWith('seal-') ? [code] : [])),
  decision.action,
];
/** An index that knows the sender's body under this name and tax code. */
const indexed = (name: string, taxCode: string): SenderIndex => {
  const { administration: body, code, address } = MITTENTE;
  const base = { body, code, uniCode: null, taxCode, layered: false, mails: [{ kind: 'pec', address }] };
  const entries = {
    byKeys: async () => [{ ...base, kind: 'body', name }],
    ofBodies: async () => [{ ...base, kind: 'aoo', name: 'Protocollo' }],
    ceasedOfBodies: async () => [],
    byAddresses: async () => [{ ...base, kind: 'body', name }],
  };
  const layer = { effective: async () => [], targetsWith: async () => [] };
  return { entries: entries as unknown as SenderIndex['entries'], layer };
};

describe('the seal of a segnatura', () => {
  it("vouches if it is the sender's, and is flagged as somebody else's if not", async () => {
    const folder = trusted(CA());
    expect(found(await judged(own, folder))).toEqual(['valid', [], 'register']);
    expect(found(await judged(others, folder))).toEqual(['untrusted', ['seal-of-another'], 'register-flagged']);
  });

  it('is compared with what the index knows of the body, on which the decision follows', async () => {
    const clock = { now: () => at };
    const mail = await judged(others, trusted(CA()));
    const known = async (one: JudgedMail, index: SenderIndex) =>
      found((await checkSenders([one], new Map(), index, clock))[0] ?? one);
    expect(await known(mail, indexed('Comune Mittente', '00000000001'))).toEqual([
      'untrusted',
      ['seal-of-another'],
      'register-flagged',
    ]);
    // Seals of bodies without an IPA code in their certificate.
    const named = (names: readonly string[]): JudgedMail => ({
      ...mail,
      sealOwner: { names, identifiers: ['VATIT-00000000001'] },
    });
    expect(await known(named([]), indexed('Comune Mittente', '00000000001'))).toEqual(['valid', [], 'register']);
    expect((await known(named([]), indexed('Comune Mittente', '00000000002')))[0]).toBe('untrusted');
  });

  it("is the sender's where the administrator put it under the sender's code", async () => {
    const folder = trusted({ ...CA(), 'seals/C_MITTENTE.pem': others.certPem });
    expect(found(await judged(others, folder))).toEqual(['valid', [], 'register']);
    expect(
      (await judged(others, trusted({ ...CA(), 'seals/c_altro.pem': others.certPem }))).inspection.segnatura?.seal,
    ).toBe('untrusted');
  });

  it('has authorities of its own in the service; a person who tries may name one folder for everything', async () => {
    const loose = trusted({ 'ca.pem': sandbox.caPem });
    expect(found(await judged(own, loose))).toEqual(['untrusted', ['seal-untrusted'], 'register-flagged']);
    expect((await configuredTrust(loose)).remarks).toEqual([expect.stringContaining('«pec»')]);
    expect((await configuredTrust(trusted(CA()))).remarks).toBeUndefined();
    const onlySeals = trusted({ 'seals/ca.pem': sandbox.caPem });
    expect((await judged(own, onlySeals)).inspection.kind).toBe('ordinary-mail');
    const { trust } = await folderTrust(loose, true);
    const { segnatura: it } = judgeSegnatura(await segnatura(own), { trust, validate, at, policy: new Map() });
    expect(it?.seal).toBe('valid');
    expect(builtInTrust().seals).toEqual([]);
  });
});

describe('a certificate for mail', () => {
  it('makes no provider of the person it was issued to, though its authority is trusted', async () => {
    const domain = 'pec.mittente.example.it';
    const [provider, person] = await Promise.all([
      issueProvider({ domain }),
      issueProvider({ domain, san: `anna.prova@${domain}` }),
    ]);
    const kind = async (signer: typeof provider, address: string) => {
      const about = { from: MITTENTE.address, to: [{ address: ESEMPIO.address, certified: true }], subject: 'Prova' };
      const date = at;
      const original = ordinaryMessage({
        from: MITTENTE.address,
        to: ESEMPIO.address,
        subject: 'Prova',
        date,
        messageId: '<a@b.example.it>',
        parts: [PDF],
      });
      const bytes = transportEnvelope(
        { ...signer, address },
        { ...about, identifier: 'opec1', date, messageId: '<a@b.example.it>', original },
      );
      const { trust } = await configuredTrust(trusted({ 'pec/ca.pem': signer.caPem }));
      const { inspection } = judgeMail(bytes, { trust, validate, at, policy: new Map() });
      return [inspection.kind, inspection.pec?.signerMatchesFrom, inspection.problems.map(({ code }) => code)];
    };
    expect(await kind(provider, provider.address)).toEqual(['plain-pec', true, []]);
    const [forged, matches, codes] = await kind(person, `anna.prova@${domain}`);
    expect([forged, matches]).toEqual(['ordinary-mail', true]);
    expect(codes).toContain('pec-chain-untrusted');
  });
});
