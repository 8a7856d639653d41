import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadGrammars } from '../../../src/adapters/grammar-files.ts';
import { policyFrom } from '../../../src/domain/exchange/problem-policy.ts';
import { anchorsFrom } from '../../../src/formats/pec/trust.ts';
import { matchDocuments } from '../../../src/formats/segnatura/documents.ts';
import { writeMessage } from '../../../src/formats/segnatura/write.ts';
import { formOf } from '../../../src/formats/signed-document/spot.ts';
import { sha256 } from '../../../src/kernel/digest.ts';
import type { ProblemCode } from '../../../src/kernel/problems.ts';
import type { ProtocolMessage, Signing } from '../../../src/model/segnatura.ts';
import { issueAuthority, issueProvider, type Provider } from '../../../src/sandbox/authority.ts';
import { type OrdinaryPart, ordinaryMessage, transportEnvelope } from '../../../src/sandbox/craft.ts';
import type { FileInMail } from '../../../src/service/documents/files-in-mail.ts';
import { judgeSignatures } from '../../../src/service/intake/document-signatures.ts';
import { type JudgeOptions, judgeMail } from '../../../src/service/intake/judge-mail.ts';
import { hasOpenssl, type Made, SIGNER, Workshop } from '../../formats/cms/openssl.ts';
import { pdfSigner, signedPdf } from '../../formats/signed-document/pdf.ts';

const FROM = 'protocollo@pec.esempio.example.it';
const TO = 'protocollo@pec.provaria.example.it';
const DATE = new Date('2026-03-01T09:00:00Z');

function body(name: string, administration: string, aoo: string, address: string) {
  return {
    kind: 'administration' as const,
    name,
    administration,
    aoo,
    aooName: name,
    office: null,
    address,
    taxCode: null,
  };
}

/** A message from other software with the documents it declares; `beside` holds files it does not declare. */
interface Letter {
  readonly documents: readonly OrdinaryPart[];
  readonly beside?: readonly OrdinaryPart[];
  readonly change?: Partial<ProtocolMessage>;
}

