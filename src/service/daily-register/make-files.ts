/** The two files of a closing, made from what the database holds: the same for the same closing, whenever they are made. */
import { Readable } from 'node:stream';
import { writeRegisterXml } from '../../formats/daily-register/write-register-xml.ts';
import type { AooId } from '../../kernel/ids.ts';
import type { RegisterFrame, RegisterLine } from '../../model/daily-register.ts';
import type { RegisterClosing, StoredFile } from '../register/register-closing.ts';
import { type ClosedRegister, closedRegisterName } from './closed-register.ts';
import type { RegisterContents, RegisterOutline, RegisterSpan, WriteRegisterPdf } from './ports.ts';

export interface MakeDeps {
  readonly contents: RegisterContents;
  readonly writePdf: WriteRegisterPdf;
}

/** All of a closing but its files. */
export type ClosingDraft = Omit<RegisterClosing, 'xml' | 'pdf'>;
type Keep = (bytes: Readable) => Promise<StoredFile>;

/** `lines` is asked twice: the PDF bears the digest of the XML. */
export async function makeFiles(
  draft: ClosingDraft,
  lines: () => AsyncIterable<RegisterLine>,
  writePdf: WriteRegisterPdf,
  keep: Keep,
): Promise<{ readonly xml: StoredFile; readonly pdf: StoredFile }> {
  const frame = frameOf(draft);
  const xml = await keep(Readable.from(writeRegisterXml(frame, lines())));
  const pdf = await writePdf(frame, xml.sha256, lines(), (bytes) => keep(bytes as Readable));
  return { xml, pdf };
}

const frameOf = (draft: ClosingDraft): RegisterFrame => {
  const { register, kind, day, year, progressive, closedAt, closedBy, first, last, counts, head } = draft;
  const { administration, code, office, software } = head;
  return {
    ...{ name: closedRegisterName(draft), administration, code, office, software },
    ...{ register, kind, day, year, progressive, closedAt, closedBy, first, last, counts },
  };
};

/** What belongs to a day: its registrations, then what was changed of earlier ones. */
export async function* linesOfDay(
  aoo: AooId,
  span: RegisterSpan,
  { keys, marks }: RegisterOutline,
  contents: RegisterContents,
): AsyncGenerator<RegisterLine> {
  yield* contents.entries(aoo, span, keys);
  yield* marks;
}

export async function* linesOfYear(days: readonly ClosedRegister[]): AsyncGenerator<RegisterLine> {
  for (const { day, progressive, first, last, counts, xml, pdf } of days)
    yield { type: 'day', day, progressive, first, last, counts, xmlSha256: xml.sha256, pdfSha256: pdf.sha256 };
}

/** Of a closed day, what says which rows belong to it. */
export const spanOf = (closing: ClosingDraft, before: ClosedRegister | null): RegisterSpan => {
  const { register, day, afterSeq, throughSeq, closedAt } = closing;
  return { register, day, afterSeq, throughSeq, closedAt, closedBefore: before?.closedAt ?? null };
};
