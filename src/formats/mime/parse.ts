import { cutPartName } from '../../kernel/file-name.ts';
import { LIMITS, type Limits } from '../../kernel/limits.ts';
import { type Problem, type ProblemCode, problem } from '../../kernel/problems.ts';
import type { MimePart, MimeTree } from '../../model/mime.ts';
import { decodeRaw } from '../charset/decode-charset.ts';
import { decodeBody } from './decode.ts';
import { fileNameIn } from './file-names.ts';
import { type HeaderBlock, header, readHeaderBlock } from './header-block.ts';
import { type Parameter, type Parameterised, parseParameterised } from './parameters.ts';

/** Lines that begin like a separator but are none. Real mail has a handful; more would only cost time. */
const MOST_FALSE_SEPARATORS = 100_000;
/** Header fields of all parts: a mail of 2,000 parts has some ten in each. */
const MOST_FIELDS = 50_000;
const MEDIA_TYPE = /^[!#$%&'*+.^_`|~0-9a-z-]+\/[!#$%&'*+.^_`|~0-9a-z-]+$/;

interface Parsing {
  readonly bytes: Buffer;
  readonly limits: Limits;
  readonly problems: Problem[];
  parts: number;
  fields: number;
  falseSeparators: number;
}

/**
 * The structure of a mail as offsets (RFC 2045-2046). Every level is searched once for its own separator, because an outer
 * separator wins over anything inside (RFC 2046 §5.1.2). So the time is at most the depth times one scan of the bytes.
 * A message/rfc822 is a leaf: `openMessage` opens the message in it. Never throws.
 */
export function parseMime(bytes: Buffer, limits: Limits = LIMITS): MimeTree {
  const parsing: Parsing = { bytes, limits, problems: [], parts: 0, fields: 0, falseSeparators: 0 };
  if (bytes.length === 0) parsing.problems.push(problem('mime-empty'));
  if (bytes.length > limits.mailBytes) parsing.problems.push(problem('mail-too-large', '', String(limits.mailBytes)));
  const root = readPart(parsing, 0, bytes.length, '', 0, 'text/plain');
  return { bytes, root, problems: parsing.problems };
}

/** The message inside a message/rfc822 part, over the same bytes unless the part is encoded. */
export function openMessage(tree: MimeTree, part: MimePart, limits: Limits = LIMITS): MimeTree {
  const damage: Problem[] = [];
  const opened = parseMime(
    decodeBody(tree, part, (each) => damage.push(each)),
    limits,
  );
  return damage.length === 0 ? opened : { ...opened, problems: [...damage, ...opened.problems] };
}

/** A part and all parts below it, in the order of the mail. */
export function* walk(part: MimePart): Generator<MimePart> {
  yield part;
  for (const child of part.children) yield* walk(child);
}

function report(parsing: Parsing, code: ProblemCode, at: string, detail = ''): void {
  if (parsing.problems.length < 100) parsing.problems.push(problem(code, at, detail));
}

function readPart(parsing: Parsing, start: number, end: number, path: string, depth: number, type: string): MimePart {
  parsing.parts++;
  const most = Math.min(parsing.limits.headerCount, MOST_FIELDS - parsing.fields);
  const block = readHeaderBlock(parsing.bytes, start, end, { ...parsing.limits, headerCount: most });
  parsing.fields += block.fields.length;
  reportBlock(parsing, block, path, most);
  const named = describe(block, type);
  const described = { ...named, filename: cutName(parsing, named.filename, path) };
  const children: MimePart[] = [];
  const part: MimePart = {
    path,
    headers: block.fields,
    ...described,
    start,
    bodyStart: block.bodyStart,
    end,
    children,
  };
  if (!part.type.startsWith('multipart/')) return part;
  if (depth >= parsing.limits.mimeDepth) {
    report(parsing, 'mime-too-deep', path, String(parsing.limits.mimeDepth));
    return part;
  }
  const inner = part.type === 'multipart/digest' ? 'message/rfc822' : 'text/plain';
  for (const [from, to] of split(parsing, part)) {
    if (parsing.parts >= parsing.limits.mimeParts) {
      if (!parsing.problems.some((known) => known.code === 'mime-too-many-parts'))
        report(parsing, 'mime-too-many-parts', path, String(parsing.limits.mimeParts));
      break;
    }
    const number = String(children.length + 1);
    children.push(readPart(parsing, from, to, path === '' ? number : `${path}.${number}`, depth + 1, inner));
  }
  return part;
}

function reportBlock(parsing: Parsing, block: HeaderBlock, path: string, most: number): void {
  if (block.tooLarge) report(parsing, 'mime-header-too-large', path, String(parsing.limits.headerBytes));
  if (block.tooMany) report(parsing, 'mime-malformed', path, `più di ${most} campi di intestazione`);
  if (block.broken !== null) report(parsing, 'mime-header-broken', path, decodeRaw(block.broken));
}

/** A name goes wherever its file goes, so 2,000 of a whole header's length would weigh far more than their mail. */
function cutName(parsing: Parsing, name: string | null, path: string): string | null {
  const most = parsing.limits.partNameLength;
  if (name === null || name.length <= most) return name;
  if (!parsing.problems.some(({ code }) => code === 'mime-name-cut'))
    report(parsing, 'mime-name-cut', path, String(most));
  return cutPartName(name, most);
}

const NOTHING: Parameterised = { main: '', parameters: new Map() };
/** Encodings as some software spells them. */
const MISSPELT: ReadonlyMap<string, string> = new Map([
  ['7-bit', '7bit'],
  ['8-bit', '8bit'],
  ['base-64', 'base64'],
  ['quotedprintable', 'quoted-printable'],
]);
const NO_PARAMETERS: ReadonlyMap<string, string> = new Map();

function describe(block: HeaderBlock, type: string) {
  const find = (name: string) => header({ headers: block.fields } as MimePart, name);
  const contentType = find('content-type');
  const content = contentType === null ? NOTHING : parseParameterised(contentType);
  const contentDisposition = find('content-disposition');
  const disposition = contentDisposition === null ? NOTHING : parseParameterised(contentDisposition);
  const encoding = (find('content-transfer-encoding') ?? '')
    .replace(/[;(].*$/s, '')
    .replace(/["'\s]+/g, '')
    .toLowerCase();
  return {
    type: MEDIA_TYPE.test(content.main) ? content.main : contentType === null ? type : 'text/plain',
    parameters: content.parameters.size === 0 ? NO_PARAMETERS : plain(content.parameters),
    disposition: disposition.main === '' ? null : disposition.main,
    filename: fileNameIn(disposition.parameters.get('filename'), content.parameters.get('name')),
    encoding: encoding === '' ? '7bit' : (MISSPELT.get(encoding) ?? encoding),
  };
}

const plain = (parameters: ReadonlyMap<string, Parameter>): ReadonlyMap<string, string> =>
  new Map([...parameters].map(([name, { value }]) => [name, value]));

const LF = 10;
const CR = 13;
const DASH = 45;

/** The regions of a multipart's parts; the line break before a separator belongs to the separator (RFC 2046 §5.1.1). */
function* split(parsing: Parsing, part: MimePart): Generator<[number, number]> {
  const boundary = part.parameters.get('boundary') ?? '';
  if (boundary === '' || boundary.length > 998) {
    report(parsing, 'mime-boundary-missing', part.path);
    return;
  }
  const { bytes } = parsing;
  const body = bytes.subarray(part.bodyStart, part.end);
  const needle = Buffer.from(`\n--${boundary}`, 'latin1');
  const next = (from: number): number | null => {
    const at = needle.length < SHORT ? shortIndexOf(body, needle, from) : body.indexOf(needle, from);
    return at < 0 ? null : at;
  };
  let open = -1;
  // The first separator may be the first line of the body, which has no line break before it: -1 stands for that one.
  const starts = body.subarray(0, needle.length - 1).equals(needle.subarray(1));
  let found = starts ? -1 : next(0);
  while (found !== null) {
    const line = separatorLine(body, found + needle.length);
    if (line === null) {
      if (++parsing.falseSeparators > MOST_FALSE_SEPARATORS) {
        report(parsing, 'mime-malformed', part.path, 'troppe righe simili a un separatore');
        break;
      }
      found = next(found + needle.length);
      continue;
    }
    if (open >= 0) {
      const stop = found > 0 && body[found - 1] === CR ? found - 1 : found;
      yield [part.bodyStart + open, part.bodyStart + Math.max(open, stop)];
    }
    if (line.closes) return;
    open = line.end;
    // The line break that ends this separator may begin the next one (an empty part).
    found = next(line.end - 1);
  }
  if (open < 0) report(parsing, 'mime-boundary-missing', part.path);
  else {
    report(parsing, 'mime-unclosed', part.path);
    yield [part.bodyStart + open, part.end];
  }
}

/** Node looks for a short needle byte by byte, and stops at each that begins one: four times slower in a body of line ends. */
const SHORT = 8;

/** Horspool's search: the last byte of the window says how far to go on. */
function shortIndexOf(body: Buffer, needle: Buffer, from: number): number {
  const last = needle.length - 1;
  const skip = new Uint8Array(256).fill(needle.length);
  for (let at = 0; at < last; at++) skip[needle[at] ?? 0] = last - at;
  for (let end = from + last; end < body.length; ) {
    const octet = body[end] ?? 0;
    if (octet === needle[last]) {
      let at = 0;
      while (at < last && body[end - last + at] === needle[at]) at += 1;
      if (at === last) return end - last;
    }
    end += skip[octet] ?? 1;
  }
  return -1;
}

/** After the boundary only `--`, white space and the end of the line may follow; otherwise it is no separator: null. */
function separatorLine(body: Buffer, after: number): { closes: boolean; end: number } | null {
  let at = after;
  const closes = body[at] === DASH && body[at + 1] === DASH;
  if (closes) at += 2;
  while (body[at] === 32 || body[at] === 9) at++;
  if (body[at] === CR && body[at + 1] === LF) at++;
  if (at >= body.length) return { closes, end: body.length };
  return body[at] === LF ? { closes, end: at + 1 } : null;
}
