import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { folderDocuments } from '../../../src/adapters/documents/folder.ts';
import type { Inspection } from '../../../src/domain/exchange/inspection.ts';
import { ordinaryMessage } from '../../../src/sandbox/craft.ts';
import { judgedMessage, messageContents } from '../../../src/service/documents/message-content.ts';
import { viewOfSegnatura } from '../../../src/service/documents/segnatura-view.ts';

const SEGNATURA = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<Segnatura xmlns="http://www.digitPa.gov.it/protocollo/"><Intestazione>
<Identificatore><CodiceAmministrazione>c_esempio</CodiceAmministrazione><CodiceAOO>AESEMP1</CodiceAOO>
<CodiceRegistro>PROT</CodiceRegistro><NumeroRegistrazione>0000012</NumeroRegistrazione>
<DataRegistrazione>2026-03-02</DataRegistrazione></Identificatore>
<Origine><IndirizzoTelematico tipo="smtp">protocollo@pec.esempio.example.it</IndirizzoTelematico><Mittente>
<Amministrazione><Denominazione>Comune di Esempio</Denominazione><UnitaOrganizzativa><Denominazione>Area tecnica</Denominazione>
<Identificativo>UAT</Identificativo><UnitaOrganizzativa><Denominazione>Ufficio Ambiente</Denominazione>
<Ruolo><Denominazione>Responsabile</Denominazione><Persona><Nome>Anna</Nome><Cognome>Prova</Cognome></Persona></Ruolo>
<IndirizzoPostale><Denominazione>Piazza di Prova 1</Denominazione></IndirizzoPostale></UnitaOrganizzativa></UnitaOrganizzativa>
</Amministrazione><AOO><Denominazione>Protocollo generale</Denominazione></AOO></Mittente></Origine>
<Destinazione confermaRicezione="si"><IndirizzoTelematico tipo="smtp">protocollo@pec.provaria.example.it</IndirizzoTelematico>
</Destinazione><Riservato/><Oggetto>Parere</Oggetto><Note>Urgente</Note></Intestazione>
<Riferimenti><Messaggio><Identificatore><CodiceAmministrazione>c_provaria</CodiceAmministrazione><CodiceAOO>APROVA1</CodiceAOO>
<CodiceRegistro>PROT</CodiceRegistro><NumeroRegistrazione>0000007</NumeroRegistrazione><DataRegistrazione>2026-02-01</DataRegistrazione>
</Identificatore></Messaggio><Procedimento><CodiceAmministrazione>c_esempio</CodiceAmministrazione><CodiceAOO>AESEMP1</CodiceAOO>
<Identificativo>P-9</Identificativo><TipoProcedimento>Autorizzazione</TipoProcedimento></Procedimento></Riferimenti>
<Descrizione><Documento nome="parere.pdf" tipoRiferimento="MIME"><TitoloDocumento>Richiesta</TitoloDocumento></Documento>
</Descrizione></Segnatura>
`);
const mail = (scan: number, more: readonly { name: string; mediaType: string; content: Buffer }[] = []) =>
  Buffer.from(
    ordinaryMessage({
      from: 'protocollo@pec.esempio.example.it',
      to: 'protocollo@pec.provaria.example.it',
      subject: 'Parere',
      date: new Date('2026-03-02T10:00:00Z'),
      messageId: '<m@pec.esempio.example.it>',
      parts: [
        ...more,
        { name: 'parere.pdf', mediaType: 'application/pdf', content: Buffer.alloc(scan, 'scansione\n') },
        { name: 'Segnatura.xml', mediaType: 'application/xml', content: SEGNATURA },
      ],
    }),
  );

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interpro-content-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each([10, 3 * 1024 * 1024])('a mail with a document of %d bytes gives its segnatura and its text', async (scan) => {
  const documents = await folderDocuments(folder);
  const contents = messageContents(documents);
  const kept = await documents.put(mail(scan));
  const { message, text, problem } = await contents.of(kept);
  expect(problem).toBeNull();
  expect(text).toMatch(/\S/);
  expect(message && viewOfSegnatura(message)).toMatchObject({
    identifier: { administration: 'c_esempio', number: '0000012', register: 'PROT' },
    sender: {
      name: 'Comune di Esempio',
      offices: [{ name: 'Area tecnica', code: 'UAT' }, { name: 'Ufficio Ambiente' }],
      persons: [{ firstName: 'Anna', familyName: 'Prova', role: 'Responsabile' }],
      postalAddress: { text: 'Piazza di Prova 1' },
    },
    recipients: [{ address: 'protocollo@pec.provaria.example.it', copy: false, confirmationRequested: true }],
    // The element alone asks for it.
    reserved: {},
    notes: 'Urgente',
    references: [{ identifier: { number: '0000007', date: '2026-02-01' } }],
    proceedings: [{ kind: 'proceeding', code: 'P-9', type: 'Autorizzazione' }],
    documents: [{ role: 'primary', name: 'parere.pdf', title: 'Richiesta' }],
  });
  expect((await contents.segnatura(kept))?.bytes.equals(SEGNATURA)).toBe(true);
  // Nothing is shown that is not known, and nothing that only writers need.
  expect(JSON.stringify(message && viewOfSegnatura(message))).not.toMatch(/null|written|"at"/);
});

it('a mail of very many large parts is not looked into', async () => {
  const documents = await folderDocuments(folder);
  const scans = Array.from({ length: 26 }, (_, index) => ({
    name: `scansione-${index}.pdf`,
    mediaType: 'application/pdf',
    content: Buffer.alloc(1024 * 1024, 'scansione\n'),
  }));
  const more = await documents.put(mail(10, scans));
  expect(await messageContents(documents).of(more)).toEqual({
    message: null,
    text: null,
    hasPage: false,
    page: null,
    problem: null,
  });
});

it('what is looked at again is not read again', async () => {
  let reads = 0;
  const bytes = mail(10);
  const contents = messageContents({
    read: async () => {
      reads += 1;
      return bytes;
    },
    stream: () => Readable.from([bytes]),
  });
  const kept = { sha256: 'a'.repeat(64), size: bytes.length };
  expect(await contents.of(kept)).toBe(await contents.of(kept));
  expect(reads).toBe(1);
});

it('a mail that was altered says why and nothing else', async () => {
  const documents = await folderDocuments(folder);
  const { sha256, size } = await documents.put(mail(11));
  const { readdir } = await import('node:fs/promises');
  const places = await readdir(folder, { recursive: true, withFileTypes: true });
  const place = places.find((one) => one.isFile() && sha256.endsWith(one.name.slice(-40)));
  await writeFile(join(place?.parentPath ?? '', place?.name ?? ''), mail(12));
  const again = messageContents(await folderDocuments(folder));
  expect(await again.of({ sha256, size })).toMatchObject({
    message: null,
    text: null,
    problem: { code: 'document-lost' },
  });
});

it('only the message that was judged is shown', async () => {
  const documents = await folderDocuments(folder);
  const content = await messageContents(documents).of(await documents.put(mail(10)));
  const judged = {
    administration: 'c_esempio',
    aoo: 'AESEMP1',
    register: 'PROT',
    number: '0000012',
    date: '2026-03-02',
  };
  const inspection = (kind: string, identifier: object | null) =>
    ({ kind, segnatura: { identifier } }) as unknown as Inspection;
  expect(judgedMessage(inspection('protocol-message', judged), content)).toBe(content.message);
  expect(judgedMessage(inspection('plain-pec', judged), content)).toBeNull();
  expect(judgedMessage(inspection('protocol-message', { ...judged, number: '0000013' }), content)).toBeNull();
  expect(judgedMessage(inspection('protocol-message', null), content)).toBeNull();
  expect(judgedMessage(null, content)).toBeNull();
});
