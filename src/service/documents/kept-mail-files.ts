import type { Sha256 } from '../../kernel/ids.ts';
import { decodedRange, type EncodedBody, type ReadBytes } from './decoded-stream.ts';
import type { ByteRange, Documents } from './documents.ts';
import type { ListedFile, ListedMail } from './list-mail.ts';
import { looksHere, type MailLooks } from './mail-looks.ts';

/** A file inside a kept mail, with all it takes to read any part of it from the disk. */
export interface KeptFile {
  /** As it is written down with a registration. */
  readonly part: string;
  readonly name: string | null;
  readonly mediaType: string;
  readonly size: number;
  readonly sha256: Sha256;
  stream(range: ByteRange): AsyncGenerator<Buffer>;
}

/** Places kept for mails that are read again, as ranges are; counted in marks, some 40 bytes each. */
const MOST_MARKS = 100_000;

export interface KeptMailFiles {
  /** The files of a kept mail: of the message a person wrote, and those beside it in the envelope. */
  of(mail: Sha256): Promise<readonly KeptFile[]>;
}

/**
 * Finds the files of kept mails. The first time a mail is read as a whole, one mail at a time in this process; what is
 * then kept is where its parts lie and not their bytes. A kept mail never changes, so neither does the answer.
 */
export function openKeptMailFiles(
  documents: Pick<Documents, 'read' | 'stream'>,
  looks: MailLooks = looksHere,
): KeptMailFiles {
  const known = new Map<Sha256, { readonly files: readonly KeptFile[]; readonly marks: number }>();
  const opening = new Map<Sha256, Promise<readonly KeptFile[]>>();
  let marks = 0;
  let turn: Promise<unknown> = Promise.resolve();

  const open = async (mail: Sha256): Promise<readonly KeptFile[]> => {
    const listed = await looks.list(await documents.read(mail));
    const found = { files: filesOf(listed, (range) => documents.stream(mail, range), looks), marks: listed.marks };
    known.set(mail, found);
    marks += found.marks;
    for (const [oldest, entry] of known) {
      if (marks <= MOST_MARKS || oldest === mail) break;
      known.delete(oldest);
      marks -= entry.marks;
    }
    return found.files;
  };

  return {
    async of(mail) {
      const entry = known.get(mail);
      if (entry !== undefined) {
        known.delete(mail);
        known.set(mail, entry);
        return entry.files;
      }
      const under = opening.get(mail);
      if (under !== undefined) return under;
      const mine = turn.then(() => open(mail)).finally(() => opening.delete(mail));
      turn = mine.catch(() => undefined);
      opening.set(mail, mine);
      return mine;
    },
  };
}

function filesOf({ layers, files }: ListedMail, mail: ReadBytes, looks: MailLooks): readonly KeptFile[] {
  const readers: ReadBytes[] = [];
  for (const layer of layers) {
    const outer = layer.from === null ? mail : (readers[layer.from.layer] ?? mail);
    const body = layer.from?.body;
    if (body === undefined) readers.push(outer);
    else if (layer.wrapped === null) readers.push((range) => decodedRange(outer, body, range));
    else readers.push(readInside(outer, body, layer.wrapped, looks));
  }
  return files.map(({ layer, body, ...file }: ListedFile) => ({
    ...file,
    stream: (range) => decodedRange(readers[layer] ?? mail, body, range),
  }));
}

function readInside(read: ReadBytes, body: EncodedBody, size: number, looks: MailLooks): ReadBytes {
  return async function* ({ start, end }) {
    const pieces: Buffer[] = [];
    for await (const piece of decodedRange(read, body, { start: 0, end: size })) pieces.push(piece);
    const inside = await looks.inside(Buffer.concat(pieces));
    yield inside?.subarray(start, end) ?? Buffer.alloc(0);
  };
}
