import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Inspection } from '../../../src/domain/exchange/inspection.ts';
import { issueAuthority, issueProvider } from '../../../src/sandbox/authority.ts';
import { ordinaryMessage, transportEnvelope } from '../../../src/sandbox/craft.ts';
import { interpro } from '../../support/run.ts';
import { sharedFolder } from '../../support/shared.ts';

const folder = mkdtempSync(join(tmpdir(), 'interpro-inspect-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function inspect(...args: string[]): Promise<Inspection> {
  const ran = await interpro(['inspect', ...args]);
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  return JSON.parse(ran.stdout);
}

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const SEGNATURA = `<?xml version="1.0" encoding="UTF-8"?>
<Segnatura xmlns="http://www.digitPa.gov.it/protocollo/"><Intestazione><Identificatore>
<CodiceAmministrazione>c_esempio</CodiceAmministrazione><CodiceAOO>AESEMP1</CodiceAOO><CodiceRegistro>PROT</CodiceRegistro>
<NumeroRegistrazione>0000042</NumeroRegistrazione><DataRegistrazione>2026-03-01</DataRegistrazione></Identificatore>
<Origine><IndirizzoTelematico>protocollo@pec.esempio.example.it</IndirizzoTelematico><Mittente><Amministrazione>
<Denominazione>Comune di Esempio</Denominazione><CodiceAmministrazione>c_esempio</CodiceAmministrazione>
<IndirizzoPostale><Denominazione>Via di prova 1</Denominazione></IndirizzoPostale></Amministrazione>
<AOO><Denominazione>Protocollo</Denominazione><CodiceAOO>AESEMP1</CodiceAOO></AOO></Mittente></Origine>
<Destinazione confermaRicezione="si"><IndirizzoTelematico>protocollo@pec.provaria.example.it</IndirizzoTelematico></Destinazione>
<Oggetto>Convenzione</Oggetto></Intestazione>
<Descrizione><Documento nome="atto.txt" tipoMIME="text/plain"/></Descrizione></Segnatura>`;

describe('inspect', () => {
  const samples = sharedFolder();
  it.skipIf(samples === null).each([
    ['aruba-2021-accettazione.eml', 'pec-receipt', 'accettazione', 'intact', 'trusted', 'correlate'],
    ['aruba-2021-avvenuta-consegna.eml', 'pec-receipt', 'avvenuta-consegna', 'intact', 'trusted', 'correlate'],
    ['aruba-2021-errore-consegna.eml', 'pec-receipt', 'errore-consegna', 'intact', 'trusted', 'correlate'],
    ['broken-busta-inoltrata.eml', 'ordinary-mail', 'posta-certificata', 'unreadable', 'not-checked', 'operator'],
    ['unsigned-accettazione.eml', 'ordinary-mail', 'accettazione', 'absent', 'not-checked', 'operator'],
  ])('judges the real mail %s', async (name, kind, type, integrity, chain, action) => {
    const judged = await inspect('--at', '2026-03-01T12:00:00Z', join(samples ?? '', 'samples', 'pec', name));
    expect(judged).toMatchObject({ kind, pec: { type, integrity, chain }, decision: { action } });
    if (integrity === 'intact')
      expect(judged.pec).toMatchObject({ today: 'expired', signerMatchesFrom: true, agrees: true });
  });

  it('judges a protocol message by the given trust anchors, never by its own claims', async () => {
    const authority = await issueAuthority({ name: 'Autorità di prova' });
    const provider = await issueProvider({ domain: 'pec.esempio.example.it', authority });
    const original = ordinaryMessage({
      from: 'protocollo@pec.esempio.example.it',
      to: ['protocollo@pec.provaria.example.it'],
      subject: 'Convenzione',
      messageId: '<1@pec.esempio.example.it>',
      date: new Date('2026-03-01T09:00:00Z'),
      text: 'Prova',
      parts: [
        { name: 'Segnatura.xml', mediaType: 'application/xml', content: Buffer.from(SEGNATURA) },
        { name: 'atto.txt', mediaType: 'text/plain', content: Buffer.from('Atto di prova') },
      ],
    });
    const mail = transportEnvelope(provider, {
      from: 'protocollo@pec.esempio.example.it',
      to: [{ address: 'protocollo@pec.provaria.example.it', certified: true }],
      subject: 'Convenzione',
      original,
      date: new Date('2026-03-01T09:00:01Z'),
      messageId: '<1@pec.esempio.example.it>',
      identifier: 'opec1.20260301100001@pec.esempio.example.it',
    });
    const file = write('message.eml', mail);
    const trust = mkdtempSync(join(folder, 'trust-'));
    writeFileSync(join(trust, 'ca.pem'), provider.caPem);

    const judged = await inspect('--trust', trust, file);
    expect(judged).toMatchObject({
      kind: 'protocol-message',
      pec: { type: 'posta-certificata', integrity: 'intact', chain: 'trusted', signerMatchesFrom: true, agrees: true },
      segnatura: {
        generation: '2013',
        valid: true,
        identifier: {
          administration: 'c_esempio',
          aoo: 'AESEMP1',
          register: 'PROT',
          number: '0000042',
          date: '2026-03-01',
        },
        subject: 'Convenzione',
        confirmationRequested: true,
        seal: 'absent',
      },
      documents: [{ name: 'atto.txt', role: 'primary', digest: 'not-declared', present: true, size: 13 }],
      decision: { action: 'register' },
    });
    // An authority that is not trusted.
    expect(await inspect(file)).toMatchObject({
      kind: 'ordinary-mail',
      pec: { chain: 'untrusted' },
      decision: { action: 'operator' },
    });
    const altered = Buffer.from(mail);
    const at = altered.indexOf('UHJvdmE'); // "Prova" in base64, inside the signed original
    expect(at).toBeGreaterThan(0);
    altered[at] = 0x56;
    expect(await inspect('--trust', trust, write('altered.eml', altered))).toMatchObject({
      kind: 'ordinary-mail',
      pec: { integrity: 'modified' },
      decision: { action: 'operator' },
    });
  });

  it('judges a segnatura alone', async () => {
    const judged = await inspect(write('Segnatura.xml', SEGNATURA));
    expect(judged).toMatchObject({
      kind: 'protocol-message',
      pec: null,
      segnatura: { valid: true },
      decision: { action: 'register' },
    });
    const bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>';
    expect(await inspect(write('bomb.xml', bomb))).toMatchObject({
      kind: 'unreadable',
      problems: [{ code: 'xml-doctype-internal' }],
    });
  });

  it('judges a signed document alone, and the segnatura in it', async () => {
    const keys = ['-newkey', 'rsa:2048', '-nodes', '-keyout', 'key.pem', '-out', 'cert.pem', '-days', '3650'];
    const openssl = (...given: string[]) => execFileSync('openssl', given, { cwd: folder, stdio: 'pipe' });
    openssl('req', '-x509', '-subj', '/CN=Firmatario di Esempio', ...keys);
    const signed = (content: string, ...how: string[]) => {
      write('content', content);
      const who = ['-signer', 'cert.pem', '-inkey', 'key.pem'];
      return openssl('cms', '-sign', '-binary', '-in', 'content', '-outform', 'DER', ...who, ...how);
    };
    const document = async (name: string, content: string | Buffer) => {
      const { kind, documents, problems, segnatura } = await inspect(write(name, content));
      return { kind, signature: documents[0]?.signature, codes: problems.map(({ code }) => code), segnatura };
    };
    const p7m = signed('delibera', '-nodetach');
    const intact = { kind: 'document', signature: 'intact', codes: [], segnatura: null };
    expect(await document('delibera.txt.p7m', p7m)).toEqual(intact);
    const altered = Buffer.from(p7m.toString('latin1').replace('delibera', 'delibere'), 'latin1');
    const broken = { ...intact, signature: 'broken', codes: ['document-signature-broken'] };
    expect(await document('delibera.txt.p7m', altered)).toEqual(broken);
    const unreadable = { ...intact, signature: 'unreadable', codes: ['document-signature-unreadable'] };
    expect(await document('delibera.txt.p7s', signed('delibera'))).toEqual(unreadable);
    expect(await document('pagina.p7m', '<html></html>')).toEqual(unreadable);
    expect(await document('relazione.pdf', '%PDF-1.7\n')).toEqual({ ...intact, signature: 'absent' });
    expect(await document('lettera.p7m', signed(SEGNATURA, '-nodetach'))).toMatchObject({
      kind: 'protocol-message',
      signature: 'intact',
      segnatura: { identifier: { number: '0000042' } },
    });
  });

  it('judges garbage, and prints no control character', async () => {
    expect(await inspect(write('empty.eml', ''))).toMatchObject({
      kind: 'unreadable',
      decision: { action: 'operator' },
    });
    expect(await inspect(write('plain.eml', 'From: a@example.it\r\nSubject: x\r\n\r\nhi'))).toMatchObject({
      kind: 'ordinary-mail',
      pec: { type: null, integrity: 'absent' },
    });
    const hostile =
      'From: a@example.it\r\nSubject: x\r\nContent-Type: application/pdf; name="=?utf-8?Q?..=2F=E2=80=AEfdp=1B=5B2J?="\r\n\r\nx';
    const ran = await interpro(['inspect', write('hostile.eml', hostile)]);
    expect(ran.stdout).toContain('\\u202e');
    expect(ran.stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  });

  it.each([
    [['/nowhere.eml']],
    [[]],
    [['--at', 'yesterday', '/etc/hostname']],
    [['--trust', '/nowhere', '/etc/hostname']],
  ])('exits 2 for %j', async (args) => {
    const ran = await interpro(['inspect', ...args]);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain('interpro inspect: ');
  });
});
