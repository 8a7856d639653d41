/** What stands in the cells of each table. */
import { italianDay, italianMinute, legalTime } from '../../kernel/clock.ts';
import { protocolNumber } from '../../kernel/ids.ts';
import type {
  EntryContent,
  RegisterEntry,
  RegisterFrame,
  RegisterLine,
  RegisterMark,
  RegisterOfDay,
} from '../../model/daily-register.ts';
import type { CellText } from './lines.ts';
import type { Column } from './table.ts';

export const TABLES: Readonly<Record<RegisterLine['type'], readonly Column[]>> = {
  entry: [
    { title: 'Numero', width: 54 },
    { title: 'Ora', width: 46 },
    { title: 'Verso', width: 42 },
    { title: 'Mittente o destinatari', width: 162 },
    { title: 'Oggetto', width: 232 },
    { title: 'Documento ricevuto', width: 84 },
    { title: 'Documenti e impronte (SHA-256)', width: 150 },
  ],
  mark: [
    { title: 'Numero', width: 70 },
    { title: 'Registrata il', width: 66 },
    { title: 'Quando', width: 66 },
    { title: 'Operatore', width: 130 },
    { title: 'Che cosa', width: 96 },
    { title: 'Prima e dopo, oppure motivo e provvedimento', width: 342 },
  ],
  day: [
    { title: 'Giorno', width: 70 },
    { title: 'Progressivo', width: 60 },
    { title: 'Numeri', width: 120 },
    { title: 'Registrazioni', width: 70 },
    { title: 'Annullate', width: 60 },
    { title: 'Modifiche', width: 60 },
    { title: 'Impronte (SHA-256) del file XML e del PDF', width: 330 },
  ],
};

const SIZE = 7.8;
const VERSO = { incoming: 'Entrata', outgoing: 'Uscita', internal: 'Interno' } as const;
const WHAT = {
  annulment: 'Annullamento',
  classification: 'Classificazione',
  office: 'Ufficio',
  assignment: 'Assegnazione',
} as const;

const text = (given: string, more: Partial<CellText> = {}): CellText => ({
  text: given,
  face: 'text',
  size: SIZE,
  ...more,
});
const strong = (given: string, more: Partial<CellText> = {}): CellText => text(given, { face: 'strong', ...more });

export function cellsOf(line: RegisterLine, frame: RegisterFrame): readonly (readonly CellText[])[] {
  if (line.type === 'entry') return entry(line, frame);
  return line.type === 'mark' ? mark(line) : day(line);
}

function entry(given: RegisterEntry, frame: RegisterFrame): readonly (readonly CellText[])[] {
  const { number, year, date, time, direction, isAnnulled, content } = given;
  const when = [text(time), ...(date === frame.day ? [] : [text(italianDay(date))])];
  const named = [
    strong(protocolNumber(number), { isStruck: isAnnulled }),
    ...(year === frame.year ? [] : [text(`/${year}`)]),
    ...(isAnnulled ? [strong('annullata', { colour: '#a11217' })] : []),
  ];
  const verso = [text(VERSO[direction])];
  if (content === null) return [named, when, verso, [text('Riservata')], [text('Riservata')], [], []];
  return [named, when, verso, whom(given, content), about(content), received(content), documents(content)];
}

const whom = ({ direction }: RegisterEntry, { sender, recipients }: EntryContent): readonly CellText[] =>
  direction === 'incoming' ? [text(sender)] : recipients.map((recipient) => text(recipient));

function about({ subject, annulment, classification, assignedTo }: EntryContent): readonly CellText[] {
  const filed = [
    ...(classification === null ? [] : [`Classifica ${classification}`]),
    ...(assignedTo === null ? [] : [`Ufficio ${assignedTo}`]),
  ].join(' · ');
  return [
    text(subject, { isStruck: annulment !== null }),
    ...(filed === '' ? [] : [text(filed, { size: 7, colour: '#455b71' })]),
    ...(annulment === null
      ? []
      : [
          text(
            `Annullata il ${italianMinute(annulment.at)} da ${annulment.by}: ${annulment.reason} (${annulment.provision})`,
            { colour: '#a11217' },
          ),
        ]),
  ];
}

const received = ({ received: document }: EntryContent): readonly CellText[] =>
  document === null ? [] : [text(`n. ${document.number}`), text(`del ${dayOr(document.date)}`)];

/** What comes from outside may be no date. */
const dayOr = (date: string): string => (/^\d{4}-\d\d-\d\d$/.test(date) ? italianDay(date) : date);

const documents = ({ documents: all }: EntryContent): readonly CellText[] =>
  all.flatMap(({ name, sha256 }) => [text(name, { size: 7 }), ...digest(sha256)]);

/** In two halves, so that it can be compared by eye. */
const digest = (sha256: string): readonly CellText[] =>
  [sha256.slice(0, 32), sha256.slice(32)].map((half) => ({ text: half, face: 'digits', size: 6.4 }));

function mark(given: RegisterMark): readonly (readonly CellText[])[] {
  const { number, year, date, at, by, what } = given;
  const { date: when, time } = legalTime(at);
  return [
    [strong(`${protocolNumber(number)}/${year}`, { isStruck: what === 'annulment' })],
    [text(italianDay(date))],
    [text(`${italianDay(when)} ${time.slice(0, 5)}`)],
    [text(by)],
    [text(WHAT[what])],
    detail(given),
  ];
}

function detail(given: RegisterMark): readonly CellText[] {
  if (given.what === 'annulment') return [text(given.reason ?? 'Riservata'), text(`Provvedimento: ${given.provision}`)];
  if (given.isReserved) return [text('Riservata')];
  return [text(`prima: ${given.oldValue ?? 'nessuno'}`), text(`dopo: ${given.newValue ?? 'nessuno'}`)];
}

function day(given: RegisterOfDay): readonly (readonly CellText[])[] {
  const { first, last, counts } = given;
  const range = first === null || last === null ? 'nessuna' : `${protocolNumber(first)} – ${protocolNumber(last)}`;
  return [
    [strong(italianDay(given.day))],
    [text(String(given.progressive))],
    [text(range)],
    [text(String(counts.registrations))],
    [text(String(counts.annulled))],
    [text(String(counts.changes))],
    [given.xmlSha256, given.pdfSha256].map((one) => ({ text: one, face: 'digits', size: 6.4 })),
  ];
}