describe.skipIf(!hasOpenssl)('the judgement of a mail', () => {
  const workshop = new Workshop();
  let signer: Made;
  let provider: Provider;
  let judges: JudgeOptions;
  beforeAll(async () => {
    signer = workshop.certificate({ name: 'Segretaria Rossi', key: 'ec', extensions: SIGNER('rossi@example.it') });
    const authority = await issueAuthority({ name: 'Autorità di prova' });
    provider = await issueProvider({ domain: 'pec.esempio.example.it', authority });
    judges = {
      trust: anchorsFrom([{ name: 'ca.pem', bytes: Buffer.from(provider.caPem) }]).trust,
      validate: (await loadGrammars()).validate,
      at: DATE,
      policy: new Map(),
      office: { administration: 'c_provaria', code: 'APROVA1', addresses: [TO] },
    };
  });
  afterAll(() => workshop.close());

  const pdf = (content: string | Buffer, name = 'delibera.pdf'): OrdinaryPart => ({
    name,
    mediaType: 'application/pdf',
    content,
  });
  function p7m(content: string): Buffer {
    workshop.write('document', content);
    const who = ['-signer', signer.certificate, '-inkey', signer.key];
    return workshop.run('cms', '-sign', '-binary', '-nodetach', '-in', 'document', '-outform', 'DER', ...who);
  }

  function judge({ documents, beside = [], change = {} }: Letter, more: Partial<JudgeOptions> = {}) {
    const message: ProtocolMessage = {
      kind: 'protocol-message',
      identifier: {
        administration: 'c_esempio',
        aoo: 'AESEMP1',
        register: 'PROT',
        number: '0000042',
        date: '2026-03-01',
        time: null,
      },
      firstRegistration: null,
      subject: 'Convenzione',
      sender: body('Comune di Esempio', 'c_esempio', 'AESEMP1', FROM),
      recipients: [
        { ...body('Comune di Provaria', 'c_provaria', 'APROVA1', TO), confirmationRequested: true, copy: false },
      ],
      replyTo: FROM,
      confirmationRequested: true,
      classifications: [],
      reserved: null,
      operatorRequest: null,
      paperDocuments: false,
      telematicReferences: false,
      notes: null,
      documents: documents.map(({ name, mediaType }, index) => ({
        role: index === 0 ? ('primary' as const) : ('attachment' as const),
        name,
        mediaType,
        title: null,
        reference: 'mime' as const,
        location: null,
        digest: null,
        at: '',
      })),
      ...change,
    };
    const segnatura = writeMessage(message, '2013');
    if (!segnatura.ok) throw new Error(segnatura.problem.message);
    const xml = { name: 'Segnatura.xml', mediaType: 'application/xml', content: segnatura.value };
    const common = { from: FROM, subject: 'Convenzione', date: DATE, messageId: '<1@pec.esempio.example.it>' };
    const original = ordinaryMessage({ ...common, to: [TO], parts: [xml, ...documents, ...beside] });
    const envelope = {
      ...common,
      to: [{ address: TO, certified: true }],
      original,
      identifier: 'opec1@pec.esempio.example.it',
    };
    return judgeMail(transportEnvelope(provider, envelope), { ...judges, ...more }).inspection;
  }
  const signatures = (letter: Letter): readonly (readonly [string, string])[] =>
    judge(letter).documents.map(({ name, signature }) => [name, signature] as const);
  const found = (letter: Letter): readonly ProblemCode[] =>
    (judge(letter).segnatura?.problems ?? []).map(({ code }) => code);

  it('tells for every document whether its signature holds', () => {
    const good = signedPdf(pdfSigner(workshop, signer));
    const altered = Buffer.from(good.toString('latin1').replace('Delibera', 'Deliberb'), 'latin1');
    const letter: Letter = {
      documents: [pdf(good), pdf('%PDF-1.4 unsigned', 'piano.pdf'), pdf(p7m('atto'), 'atto.pdf.p7m')],
      beside: [pdf(altered, 'altro.pdf')],
    };
    expect(signatures(letter)).toEqual([
      ['delibera.pdf', 'intact'],
      ['piano.pdf', 'absent'],
      ['atto.pdf.p7m', 'intact'],
      ['altro.pdf', 'broken'],
    ]);
    // A file that the segnatura does not declare is not part of the message.
    expect(found(letter)).toEqual(['document-undeclared']);
    expect(judge(letter).decision.action).toBe('register-flagged');
  });

  it('flags a document that was altered after it was signed; only a strict office refuses it', () => {
    const altered = p7m('Si approva').toString('latin1').replace('Si approva', 'Si respinge'.slice(0, 10));
    const letter = { documents: [pdf(Buffer.from(altered, 'latin1'), 'delibera.pdf.p7m')] };
    const { decision } = judge(letter);
    expect(decision).toMatchObject({ action: 'register-flagged', codes: ['document-signature-broken'] });
    expect(decision.reasons[0]).toContain('«delibera.pdf.p7m»');
    const { policy } = policyFrom('strict');
    expect(judge(letter, { policy }).decision).toMatchObject({
      action: 'exception',
      codes: ['document-signature-broken'],
    });
  });

  it('flags a signature that cannot be judged', () => {
    const cut = p7m('x'.repeat(4_000)).subarray(0, 3_000);
    expect(judge({ documents: [pdf(cut, 'delibera.p7m')] }).decision).toMatchObject({
      action: 'register-flagged',
      codes: ['document-signature-unreadable'],
    });
  });

  it('checks a detached signature against the document it is named after', () => {
    const text = Buffer.from('%PDF-1.4 delibera');
    const p7s = (content: Buffer): OrdinaryPart => pdf(workshop.sign(content, signer), 'delibera.pdf.p7s');
    expect(signatures({ documents: [pdf(text)], beside: [p7s(text)] })).toEqual([
      ['delibera.pdf', 'intact'],
      ['delibera.pdf.p7s', 'intact'],
    ]);
    expect(found({ documents: [pdf(text)], beside: [p7s(Buffer.from('other'))] })).toContain(
      'document-signature-broken',
    );
  });

  it('checks the signatures that a 3.0.0 segnatura declares', () => {
    const text = Buffer.from('%PDF-1.4 delibera');
    const file = (name: string, content: Buffer): FileInMail => ({
      name,
      mediaType: 'application/pdf',
      size: content.length,
      sha256: sha256(content),
      head: content,
      part: '1',
      encoding: 'base64',
      damage: [],
      form: formOf(content),
      bytes: () => content,
      digest: () => null,
    });
    const document = {
      role: 'primary' as const,
      name: 'delibera.pdf',
      mediaType: null,
      title: null,
      location: null,
      digest: null,
      at: '',
    };
    const declared = (signed: Signing) => [{ ...document, reference: 'mime' as const, signed }];
    const verdict = (signed: Signing, ...files: FileInMail[]) => {
      const { documents, problems } = matchDocuments(declared(signed), files);
      expect(problems.every(({ code }) => code === 'document-undeclared')).toBe(true);
      const judged = judgeSignatures(documents, files, declared(signed));
      return [judged.documents[0]?.signature, ...judged.problems.map(({ code }) => code)];
    };
    const plain = file('delibera.pdf', text);
    const beside = file('firma-1', workshop.sign(text, signer));
    expect(verdict('inside', plain)).toEqual(['absent', 'document-signature-missing']);
    expect(verdict('inside', file('delibera.pdf', signedPdf(pdfSigner(workshop, signer))))).toEqual(['intact']);
    expect(verdict([{ name: 'firma-1', order: '1' }], plain, beside)).toEqual(['intact']);
    expect(verdict([{ name: 'firma-2', order: '1' }], plain, beside)).toEqual(['absent', 'document-signature-missing']);
    const altered = file('delibera.pdf', Buffer.from('%PDF-1.4 deliberb'));
    expect(verdict([{ name: 'firma-1', order: '1' }], altered, beside)).toEqual([
      'broken',
      'document-signature-broken',
    ]);
  });

  it('notes that nothing is signed and registers it; a strict office refuses it', () => {
    const letter = { documents: [pdf('%PDF-1.4 unsigned')] };
    expect(judge(letter).decision).toMatchObject({ action: 'register', codes: ['document-unsigned'] });
    const { policy } = policyFrom('strict');
    expect(judge(letter, { policy }).decision).toMatchObject({ action: 'exception', codes: ['document-unsigned'] });
    expect(judge({ documents: [pdf(p7m('atto'), 'atto.p7m')] }).decision).toEqual({
      action: 'register',
      reasons: [],
      codes: [],
    });
  });

  it('knows the office and the envelope that the mail came to and in', () => {
    const documents = [pdf(p7m('atto'), 'atto.p7m')];
    const office = { administration: 'c_altrove', code: 'AALTRO1', addresses: ['protocollo@pec.altrove.example.it'] };
    expect(judge({ documents }, { office }).decision).toMatchObject({
      action: 'exception',
      codes: ['recipient-wrong'],
    });
    const { office: _, ...nobody } = judges;
    expect(judgeMail(Buffer.from(''), nobody).inspection.kind).toBe('unreadable');
    const sender = body('Comune di Esempio', 'c_esempio', 'AESEMP1', 'altro@pec.esempio.example.it');
    expect(found({ documents, change: { sender, replyTo: null } })).toEqual(['sender-address-differs']);
    const identifier = {
      administration: 'c_esempio',
      aoo: 'AESEMP1',
      register: 'PROT',
      number: '0000042',
      date: '2027-03-01',
      time: null,
    };
    expect(found({ documents, change: { identifier } })).toEqual(['registration-date-future']);
  });
});
