/** Whether a closed register is what it was: its files as they were written, and what the register says today. */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Sha256 } from '../../kernel/ids.ts';
import { errorMessage } from '../../kernel/thrown.ts';
import { type Documents, DocumentsError } from '../documents/documents.ts';
import type { StoredFile } from '../register/register-closing.ts';
import type { ClosedRegister } from './closed-register.ts';
import { linesOfDay, linesOfYear, type MakeDeps, makeFiles, spanOf } from './make-files.ts';

export interface VerifyDeps extends MakeDeps {
  readonly documents: Pick<Documents, 'read'>;
}

export interface RegisterVerdict {
  readonly ok: boolean;
  /** What differs, each as a sentence; at most `MOST_TOLD` of the XML. */
  readonly differences: readonly string[];
}

const MOST_TOLD = 20;

/** Reads the files back, makes them anew from the register, and compares. Nothing is written. */
export async function verifyRegister(closed: ClosedRegister, deps: VerifyDeps): Promise<RegisterVerdict> {
  const stored = await storedXml(closed, deps);
  const pieces: Buffer[][] = [];
  const again = await remade(closed, deps, pieces);
  const differences = [...stored.faults];
  if (again.xml.sha256 !== closed.xml.sha256) {
    differences.push(`the XML made from the register today is another: ${again.xml.sha256}, not ${closed.xml.sha256}`);
    if (stored.text !== null)
      differences.push(...differingParts(stored.text, Buffer.concat(pieces[0] ?? []).toString()).slice(0, MOST_TOLD));
  } else if (again.pdf.sha256 !== closed.pdf.sha256)
    differences.push(`the PDF made from the register today is another: ${again.pdf.sha256}, not ${closed.pdf.sha256}`);
  return { ok: differences.length === 0, differences };
}

async function storedXml({ xml, pdf }: ClosedRegister, { documents }: VerifyDeps) {
  const faults: string[] = [];
  const read = async (name: string, { sha256 }: StoredFile): Promise<Buffer | null> => {
    try {
      return await documents.read(sha256);
    } catch (error) {
      if (!(error instanceof DocumentsError)) throw error;
      faults.push(`the ${name} ${sha256} in the document store: ${error.fault} (${errorMessage(error)})`);
      return null;
    }
  };
  const bytes = await read('XML', xml);
  await read('PDF', pdf);
  return { faults, text: bytes?.toString() ?? null };
}

async function remade(closed: ClosedRegister, { contents, writePdf }: VerifyDeps, pieces: Buffer[][]) {
  const { aoo, kind, register, day, year } = closed;
  const keep = async (bytes: Readable): Promise<StoredFile> => {
    const kept: Buffer[] = [];
    pieces.push(kept);
    const hash = createHash('sha256');
    let size = 0;
    for await (const piece of bytes as AsyncIterable<Buffer>) {
      hash.update(piece);
      size += piece.length;
      if (pieces.length === 1) kept.push(piece);
    }
    return { sha256: hash.digest('hex') as Sha256, size };
  };
  if (kind === 'annual') {
    const days = await contents.daysOf(aoo, register, year);
    return makeFiles(closed, () => linesOfYear(days), writePdf, keep);
  }
  const span = spanOf(closed, await contents.closingBefore(aoo, kind, register, day));
  const outline = await contents.outline(aoo, span);
  return makeFiles(closed, () => linesOfDay(aoo, span, outline, contents), writePdf, keep);
}

const PART =
  /<(Registrazione|AnnullamentoDi|VariazioneDi|RegistroGiornaliero|Intestazione)[ >][\s\S]*?(?:<\/\1>|(?<=\/>)\n)/g;

/** The parts of two files that only one of them has, each told by what names it. */
function differingParts(stored: string, today: string): readonly string[] {
  const [one, other] = [partsOf(stored), partsOf(today)];
  return [
    ...[...one].filter((part) => !other.has(part)).map((part) => `only in the stored file: ${summary(part)}`),
    ...[...other].filter((part) => !one.has(part)).map((part) => `only in the register of today: ${summary(part)}`),
  ];
}

const partsOf = (xml: string): ReadonlySet<string> => new Set(xml.match(PART) ?? []);
const summary = (part: string): string => {
  const text = part.replace(/\s+/g, ' ').trim();
  return text.length > 400 ? `${text.slice(0, 400).toWellFormed()}…` : text;
};
