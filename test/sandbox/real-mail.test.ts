import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { sharedFolder } from '../support/shared.ts';
import { daticert, ESEMPIO, header, last, PROVARIA, part, submit } from './support.ts';

/** Compares the sandbox's mail with that of a real provider from 2021, except for the provider's own wording and ids. */
const folder = sharedFolder();
const CASES = ['accettazione', 'avvenuta-consegna', 'errore-consegna'] as const;
const HEADERS = [
  'Subject',
  'X-Riferimento-Message-ID',
  'Date',
  'To',
  'X-Ricevuta',
  'From',
  'Message-ID',
  'MIME-Version',
  'Content-Type',
];

const elements = (xml: string): readonly string[] => [
  ...new Set([...xml.matchAll(/<(\w[\w-]*)/g)].map(([, name]) => name ?? '')),
];
const shape = (value: string | null): string =>
  (value ?? 'missing')
    .replace(/<[^<>]+@[^<>]+>/g, '<id>')
    .replace(/[\w.-]+@[\w.-]+/g, 'address')
    .replace(/"[^"]*-{4}[^"]*"/g, 'boundary');

describe.skipIf(folder === null)('beside real receipts', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox({ mailboxes: [ESEMPIO, PROVARIA], digest: 'sha1' });
    const to = [PROVARIA.address, 'nessuno@pec.provaria.example.it'];
    await submit(sandbox, ESEMPIO, { to, messageId: '<m1@esempio.example.it>' });
  });
  afterAll(() => sandbox.stop());

  it.each(CASES)('%s has the same headers, tree and daticert', (kind) => {
    const real = readFileSync(join(folder ?? '', 'samples', 'pec', `aruba-2021-${kind}.eml`), 'latin1').replace(
      /\r?\n/g,
      '\r\n',
    );
    const theirs = Buffer.from(real, 'latin1');
    const ours = last(sandbox, ESEMPIO.address, kind);
    for (const name of HEADERS) {
      expect(header(theirs, name), name).not.toBeNull();
      expect(header(ours, name), name).not.toBeNull();
    }
    for (const name of ['X-Ricevuta', 'MIME-Version', 'From', 'To', 'Message-ID', 'X-Riferimento-Message-ID']) {
      expect(shape(header(ours, name))).toBe(shape(header(theirs, name)));
    }
    const type =
      /multipart\/signed; protocol="application\/x-pkcs7-signature"; micalg="sha1"; boundary="----[0-9A-F]{32}"$/;
    expect(header(theirs, 'Content-Type')).toMatch(type);
    expect(header(ours, 'Content-Type')).toMatch(type);
    const prefix = (mail: Uint8Array) => header(mail, 'Subject')?.split(':')[0];
    expect(prefix(ours)).toBe(prefix(theirs));
    expect(elements(daticert(ours).xml)).toEqual(elements(daticert(theirs).xml));
    expect([daticert(ours).type, daticert(ours).error]).toEqual([daticert(theirs).type, daticert(theirs).error]);
    expect(daticert(ours).value('errore-esteso')?.slice(0, 5)).toBe(
      daticert(theirs).value('errore-esteso')?.slice(0, 5),
    );
    expect(part(ours, 'daticert.xml')?.toString()).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<postacert tipo=/,
    );
  });
});
