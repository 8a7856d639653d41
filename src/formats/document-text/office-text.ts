/**
 * Text of office documents: DOCX, PPTX and XLSX (ECMA-376), ODT, ODS and ODP (ISO/IEC 26300). Both are a ZIP with XML. Only
 * the parts that hold text are unpacked, and they pass by in pieces.
 */
import type { BoundedZip } from './bounded-zip.ts';
import { DocumentTextError } from './document-text-error.ts';
import type { TextSink } from './text-sink.ts';
import { type XmlHandler, XmlWalk, xmlAttribute } from './xml-walk.ts';

export type OfficeFormat = 'docx' | 'pptx' | 'xlsx' | 'odf';

/** By what is inside; null for any other archive. */
export function officeFormat(zip: BoundedZip): OfficeFormat | null {
  if (zip.has('word/document.xml')) return 'docx';
  if (zip.has('ppt/presentation.xml')) return 'pptx';
  if (zip.has('xl/workbook.xml')) return 'xlsx';
  return zip.has('content.xml') && (zip.has('META-INF/manifest.xml') || zip.has('mimetype')) ? 'odf' : null;
}

/** Throws DocumentTextError. Stops where the sink is full. */
export async function addOfficeText(zip: BoundedZip, format: OfficeFormat, sink: TextSink): Promise<void> {
  if (format === 'odf') return openDocumentText(zip, sink);
  for (const [parts, handler] of PARTS[format])
    for (const name of zip.names.filter((one) => parts.test(one)).sort(inOrder)) {
      if (sink.isFull) return sink.cut();
      await walk(zip, name, handler(sink), sink);
      sink.add('\n');
    }
}

/** `slide2` before `slide10`. */
const inOrder = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : 1);

/** Text stands in `t`; what another program shows instead (`Fallback`) and readings of signs (`rPh`) would be there twice. */
function runs(sink: TextSink): XmlHandler {
  let inText = 0;
  let aside = 0;
  return {
    open(name, _, isEmpty) {
      if (isEmpty) {
        if (name === 'tab') sink.add('\t');
        else if (name === 'br' || name === 'cr') sink.add('\n');
        else if (name === 'noBreakHyphen') sink.add('-');
      }
      if (name === 't') inText += 1;
      else if (name === 'Fallback' || name === 'rPh') aside += 1;
    },
    close(name) {
      if (name === 't') inText = Math.max(0, inText - 1);
      else if (name === 'Fallback' || name === 'rPh') aside = Math.max(0, aside - 1);
      else if (name === 'p' || name === 'si' || name === 'comment') sink.add('\n');
      else if (name === 'tc') sink.add('\t');
    },
    text(text) {
      if (inText > 0 && aside === 0) sink.add(text);
    },
  };
}

const sheetNames = (sink: TextSink): XmlHandler => ({
  open(name, attributes) {
    if (name === 'sheet') sink.add(`${xmlAttribute(attributes, 'name') ?? ''}\n`);
  },
  close: () => undefined,
  text: () => undefined,
});

/** Values that stand in the sheet itself: numbers, results of formulas, texts in place. A shared string is a number of a list. */
function cells(sink: TextSink): XmlHandler {
  let isShared = false;
  let inValue = false;
  return {
    open(name, attributes) {
      if (name === 'c') isShared = xmlAttribute(attributes, 't') === 's';
      else if (name === 'v' || name === 't') inValue = true;
    },
    close(name) {
      if (name === 'v' || name === 't') inValue = false;
      else if (name === 'c' && !isShared) sink.add(' ');
      else if (name === 'row') sink.add('\n');
    },
    text(text) {
      if (inValue && !isShared) sink.add(text);
    },
  };
}

const PARTS: Readonly<
  Record<Exclude<OfficeFormat, 'odf'>, readonly (readonly [RegExp, (sink: TextSink) => XmlHandler])[]>
> = {
  docx: [
    [/^word\/document\.xml$/, runs],
    [/^word\/(?:header|footer)\d*\.xml$/, runs],
    [/^word\/(?:footnotes|endnotes|comments)\.xml$/, runs],
  ],
  pptx: [
    [/^ppt\/slides\/slide\d+\.xml$/, runs],
    [/^ppt\/notesSlides\/notesSlide\d+\.xml$/, runs],
  ],
  xlsx: [
    [/^xl\/workbook\.xml$/, sheetNames],
    [/^xl\/sharedStrings\.xml$/, runs],
    [/^xl\/worksheets\/[^/]+\.xml$/, cells],
    [/^xl\/comments[^/]*\.xml$/, runs],
  ],
};

const MOST_SPACES = 100;

/** ODF 1.3 part 3 §6: text is what stands in paragraphs and headings. Headers of pages stand with the styles. */
async function openDocumentText(zip: BoundedZip, sink: TextSink): Promise<void> {
  let isEncrypted = false;
  await walk(
    zip,
    'META-INF/manifest.xml',
    {
      open(name) {
        isEncrypted ||= name === 'encryption-data';
      },
      close: () => undefined,
      text: () => undefined,
    },
    sink,
  );
  if (isEncrypted) throw new DocumentTextError('text-encrypted');
  for (const name of ['content.xml', 'styles.xml']) await walk(zip, name, paragraphs(sink), sink);
}

function paragraphs(sink: TextSink): XmlHandler {
  let inside = 0;
  let deleted = 0;
  return {
    open(name, attributes) {
      if (name === 'p' || name === 'h') inside += 1;
      else if (name === 'tracked-changes') deleted += 1;
      else if (name === 's')
        sink.add(' '.repeat(Math.min(MOST_SPACES, Number(xmlAttribute(attributes, 'c') ?? 1) || 1)));
      else if (name === 'tab') sink.add('\t');
      else if (name === 'line-break') sink.add('\n');
    },
    close(name) {
      if (name === 'p' || name === 'h') {
        inside = Math.max(0, inside - 1);
        sink.add('\n');
      } else if (name === 'tracked-changes') deleted = Math.max(0, deleted - 1);
    },
    text(text) {
      if (inside > 0 && deleted === 0) sink.add(text);
    },
  };
}

async function walk(zip: BoundedZip, name: string, handler: XmlHandler, sink: TextSink): Promise<void> {
  const xml = new XmlWalk(handler, true);
  let decoder: TextDecoder | null = null;
  for await (const piece of zip.inflate(name)) {
    // UTF-16 has a byte order mark (XML 1.0 §4.3.3), everything else these formats write is UTF-8.
    decoder ??= new TextDecoder(WIDE.get(piece.subarray(0, 2).toString('hex')) ?? 'utf-8');
    xml.push(decoder.decode(piece, { stream: true }));
    if (sink.isFull) return sink.cut();
  }
  xml.push(decoder?.decode() ?? '');
  xml.end();
}

const WIDE: ReadonlyMap<string, string> = new Map([
  ['fffe', 'utf-16le'],
  ['feff', 'utf-16be'],
]);
