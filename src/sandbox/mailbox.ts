import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One mailbox's INBOX: in memory, and in a folder of one file per mail when it has one. */
export interface StoredMail {
  readonly uid: number;
  readonly arrivedAt: Date;
  readonly bytes: Buffer;
}

export interface Keeping {
  readonly uidValidity: number;
  readonly mails: readonly StoredMail[];
  /** Durable against a kill of the process when it returns. */
  keep(uid: number, bytes: Buffer, arrivedAt: Date): void;
  /** All mails get new UIDs, 1, 2, …, under a new UIDVALIDITY. */
  renumber(uids: readonly number[], uidValidity: number): void;
}

let lastUidValidity = 0;
/** Tenths of seconds since 2024: greater at every call (RFC 3501, 2.3.1.1) and within 32 bits until 2037. */
export function newUidValidity(): number {
  lastUidValidity = Math.max(lastUidValidity + 1, Math.floor((Date.now() - Date.UTC(2024, 0, 1)) / 100));
  return lastUidValidity;
}

export const keepInMemory = (): Keeping => ({
  uidValidity: newUidValidity(),
  mails: [],
  keep: () => undefined,
  renumber: () => undefined,
});

/** `<folder>/<uid>.<arrival in ms>.eml` and `uidvalidity`; flags and deletions are not kept. */
export function keepInFolder(folder: string): Keeping {
  mkdirSync(folder, { recursive: true });
  const names = readdirSync(folder);
  const validityFile = join(folder, 'uidvalidity');
  if (!names.includes('uidvalidity')) replaceFile(validityFile, String(newUidValidity()));
  const fileName = (uid: number, arrivedAt: Date) => `${String(uid).padStart(10, '0')}.${arrivedAt.getTime()}.eml`;
  const mails = names
    .map((name) => ({ name, match: /^(\d{10})\.(\d+)\.eml$/.exec(name) }))
    .filter(({ match }) => match !== null)
    .map(({ name, match }) => ({
      uid: Number(match?.[1]),
      arrivedAt: new Date(Number(match?.[2])),
      bytes: readFileSync(join(folder, name)),
    }))
    .toSorted((a, b) => a.uid - b.uid);
  return {
    uidValidity: Number(readFileSync(validityFile, 'utf8')),
    mails,
    keep: (uid, bytes, arrivedAt) => replaceFile(join(folder, fileName(uid, arrivedAt)), bytes),
    renumber(uids, uidValidity) {
      const stored = new Map(
        readdirSync(folder)
          .filter((name) => name.endsWith('.eml'))
          .map((name) => [Number(name.slice(0, 10)), name]),
      );
      // Ascending, and never above the old number: no file is overwritten.
      for (const [index, uid] of uids.entries()) {
        const name = stored.get(uid);
        if (name)
          renameSync(join(folder, name), join(folder, `${String(index + 1).padStart(10, '0')}${name.slice(10)}`));
      }
      replaceFile(validityFile, String(uidValidity));
    },
  };
}

/** Whole or not at all. */
function replaceFile(file: string, content: Buffer | string): void {
  writeFileSync(`${file}.part`, content);
  renameSync(`${file}.part`, file);
}
