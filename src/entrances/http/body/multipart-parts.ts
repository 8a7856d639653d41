import { decodeRaw } from '../../../formats/charset/decode-charset.ts';
import { decodeFileName } from '../../../formats/mime/file-names.ts';
import { type Parameter, parseParameterised } from '../../../formats/mime/parameters.ts';

/** One part of a `multipart/form-data` body. Its bytes are read before the next part is asked for. */
export interface FormPart {
  readonly name: string;
  /** Null: the part has no file name. */
  readonly filename: string | null;
  /** In lower case, without parameters; '' where the part does not say. */
  readonly mediaType: string;
  readonly bytes: AsyncGenerator<Buffer>;
}

/** The body is not written as RFC 7578 and RFC 2046 §5.1.1 say. */
export class MultipartSyntaxError extends Error {
  override readonly name = 'MultipartSyntaxError';
}

const HEADER_BYTES = 8 * 1024;
const CRLF = Buffer.from('\r\n');
const BLANK_LINE = Buffer.from('\r\n\r\n');

/** Null where the Content-Type has no usable boundary. */
export function boundaryOf(contentType: string | undefined): string | null {
  const { main, parameters } = parseParameterised(contentType ?? '');
  const boundary = parameters.get('boundary')?.value ?? '';
  return main === 'multipart/form-data' && /^[\x21-\x7e](?:[\x20-\x7e]{0,68}[\x21-\x7e])?$/.test(boundary)
    ? boundary
    : null;
}

/**
 * The parts as they arrive, one chunk in memory at a time. Nothing is skipped: a part that cannot be read in one way only
 * is an error, so that no document is lost silently. Ends when everything behind the last boundary has been read. Throws
 * MultipartSyntaxError. Why this is not a library: docs/decisions/0020-own-multipart-reader.md.
 */
export async function* multipartParts(source: AsyncIterable<Buffer>, boundary: string): AsyncGenerator<FormPart> {
  const reader = new MultipartReader(source, boundary);
  await reader.readFirstBoundary();
  while (await reader.hasNextPart()) {
    const headers = await reader.readHeaders();
    const bytes = reader.readBody();
    yield { ...headers, bytes };
    for await (const _rest of bytes);
  }
  await reader.drain();
}

class MultipartReader {
  readonly #source: AsyncIterator<Buffer>;
  /** What stands between two parts. */
  readonly #delimiter: Buffer;
  /** Bytes that were received and not used yet. */
  #held: Buffer;

  constructor(source: AsyncIterable<Buffer>, boundary: string) {
    this.#source = source[Symbol.asyncIterator]();
    this.#delimiter = Buffer.from(`\r\n--${boundary}`);
    // The first boundary has no line break before it; with one, it is read like the others.
    this.#held = CRLF;
  }

  async #receive(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done === true) return false;
    this.#held = this.#held.length === 0 ? next.value : Buffer.concat([this.#held, next.value]);
    return true;
  }

  async #need(bytes: number): Promise<void> {
    while (this.#held.length < bytes)
      if (!(await this.#receive())) throw new MultipartSyntaxError('the body ends too early');
  }

  async readFirstBoundary(): Promise<void> {
    await this.#need(this.#delimiter.length);
    if (!this.#held.subarray(0, this.#delimiter.length).equals(this.#delimiter))
      throw new MultipartSyntaxError('the body does not begin with a boundary');
    this.#held = this.#held.subarray(this.#delimiter.length);
  }

  /** Reads what follows a boundary: a line break before another part, or two dashes at the end. */
  async hasNextPart(): Promise<boolean> {
    await this.#need(2);
    const next = this.#held.toString('latin1', 0, 2);
    this.#held = this.#held.subarray(2);
    if (next !== '\r\n' && next !== '--') throw new MultipartSyntaxError('a boundary does not end its line');
    return next === '\r\n';
  }

  async readHeaders(): Promise<Omit<FormPart, 'bytes'>> {
    let end = this.#held.indexOf(BLANK_LINE);
    while (end < 0) {
      if (this.#held.length > HEADER_BYTES) throw new MultipartSyntaxError('the headers are too large');
      await this.#need(this.#held.length + 1);
      end = this.#held.indexOf(BLANK_LINE);
    }
    if (end > HEADER_BYTES) throw new MultipartSyntaxError('the headers are too large');
    const lines = this.#held.toString('latin1', 0, end).split('\r\n');
    this.#held = this.#held.subarray(end + BLANK_LINE.length);
    return partOf(lines);
  }

  async *readBody(): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#held.indexOf(this.#delimiter);
      if (at >= 0) {
        const last = this.#held.subarray(0, at);
        this.#held = this.#held.subarray(at + this.#delimiter.length);
        if (last.length > 0) yield last;
        return;
      }
      // The last bytes may be the beginning of a delimiter.
      const certain = this.#held.length - this.#delimiter.length + 1;
      if (certain > 0) {
        const chunk = this.#held.subarray(0, certain);
        this.#held = this.#held.subarray(certain);
        yield chunk;
      }
      if (!(await this.#receive())) throw new MultipartSyntaxError('a part does not end');
    }
  }

  /** What follows the last boundary means nothing, but belongs to the body and to its digest. */
  async drain(): Promise<void> {
    do this.#held = Buffer.alloc(0);
    while (await this.#receive());
  }
}

function partOf(lines: readonly string[]): Omit<FormPart, 'bytes'> {
  const field = (name: string): string => {
    const found = lines.filter((line) => line.toLowerCase().startsWith(`${name}:`));
    if (found.length > 1) throw new MultipartSyntaxError(`${name} appears twice`);
    return found[0]?.slice(name.length + 1).trim() ?? '';
  };
  const { main, parameters } = parseParameterised(field('content-disposition'));
  const text = (name: string, decode: (written: Parameter) => string): string | null => {
    const found = parameters.get(name);
    return found === undefined ? null : found.extended ? decode(found) : unescapeName(decode(found));
  };
  const name = text('name', ({ value, extended }) => (extended ? value : decodeRaw(value)));
  if (main !== 'form-data' || name === null) throw new MultipartSyntaxError('a part has no name');
  const { main: mediaType } = parseParameterised(field('content-type'));
  return { name, filename: text('filename', decodeFileName), mediaType };
}

/** Browsers escape these three characters of a name, and no others (WHATWG HTML, multipart/form-data encoding algorithm). */
const ESCAPED: Readonly<Record<string, string>> = { '%22': '"', '%0D': '\r', '%0A': '\n' };
const unescapeName = (name: string): string =>
  name.replace(/%(?:22|0D|0A)/gi, (written) => ESCAPED[written.toUpperCase()] ?? written);
