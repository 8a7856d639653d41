/** The register of a day or a year as XML of our own schema (schemas/registro-1.xsd), piece by piece: a day may be long. */
import { legalTime } from '../../kernel/clock.ts';
import { protocolNumber } from '../../kernel/ids.ts';
import type {
  EntryAnnulment,
  EntryContent,
  EntryDirection,
  EntryKey,
  RegisterEntry,
  RegisterFrame,
  RegisterLine,
  RegisterMark,
  RegisterOfDay,
} from '../../model/daily-register.ts';
import { replaceIllegal } from '../xml/characters.ts';
import { element, writeElement, type XmlOutput } from '../xml/write.ts';

export const REGISTER_NAMESPACE = 'urn:interpro:registro:1';

const FLOW: Readonly<Record<EntryDirection, string>> = { incoming: 'E', outgoing: 'U', internal: 'I' };
const ROLE: Readonly<Record<string, string>> = { primary: 'principale', attachment: 'allegato' };
const VARIATION = { classification: 'classificazione', office: 'ufficio', assignment: 'assegnazione' } as const;
/** The part of the document that a line stands in; parts without lines are written empty. */
const PARTS = { entry: 'Registrazioni', mark: 'RegistroModifiche', day: 'RegistriGiornalieri' } as const;
const PIECE = 64 * 1024;

/**
 * The same bytes for the same lines, whatever machine writes them. What XML cannot hold (control characters, halves of
 * characters) is replaced by U+FFFD. `lines`: the entries before the marks.
 */
export async function* writeRegisterXml(
  frame: RegisterFrame,
  lines: AsyncIterable<RegisterLine>,
): AsyncGenerator<Buffer> {
  const parts = frame.kind === 'annual' ? [PARTS.day] : [PARTS.entry, PARTS.mark];
  let open = 0;
  const turnTo = (wanted: string): string => {
    let text = '';
    while (parts[open] !== wanted) {
      text += `  </${parts[open]}>\n  <${parts[open + 1]}>\n`;
      open += 1;
    }
    return text;
  };
  let text = `${opening(frame)}  <${parts[0]}>\n`;
  for await (const line of lines) {
    text += `${turnTo(PARTS[line.type])}${writeElement(LINE[line.type](line as never), '    ')}`;
    if (text.length < PIECE) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(`${text}${turnTo(parts.at(-1) ?? '')}  </${parts.at(-1)}>\n</RegistroProtocollo>\n`);
}

function opening(frame: RegisterFrame): string {
  const { counts, closedAt } = frame;
  const closed = legalTime(closedAt);
  const head = element(
    'Intestazione',
    {},
    element('Identificativo', {}, clean(frame.name)),
    element('Amministrazione', { codiceIPA: frame.administration }),
    element('AOO', { codice: frame.code }, clean(frame.office)),
    element('CodiceRegistro', {}, clean(frame.register)),
    element('Anno', {}, String(frame.year)),
    frame.kind === 'daily' ? element('Giorno', {}, frame.day) : null,
    element('Progressivo', {}, String(frame.progressive)),
    frame.first === null ? null : element('NumeroIniziale', {}, protocolNumber(frame.first)),
    frame.last === null ? null : element('NumeroFinale', {}, protocolNumber(frame.last)),
    element('NumeroRegistrazioni', {}, String(counts.registrations)),
    element('NumeroAnnullate', {}, String(counts.annulled)),
    element('NumeroModifiche', {}, String(counts.changes)),
    element('Chiusura', { data: closed.date, ora: closed.time, operatore: clean(frame.closedBy) }),
    element('Applicativo', {}, clean(frame.software)),
  );
  const kind = frame.kind === 'daily' ? 'giornaliero' : 'annuale';
  return `<?xml version="1.0" encoding="UTF-8"?>\n<RegistroProtocollo xmlns="${REGISTER_NAMESPACE}" versione="1" tipo="${kind}">\n${writeElement(head, '  ')}`;
}

const clean = (text: string): string => replaceIllegal(text);
const keyOf = ({ number, year, date }: EntryKey) => ({
  numero: protocolNumber(number),
  anno: String(year),
  data: date,
});
const optional = (name: string, text: string | null): XmlOutput | null =>
  text === null ? null : element(name, {}, clean(text));

const entry = ({ time, direction, isAnnulled, content, ...key }: RegisterEntry): XmlOutput =>
  element(
    'Registrazione',
    {
      ...keyOf(key),
      ora: time,
      flusso: FLOW[direction],
      annullata: isAnnulled ? 'true' : null,
      riservata: content === null ? 'true' : null,
    },
    ...(content === null ? [] : contentOf(content)),
  );

const contentOf = (content: EntryContent): readonly (XmlOutput | null)[] => [
  element('Oggetto', {}, clean(content.subject)),
  optional('Mittente', content.sender === '' ? null : content.sender),
  ...content.recipients.map((recipient) => element('Destinatario', {}, clean(recipient))),
  content.received === null
    ? null
    : element('DocumentoRicevuto', { numero: clean(content.received.number), data: clean(content.received.date) }),
  ...content.documents.map(({ role, name, sha256 }) =>
    element('Documento', {
      tipo: ROLE[role] ?? 'non-dichiarato',
      nome: clean(name),
      algoritmo: 'SHA-256',
      impronta: sha256,
    }),
  ),
  optional('Classificazione', content.classification),
  optional('Ufficio', content.assignedTo),
  content.annulment === null ? null : annulmentOf(content.annulment),
];

const annulmentOf = ({ at, by, reason, provision }: EntryAnnulment): XmlOutput =>
  element(
    'Annullamento',
    actOf(at, by),
    element('Motivo', {}, clean(reason)),
    element('Provvedimento', {}, clean(provision)),
  );

function actOf(at: Date, by: string) {
  const { date, time } = legalTime(at);
  return { data: date, ora: time, operatore: clean(by) };
}

function mark(given: RegisterMark): XmlOutput {
  const { date, time } = legalTime(given.at);
  const about = { ...keyOf(given), operatore: clean(given.by), il: date, ora: time };
  if (given.what === 'annulment')
    return element(
      'AnnullamentoDi',
      { ...about, riservata: given.reason === null ? 'true' : null },
      optional('Motivo', given.reason),
      element('Provvedimento', {}, clean(given.provision)),
    );
  return element(
    'VariazioneDi',
    { ...about, riservata: given.isReserved ? 'true' : null, campo: VARIATION[given.what] },
    optional('Prima', given.oldValue),
    optional('Dopo', given.newValue),
  );
}

const day = ({ day: date, progressive, first, last, counts, xmlSha256, pdfSha256 }: RegisterOfDay): XmlOutput =>
  element('RegistroGiornaliero', {
    giorno: date,
    progressivo: String(progressive),
    dal: first === null ? null : protocolNumber(first),
    al: last === null ? null : protocolNumber(last),
    registrazioni: String(counts.registrations),
    annullate: String(counts.annulled),
    modifiche: String(counts.changes),
    algoritmo: 'SHA-256',
    improntaXML: xmlSha256,
    improntaPDF: pdfSha256,
  });

const LINE = { entry, mark, day } as const;
