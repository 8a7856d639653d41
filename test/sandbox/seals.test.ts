import { X509Certificate } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { anchorsFrom } from '../../src/formats/pec/trust.ts';
import { signerFromPem } from '../../src/formats/seal/sealer.ts';
import { sealMessage } from '../../src/formats/seal/sign.ts';
import { verifySeal } from '../../src/formats/seal/verify.ts';
import { type Sandbox, type SealFiles, startSandbox } from '../../src/sandbox/sandbox.ts';
import { ESEMPIO, temporaryFolder } from './support.ts';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).toReversed()) await step();
});

async function start(folder?: string): Promise<Sandbox> {
  const sandbox = await startSandbox({ mailboxes: [ESEMPIO], ...(folder === undefined ? {} : { folder }) });
  cleanUp.push(() => sandbox.stop());
  return sandbox;
}

const OWNER = { name: 'Comune di Esempio', administration: 'c_esempio' };
const AT = new Date('2026-03-02T10:15:00Z');
const XML = '<?xml version="1.0" encoding="UTF-8"?>\n<Segnatura>ciao</Segnatura>';

async function sealed({ certPem, keyPem }: SealFiles): Promise<Buffer> {
  const signer = signerFromPem(certPem, keyPem);
  if (!signer.ok) throw new Error(signer.problem.message);
  return await sealMessage(Buffer.from(XML), signer.value, AT);
}
const verdict = (message: Buffer, caPem: string) =>
  verifySeal(message, anchorsFrom([{ name: 'ca.pem', bytes: Buffer.from(caPem) }]).trust, AT);

it('a seal of a body is trusted by the certificate of the authority, and by no other', async () => {
  const [sandbox, foreign] = [await start(), await start()];
  const message = await sealed(await sandbox.sealFor(OWNER));
  const report = verdict(message, sandbox.caPem);
  expect(report.verdict).toBe('valid');
  expect(report.signer?.subject).toContain('O=Comune di Esempio');
  expect(verdict(message, foreign.caPem).verdict).toBe('untrusted');
});

it('has the key usages of a seal, no purpose for mail and no address', async () => {
  const sandbox = await start();
  const { certPem } = await sandbox.sealFor(OWNER);
  const { ca, keyUsage, subjectAltName, raw } = new X509Certificate(certPem);
  expect([ca, keyUsage, subjectAltName]).toEqual([false, undefined, undefined]);
  // KeyUsage (2.5.29.15), critical: BIT STRING with the first two bits.
  expect(raw.toString('hex')).toContain('0603551d0f0101ff0404030206c0');
});

it('is the same at every call, and after a restart with a folder', async () => {
  const folder = temporaryFolder();
  cleanUp.push(folder.remove);
  const sandbox = await start(folder.path);
  const [first, again, other] = await Promise.all([
    sandbox.sealFor(OWNER),
    sandbox.sealFor(OWNER),
    sandbox.sealFor({ name: 'Comune di Provaria', administration: 'c_provaria' }),
  ]);
  expect(again).toEqual(first);
  expect(other.certPem).not.toBe(first.certPem);
  await sandbox.stop();
  const restarted = await start(folder.path);
  expect(await restarted.sealFor(OWNER)).toEqual(first);
  expect(verdict(await sealed(first), restarted.caPem).verdict).toBe('valid');
});
