import {
  degrees,
  ParseSpeeds,
  PDFArray,
  PDFDict,
  PDFDocument,
  type PDFFont,
  PDFName,
  type PDFObject,
  type PDFPage,
  PDFStream,
  StandardFonts,
} from '@cantoo/pdf-lib';
import { judgePdf } from '../../formats/signed-document/pades.ts';
import { Budget } from '../../formats/signed-document/verdict.ts';
import { LIMITS } from '../../kernel/limits.ts';
import type { Stamped, StampLines } from '../../service/previews/courtesy-copy.ts';
import { type Band, type Box, bandOf, boxOf, isInside, turnOf } from './band.ts';
import { type Fonts, setLines } from './stamp-lines.ts';

/**
 * Writes the stamp into a band that is added above the first page, so that nothing of the page is covered, whatever is drawn
 * where. It is drawn before the page's own content, which may leave any state behind it, and that content is clipped to where it was
 * seen before.
 */
export async function stampPdf(bytes: Buffer, lines: StampLines): Promise<Stamped> {
  if (judgePdf(bytes, new Budget(LIMITS.signedWork)).verdict !== 'absent') return { ok: false, code: 'copy-signed' };
  const pdf = await opened(bytes);
  if (pdf === null) return { ok: false, code: 'copy-unreadable' };
  try {
    const why = whyNot(pdf);
    if (why !== null) return { ok: false, code: why };
    const page = pdf.getPage(0);
    const box = visibleBox(page);
    if (box === null) return { ok: false, code: 'copy-unreadable' };
    await draw(pdf, page, box, lines);
    // It is no longer what they say: another file with fonts of its own, and nobody's usage rights.
    for (const key of ['Metadata', 'Perms']) pdf.catalog.delete(PDFName.of(key));
    return { ok: true, pdf: Buffer.from(await pdf.save({ updateFieldAppearances: false, addDefaultPage: false })) };
  } catch {
    return { ok: false, code: 'copy-unreadable' };
  }
}

async function opened(bytes: Buffer): Promise<PDFDocument | null> {
  try {
    return await PDFDocument.load(bytes, {
      ignoreEncryption: true,
      updateMetadata: false,
      preserveXFA: true,
      parseSpeed: ParseSpeeds.Fastest,
    });
  } catch {
    return null;
  }
}

function whyNot(pdf: PDFDocument): 'copy-encrypted' | 'copy-dynamic-form' | 'copy-signed' | null {
  if (pdf.isEncrypted) return 'copy-encrypted';
  if (pdf.catalog.lookupMaybe(PDFName.of('AcroForm'), PDFDict)?.has(PDFName.of('XFA')) === true)
    return 'copy-dynamic-form';
  // Also where the bytes do not show it: in objects that are packed.
  for (const [, object] of pdf.context.enumerateIndirectObjects()) if (isSignature(object)) return 'copy-signed';
  return null;
}

const isNamed = (value: PDFObject | undefined, ...names: readonly string[]): boolean =>
  value instanceof PDFName && names.includes(value.decodeText());

const isSignature = (object: PDFObject): boolean =>
  object instanceof PDFDict &&
  ((isNamed(object.get(PDFName.of('Type')), 'Sig', 'DocTimeStamp') && object.has(PDFName.of('ByteRange'))) ||
    (isNamed(object.get(PDFName.of('FT')), 'Sig') && object.has(PDFName.of('V'))));

/** What a reader shows of the page; null where the page says nothing that makes sense. */
function visibleBox(page: PDFPage): Box | null {
  const { node } = page;
  const media = boxOf(numbersIn(node.MediaBox()));
  if (media === null) return null;
  const crop = boxOf(numbersIn(node.CropBox()));
  if (crop === null) return media;
  const seen = boxOf([
    ...[Math.max(media.left, crop.left), Math.max(media.bottom, crop.bottom)],
    ...[Math.min(media.right, crop.right), Math.min(media.top, crop.top)],
  ]);
  return seen !== null && crop.left < media.right && crop.bottom < media.top && seen.left >= crop.left ? seen : media;
}

const numbersIn = (array: PDFArray | undefined): readonly number[] =>
  array === undefined
    ? []
    : Array.from({ length: array.size() }, (_, at) => Number(String(array.lookup(at) ?? Number.NaN)));

async function draw(pdf: PDFDocument, page: PDFPage, box: Box, lines: StampLines): Promise<void> {
  const { node } = page;
  const turn = turnOf(page.getRotation().angle);
  const [bold, plain] = await Promise.all([
    pdf.embedFont(StandardFonts.HelveticaBold),
    pdf.embedFont(StandardFonts.Helvetica),
  ]);
  const width = turn % 180 === 0 ? box.right - box.left : box.top - box.bottom;
  const { content, height } = setLines(lines, width, { bold, plain });
  const band = bandOf(box, turn, height);
  const stamp = pdf.context.register(
    pdf.context.stream(content, {
      ...{ Type: 'XObject', Subtype: 'Form', BBox: [0, 0, width, height] },
      Resources: { Font: fontsOf({ bold, plain }) },
    }),
  );
  node.normalize();
  const name = node.newXObject('Segnatura', stamp).asString();
  const { left, bottom, right, top } = box;
  const before = pdf.context.stream(
    `q ${band.matrix.join(' ')} cm ${name} Do Q q ${left} ${bottom} ${right - left} ${top - bottom} re W n\n`,
  );
  const contents = node.normalizedEntries().Contents ?? pdf.context.obj([]);
  node.set(
    PDFName.of('Contents'),
    pdf.context.obj([
      pdf.context.register(before),
      ...contents.asArray().filter((one) => pdf.context.lookup(one) instanceof PDFStream),
      pdf.context.register(pdf.context.stream('\nQ\n')),
    ]),
  );
  enlarge(page, band, box);
  page.setRotation(degrees(turn));
}

const fontsOf = ({ bold, plain }: Fonts<PDFFont>) => ({ B: bold.ref, P: plain.ref });

/** The band belongs to what is seen; what was outside of it stays outside, notes of the document too. */
function enlarge(page: PDFPage, { seen }: Band, box: Box): void {
  const { node, doc } = page;
  const whole = doc.context.obj([seen.left, seen.bottom, seen.right, seen.top]);
  node.set(PDFName.of('MediaBox'), whole);
  for (const name of ['CropBox', 'TrimBox', 'BleedBox', 'ArtBox']) node.delete(PDFName.of(name));
  node.set(PDFName.of('CropBox'), whole);
  const notes = node.lookupMaybe(PDFName.of('Annots'), PDFArray);
  if (notes === undefined) return;
  const kept = notes.asArray().filter((one) => {
    const note = doc.context.lookup(one);
    if (!(note instanceof PDFDict)) return false;
    const rect = note.lookup(PDFName.of('Rect'));
    return isInside(boxOf(rect instanceof PDFArray ? numbersIn(rect) : []), box);
  });
  node.set(PDFName.of('Annots'), doc.context.obj(kept));
}
