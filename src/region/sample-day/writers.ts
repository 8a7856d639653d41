/** Those who write to the councils of the sample, and the provider they all have. Names and addresses are fictitious. */
import nodemailer from 'nodemailer';
import { signerFromPem } from '../../formats/seal/sealer.ts';
import { writeMessage } from '../../formats/segnatura/write.ts';
import { type Clock, legalTime } from '../../kernel/clock.ts';
import { sha256 } from '../../kernel/digest.ts';
import { aooId, type MailAddress, mailAddress } from '../../kernel/ids.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { Identifier, SegnaturaMessage } from '../../model/segnatura.ts';
import { ordinaryMessage } from '../../sandbox/craft.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { writeSegnature } from '../../service/outgoing/outgoing-segnatura.ts';
import { type Office, STANDARD } from '../../service/register/office.ts';

export const WRITERS = {
  provincia: body('Provincia di Esempio', 'p_esempio', 'APROVI1', 'protocollo@pec.provincia.esempio.example.it'),
  asl: body('Azienda Sanitaria Locale di Prova', 'asl_prova', 'AASLPR1', 'protocollo@pec.asl.example.it'),
  unione: body('Unione dei Comuni di Esempio e Provaria', 'uc_esempio', 'AUNION1', 'unione@pec.unione.example.it'),
  bar: person('Bar Inventato S.r.l.', 'barinventato@pec.imprese.example.it'),
  edilprova: person('Edilprova S.r.l.', 'edilprova@pec.imprese.example.it'),
  lawyer: person('Avv. Ada Fittizi', 'ada.fittizi@pec.professionisti.example.it'),
  councillor: person('Lia Bozza', 'lia.bozza@pec.cittadini.example.it'),
} as const;
export type Writer = (typeof WRITERS)[keyof typeof WRITERS];

function body(name: string, administration: string, code: string, address: string) {
  return { name, administration, code, address: mailAddress(address) as MailAddress };
}
function person(name: string, address: string) {
  return { name, administration: null, code: null, address: mailAddress(address) as MailAddress };
}

export interface SampleFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export interface SampleLetter {
  readonly subject: string;
  readonly text: string;
  readonly files: readonly SampleFile[];
}

export interface Writers {
  /** Certified mail as a firm or a professional writes it. */
  plain(from: Writer, to: Office, letter: SampleLetter): Promise<void>;
  /** A registered message. `changed`: what goes with it in the place of a file of the same name. */
  registered(from: Writer, to: Office, number: number, letter: SampleLetter, changed?: SampleFile): Promise<void>;
  /** A return message of theirs. */
  answer(from: Writer, to: Office, message: SegnaturaMessage): Promise<void>;
  /** The number that a body gives in its own register. */
  identifier(of: Writer, number: number): Identifier;
}

/** Gives all of them mailboxes. Their passwords live as long as the process. */
export async function openWriters(sandbox: Sandbox, clock: Clock): Promise<Writers> {
  const password = crypto.randomUUID();
  const known = new Set(sandbox.mailboxes.map(({ address }) => address));
  for (const { address } of Object.values(WRITERS))
    if (!known.has(address)) await sandbox.addMailbox({ address, password });

  const submit = async (from: Writer, to: Office, { subject, text, files }: SampleLetter): Promise<void> => {
    const domain = from.address.slice(from.address.indexOf('@') + 1);
    const date = clock.now();
    const raw = ordinaryMessage({
      from: `${from.name} <${from.address}>`,
      to: to.address,
      subject,
      text: text.replaceAll('\n', '\r\n'),
      date,
      messageId: `<${uuidv7(date)}@${domain}>`,
      parts: files.map(({ name, mediaType, bytes }) => ({ name, mediaType, content: bytes })),
    });
    const transport = nodemailer.createTransport({
      ...sandbox.smtp,
      secure: false,
      ignoreTLS: true,
      auth: { user: from.address, pass: password },
    });
    try {
      await transport.sendMail({ envelope: { from: from.address, to: to.address }, raw });
    } finally {
      transport.close();
    }
  };
  const identifier = (of: Writer, number: number): Identifier => ({
    administration: of.administration ?? '',
    aoo: of.code ?? '',
    register: 'PROT',
    number: String(number).padStart(7, '0'),
    date: legalTime(clock.now()).date,
    time: null,
  });
  return {
    plain: submit,
    identifier,
    async registered(from, to, number, letter, changed) {
      const segnatura = await sealedSegnatura(from, to, identifier(from, number), letter, sandbox, clock.now());
      const files = letter.files.map((file) => (file.name === changed?.name ? changed : file));
      await submit(from, to, { ...letter, files: [xml(segnatura), ...files] });
    },
    async answer(from, to, message) {
      const written = writeMessage(message, '2013');
      if (!written.ok) throw new Error(written.problem.message);
      const kind = message.kind === 'exception' ? 'Eccezione' : 'Conferma';
      await submit(from, to, { subject: kind, text: '', files: [xml(written.value, `${kind}.xml`)] });
    },
  };
}

const xml = (bytes: Buffer, name = 'Segnatura.xml'): SampleFile => ({ name, mediaType: 'application/xml', bytes });

/** As the writer's own protocol system writes it: in 3.0.0, with the body's seal. */
async function sealedSegnatura(
  from: Writer,
  to: Office,
  identifier: Identifier,
  { subject, files }: SampleLetter,
  sandbox: Sandbox,
  at: Date,
): Promise<Buffer> {
  const { administration, code } = from;
  if (administration === null || code === null) throw new Error(`${from.name} has no register`);
  const { certPem, keyPem } = await sandbox.sealFor({ name: from.name, administration });
  const signer = signerFromPem(certPem, keyPem);
  if (!signer.ok) throw new Error(signer.problem.message);
  const sender: Office = {
    ...{ aoo: aooId(administration, code), administration, code, register: 'PROT' },
    ...{ name: from.name, address: from.address, mailboxes: [], smtp: to.smtp },
    ...STANDARD,
    signer: signer.value,
  };
  const documents = files.map(({ name, mediaType, bytes }, index) => ({
    role: index === 0 ? ('primary' as const) : ('attachment' as const),
    ...{ name, mediaType, sha256: sha256(bytes), size: bytes.length, source: null },
  }));
  const recipient = { address: to.address, correspondent: correspondentOf(to) };
  const request = {
    subject,
    generation: '3.0.0' as const,
    confirmationRequested: true,
    classifications: [{ name: 'Prova', levels: ['I', '1'] }],
    recipients: [recipient],
  };
  const written = await writeSegnature(sender, request, documents, identifier, at);
  if (!written.ok) throw new Error(written.problem.message);
  const bytes = written.value.get('3.0.0');
  if (bytes === undefined) throw new Error('no segnatura was written');
  return bytes;
}

/** Who a mail is for, as the index would name it. */
export const correspondentOf = (to: { readonly name: string; readonly address: MailAddress } & Partial<Office>) => ({
  kind: to.administration == null ? ('legal-person' as const) : ('administration' as const),
  name: to.name,
  administration: to.administration ?? null,
  aoo: to.code ?? null,
  aooName: to.code === undefined ? null : to.name,
  office: null,
  address: to.address,
  taxCode: null,
});
