import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../../support/run.ts';
import { repository } from '../../support/shared.ts';

const CLI = 'src/entrances/cli/interpro.ts';
const folder = mkdtempSync(join(tmpdir(), 'interpro-segnatura-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const vector = (name: string): string => join(repository, 'test', 'vectors', 'segnatura', name);
const segnatura = (...args: string[]) => run(CLI, ['segnatura', ...args]);

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('segnatura check', () => {
  const table: readonly (readonly [string, number, number, string, boolean])[] = [
    ['2001/valid/segnatura-completa.xml', 0, 0, 'protocol-message', true],
    ['2001/valid/conferma.xml', 0, 0, 'confirmation', true],
    ['2001/wild/data-italiana.xml', 0, 1, 'protocol-message', true],
    ['2001/invalid/senza-numero.xml', 1, 1, 'protocol-message', false],
    ['2001/invalid/entita.xml', 1, 1, 'unreadable', false],
    ['2001/invalid/radice-sconosciuta.xml', 1, 1, 'unreadable', false],
  ];
  it.each(table)('%s: exit %i by default, %i when strict', async (name, usual, strict, kind, valid) => {
    const ran = await segnatura('check', '--json', vector(name));
    expect(ran).toMatchObject({ code: usual, stderr: '' });
    const checked = JSON.parse(ran.stdout);
    expect(checked).toMatchObject({ kind, valid, policy: 'register-and-flag', acceptable: usual === 0 });
    const refused = await segnatura('check', '--json', '--policy', 'strict', vector(name));
    expect(refused.code).toBe(strict);
    expect(JSON.parse(refused.stdout)).toMatchObject({ policy: 'strict', acceptable: strict === 0 });
    if (strict === 1 && kind !== 'unreadable')
      expect(JSON.parse(refused.stdout).problems).toContainEqual(expect.objectContaining({ effect: 'exception' }));
  });

  it('prints a table for people', async () => {
    const ran = await segnatura('check', vector('2001/wild/data-italiana.xml'));
    expect(ran.stdout).toMatch(/^kind {2,}protocol-message\ngeneration {2,}2001\nvalid {2,}yes\nseal {2,}absent\n/);
    expect(ran.stdout).toMatch(/\nregister-and-flag {2}acceptable\n\neffect +code +where +what\n/);
    expect(ran.stdout).toMatch(/\nflag +segnatura-date-format +\/Segnatura\/\S+ +Una data non è scritta/);
  });

  it('an unsealed 3.0.0 is acceptable unless strict', async () => {
    const file = write('unsealed.xml', UNSEALED);
    const usual = await segnatura('check', '--json', file);
    expect(usual.code).toBe(0);
    expect(JSON.parse(usual.stdout)).toMatchObject({ generation: '3.0.0', seal: 'absent' });
    expect((await segnatura('check', '--policy', 'strict', file)).code).toBe(1);
  });

  it('shows no control character of the sender', async () => {
    const file = write('hostile.xml', UNSEALED.replace('Convenzione', 'Con\u202evenzione\u009b2J'));
    const ran = await segnatura('check', file);
    expect(ran.stdout).toContain('\\u202e');
    expect(ran.stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  });

  it.each([
    [['check', '/nowhere.xml']],
    [['check']],
    [['check', '--policy', 'lenient', '/etc/hostname']],
    [['check', '--colour', '/etc/hostname']],
    [['judge']],
    [[]],
  ])('exits 2 for %j', async (args) => {
    const ran = await segnatura(...args);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).not.toBe('');
  });
});

const UNSEALED = `<?xml version="1.0" encoding="UTF-8"?>
<pec:SegnaturaInformatica xmlns:pec="http://www.agid.gov.it/protocollo/pec/" xmlns:prot="http://www.agid.gov.it/protocollo/"
 prot:versione="3.0.0" prot:lang="it"><prot:Intestazione><prot:Oggetto>Convenzione</prot:Oggetto><prot:Identificatore>
<prot:CodiceAmministrazione>c_esempio</prot:CodiceAmministrazione><prot:CodiceAOO>AESEMP1</prot:CodiceAOO>
<prot:CodiceRegistro>PROT</prot:CodiceRegistro><prot:NumeroRegistrazione>0000042</prot:NumeroRegistrazione>
<prot:DataRegistrazione>2026-03-01</prot:DataRegistrazione></prot:Identificatore></prot:Intestazione>
<prot:Descrizione/></pec:SegnaturaInformatica>`;
