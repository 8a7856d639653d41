import { decodeRaw } from '../../../formats/charset/decode-charset.ts';
import { parseParameterised } from '../../../formats/mime/parameters.ts';

/** One part of a `multipart/form-data` body. Its bytes are read before the next part is asked for. */
export interface FormPart {
  readonly name: string;
  /** Null: the part does not call itself a file. */
  readonly filename: string | null;
  /** Lower case, without parameters; '' where it says none. */
  readonly mediaType: string;
  readonly bytes: AsyncGenerator<Buffer>;
}

/** The body is not what RFC 7578 and RFC 2046 §5.1.1 write. */
export class MultipartSyntaxError extends Error {
  override readonly name = 'MultipartFault';
}

const HEADER_BYTES = 8 * 1024;
const CRLF = Buffer.from('\r\n');
const BLANK = Buffer.from('\r\n\r\n');

/** Null where a Content-Type has no usable boundary. */
export function boundaryOf(contentType: string | undefined): string | null {
  const { main, parameters } = parseParameterised(contentType ?? '');
  const boundary = parameters.get('boundary')?.value ?? '';
  return main === 'multipart/form-data' && /^[\x21-\x7e](?:[\x20-\x7e]{0,68}[\x21-\x7e])?$/.test(boundary)
    ? boundary
    : null;
}

/**
 * The parts as they come, one chunk in memory at a time. Strict: nothing is skipped, so that no document is lost unsaid.
 * Ends when the last separator and all that follows it have been read; throws MultipartSyntaxError.
 */
export async function* multipartParts(source: AsyncIterable<Buffer>, boundary: string): AsyncGenerator<FormPart> {
  const reader = new Reader(source, boundary);
  await reader.open();
  while (await reader.another()) {
    const part = await reader.headers();
    const bytes = reader.body();
    yield { ...part, bytes };
    for await (const _rest of bytes);
  }
  await reader.drain();
}

class Reader {
  readonly #source: AsyncIterator<Buffer>;
  readonly #needle: Buffer;
  #held: Buffer = CRLF;

  constructor(source: AsyncIterable<Buffer>, boundary: string) {
    this.#source = source[Symbol.asyncIterator]();
    this.#needle = Buffer.from(`\r\n--${boundary}`);
  }

  async #fill(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done === true) return false;
    this.#held = this.#held.length === 0 ? next.value : Buffer.concat([this.#held, next.value]);
    return true;
  }

  async #need(bytes: number): Promise<void> {
    while (this.#held.length < bytes)
      if (!(await this.#fill())) throw new MultipartSyntaxError('the body ends too early');
  }

  /** The body begins with a separator: the line break before it is thought. */
  async open(): Promise<void> {
    await this.#need(this.#needle.length);
    if (!this.#held.subarray(0, this.#needle.length).equals(this.#needle))
      throw new MultipartSyntaxError('no separator');
    this.#held = this.#held.subarray(this.#needle.length);
  }

  /** Behind a separator: another part, or the end. */
  async another(): Promise<boolean> {
    await this.#need(2);
    const next = this.#held.toString('latin1', 0, 2);
    this.#held = this.#held.subarray(2);
    if (next !== '\r\n' && next !== '--') throw new MultipartSyntaxError('a separator that goes on');
    return next === '\r\n';
  }

  async headers(): Promise<Omit<FormPart, 'bytes'>> {
    let end = this.#held.indexOf(BLANK);
    while (end < 0) {
      if (this.#held.length > HEADER_BYTES) throw new MultipartSyntaxError('headers too large');
      await this.#need(this.#held.length + 1);
      end = this.#held.indexOf(BLANK);
    }
    if (end > HEADER_BYTES) throw new MultipartSyntaxError('headers too large');
    const lines = this.#held.toString('latin1', 0, end).split('\r\n');
    this.#held = this.#held.subarray(end + BLANK.length);
    const field = (name: string): string => {
      const found = lines.filter((line) => line.toLowerCase().startsWith(`${name}:`));
      if (found.length > 1) throw new MultipartSyntaxError(`${name} twice`);
      return found[0]?.slice(name.length + 1).trim() ?? '';
    };
    const { main, parameters } = parseParameterised(field('content-disposition'));
    const text = (name: string): string | null => {
      const found = parameters.get(name);
      return found === undefined ? null : found.extended ? found.value : unescaped(decodeRaw(found.value));
    };
    const name = text('name');
    if (main !== 'form-data' || name === null) throw new MultipartSyntaxError('a part without a name');
    return { name, filename: text('filename'), mediaType: parseParameterised(field('content-type')).main };
  }

  async *body(): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#held.indexOf(this.#needle);
      if (at >= 0) {
        const last = this.#held.subarray(0, at);
        this.#held = this.#held.subarray(at + this.#needle.length);
        if (last.length > 0) yield last;
        return;
      }
      const sure = this.#held.length - this.#needle.length + 1;
      if (sure > 0) {
        const piece = this.#held.subarray(0, sure);
        this.#held = this.#held.subarray(sure);
        yield piece;
      }
      if (!(await this.#fill())) throw new MultipartSyntaxError('a part without an end');
    }
  }

  /** What follows the last separator has no meaning, but belongs to the body (and to its digest). */
  async drain(): Promise<void> {
    do this.#held = Buffer.alloc(0);
    while (await this.#fill());
  }
}

/** Forms write three characters of a name as escapes, and no others (WHATWG HTML, "multipart/form-data encoding algorithm"). */
const ESCAPED: Readonly<Record<string, string>> = { '%22': '"', '%0D': '\r', '%0A': '\n' };
const unescaped = (name: string): string =>
  name.replace(/%(?:22|0D|0A)/gi, (written) => ESCAPED[written.toUpperCase()] ?? written);
