import { IndexFileError } from './index-file-error.ts';

const NEWLINE = 0x0a;
/** Readers start again on an incomplete record, so pieces must not be tiny, whatever the network delivers. */
const PIECE = 1 << 16;

function newlines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}

/** The line of the first invalid byte. `before`: lines that ended before these bytes. */
function brokenLine(bytes: Uint8Array, before: number): number {
  const text = new TextDecoder('utf-8').decode(bytes);
  const broken = text.indexOf('\uFFFD');
  let line = before + 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < broken; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

/** UTF-8 with or without BOM as text, in pieces. Anything else is refused with its line. */
export async function* decodeUtf8(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let lines = 0;
  let first = true;
  let held = '';
  for await (const bytes of chunks) {
    if (bytes.length === 0) continue;
    if (first && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)))
      throw new IndexFileError('index-encoding', 1, 'è UTF-16');
    if (first && bytes[0] === 0x1f && bytes[1] === 0x8b)
      throw new IndexFileError('index-encoding', 0, 'è compresso con gzip');
    first = false;
    let text: string;
    try {
      text = decoder.decode(bytes, { stream: true });
    } catch {
      throw new IndexFileError('index-encoding', brokenLine(bytes, lines), 'un byte non è ammesso');
    }
    const nul = text.indexOf('\0');
    if (nul >= 0)
      throw new IndexFileError(
        'index-encoding',
        lines + text.slice(0, nul).split('\n').length,
        'contiene un byte nullo',
      );
    lines += newlines(bytes);
    held += text;
    if (held.length < PIECE) continue;
    yield held;
    held = '';
  }
  try {
    decoder.decode();
  } catch {
    throw new IndexFileError('index-truncated', lines + 1, "l'ultimo carattere è incompleto");
  }
  if (held !== '') yield held;
}
