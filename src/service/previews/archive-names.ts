import { Readable } from 'node:stream';
import { fromRandomAccessReaderPromise, RandomAccessReader } from 'yauzl';
import type { DocumentFile } from '../documents/read-document.ts';
import type { PreviewedArchive } from './preview.ts';

/** A person reads some hundred names; the archive has the rest. */
const MOST_NAMES = 500;

/** Reads an archive's directory from its end, and nothing that it holds. Null: it has none that can be read. */
export async function archiveNames(file: DocumentFile): Promise<PreviewedArchive | null> {
  try {
    const zip = await fromRandomAccessReaderPromise(new FileReader(file), file.size, { lazyEntries: true });
    const files: { name: string; size: number }[] = [];
    for await (const entry of zip.eachEntry()) {
      files.push({ name: entry.fileName, size: entry.uncompressedSize });
      if (files.length >= MOST_NAMES) break;
    }
    return { kind: 'archive', files, count: zip.entryCount };
  } catch {
    return null;
  }
}

class FileReader extends RandomAccessReader {
  readonly #file: DocumentFile;

  constructor(file: DocumentFile) {
    super();
    this.#file = file;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#file.stream({ start, end }));
  }
}
