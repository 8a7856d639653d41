import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ok } from '../../../src/kernel/result.ts';
import { type IndexHouse, openIndexHouse } from '../../support/index-house.ts';
import { interpro } from '../../support/run.ts';

const office = (passwordFile: string) => ({
  administration: 'c_esempio',
  code: 'AESEMP1',
  name: 'Comune di Esempio',
  address: 'protocollo@pec.esempio.example.it',
  mailboxes: [{ address: 'protocollo@pec.esempio.example.it', host: '127.0.0.1', port: 1, passwordFile }],
  smtp: { host: '127.0.0.1', port: 1 },
});

describe('interpro index', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-index-cli-'));
  const offices = join(folder, 'offices.json');
  let house: IndexHouse;
  beforeAll(async () => {
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, 'x', { mode: 0o600 });
    writeFileSync(offices, JSON.stringify({ offices: [office(passwordFile)] }));
    house = await openIndexHouse();
  });
  afterAll(async () => {
    await house?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const index = (...args: string[]) =>
    interpro(['index', ...args], {
      DATABASE_URL: house.url,
      INTERPRO_OFFICES: offices,
      INTERPRO_DATA: folder,
      INTERPRO_NODE: 'toscana',
    });

  it('finds despite a typing mistake, as a table and as JSON', async () => {
    const shown = await index('find', 'com', 'esenponi');
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout.split('\n')[1]).toMatch(/^body +~ Comune di Esemponi .* c_e001$/);
    const found = await index('find', '--json', '--kind', 'aoo', '--province', 'FI', 'protocollo', 'asl');
    expect(JSON.parse(found.stdout)).toMatchObject({ items: [{ entry: { key: 'AASL001' } }, {}] });
    expect(await index('find', 'xyzzy')).toMatchObject({ code: 1, stdout: 'nothing found\n' });
    expect((await index('find')).code).toBe(2);
  });

  it('sets a value, shows who set it, and withdraws it', async () => {
    const set = ['set', 'c_e001/AOO1', 'mailbox=nuova@pec.esemponi.example.it', '--author', 'Rossi'];
    expect((await index(...set)).code).toBe(2);
    expect(await index(...set, '--reason', 'Nuova casella')).toMatchObject({ code: 0, stderr: '' });
    const shown = await index('show', 'AESE001');
    expect(shown.stdout).toMatch(
      /mailbox: nuova@pec\.esemponi\.example\.it {2}\(toscana, Rossi, since .*: Nuova casella\)/,
    );
    expect((await index('unset', 'c_e001/AOO1', 'mailbox', '--reason', 'Errore')).code).toBe(0);
    expect((await index('show', 'AESE001')).stdout).not.toContain('nuova@');
    expect(await index('set', 'c_e001/ZZ', 'carrier=pec', '--reason', 'x')).toMatchObject({ code: 1 });
    expect(await index('show', 'NIENTE')).toMatchObject({ code: 1, stdout: '' });
  });

  it('lists announcements and accepts one', async () => {
    const messageId = '019c0000-0000-7000-8000-000000000001';
    const message = {
      messageId,
      node: 'toscana',
      body: 'c_e002',
      aoo: 'aoo1',
      changes: [{ field: 'generation', value: '2013', validFrom: '2026-09-01', validTo: null }],
      author: 'Comune',
      reason: 'Nuovo programma',
      receivedAt: new Date('2026-09-02T08:00:00Z'),
      state: 'received',
      decidedAt: null,
      decidedBy: null,
      decision: null,
    } as const;
    await house.index.layer.command(null, message.receivedAt, async (tx) => ok(await tx.receive(message)));
    // In Italian legal time.
    expect((await index('messages')).stdout).toContain('2026-09-02 10:00:00');
    expect((await index('messages', '--json')).stdout).toContain('2013');
    expect(await index('messages', messageId, '--accept', 'Verificato')).toMatchObject({ code: 0 });
    expect((await index('messages')).stdout).toBe('no messages\n');
    expect((await index('show', 'AESE002')).stdout).toContain('generation: 2013');
  });
});
