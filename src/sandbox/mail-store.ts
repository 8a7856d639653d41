import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A mail of a mailbox. */
export interface StoredMail {
  readonly uid: number;
  readonly arrivedAt: Date;
  readonly bytes: Buffer;
}

export interface MailStore {
  readonly uidValidity: number;
  /** Higher than any UID ever given under this UIDVALIDITY. */
  readonly uidNext: number;
  readonly mails: readonly StoredMail[];
  /** When it returns, the mail survives a kill of the process. */
  keep(uid: number, mail: { readonly bytes: Buffer }, arrivedAt: Date): void;
  /** Removes all mails but these; their UIDs are never given again. */
  retain(uids: ReadonlySet<number>): void;
  /** The mails with these UIDs, ascending, become 1, 2, … under a new UIDVALIDITY. */
  renumber(uids: readonly number[], uidValidity: number): void;
}

let lastUidValidity = 0;
/** Tenths of a second since 2024: higher at every call (RFC 3501, 2.3.1.1), and within 32 bits until 2037. */
export function newUidValidity(): number {
  lastUidValidity = Math.max(lastUidValidity + 1, Math.floor((Date.now() - Date.UTC(2024, 0, 1)) / 100));
  return lastUidValidity;
}

export const storeInMemory = (): MailStore => ({
  uidValidity: newUidValidity(),
  uidNext: 1,
  mails: [],
  keep: () => undefined,
  retain: () => undefined,
  renumber: () => undefined,
});

/** One file a mail, `<uid>.<arrival in ms>.eml`, or an empty `.gone` once deleted; and `uidvalidity`. Flags are not kept. */
export function storeInFolder(folder: string): MailStore {
  mkdirSync(folder, { recursive: true });
  const validityFile = join(folder, 'uidvalidity');
  if (!existsSync(validityFile)) replaceFile(validityFile, String(newUidValidity()));
  /** The name of each mail's file without its UID. */
  const rests = new Map<number, string>();
  let uidNext = 1;
  for (const name of readdirSync(folder)) {
    const [, digits, rest] = /^(\d{10})(\.\d+\.(?:eml|gone))$/.exec(name) ?? [];
    if (digits === undefined || rest === undefined) continue;
    uidNext = Math.max(uidNext, Number(digits) + 1);
    if (rest.endsWith('.eml')) rests.set(Number(digits), rest);
  }
  const path = (uid: number, rest: string) => join(folder, `${String(uid).padStart(10, '0')}${rest}`);
  const mails = [...rests]
    .toSorted(([a], [b]) => a - b)
    .map(([uid, rest]) => ({
      uid,
      arrivedAt: new Date(Number(rest.split('.')[1])),
      bytes: readFileSync(path(uid, rest)),
    }));
  const retain = (uids: ReadonlySet<number>) => {
    for (const [uid, rest] of rests) {
      if (uids.has(uid)) continue;
      writeFileSync(path(uid, rest.replace(/eml$/, 'gone')), '');
      rmSync(path(uid, rest), { force: true });
      rests.delete(uid);
    }
  };
  return {
    uidValidity: Number(readFileSync(validityFile, 'utf8')),
    uidNext,
    mails,
    keep(uid, { bytes }, arrivedAt) {
      const rest = `.${arrivedAt.getTime()}.eml`;
      replaceFile(path(uid, rest), bytes);
      rests.set(uid, rest);
    },
    retain,
    renumber(uids, uidValidity) {
      retain(new Set(uids));
      for (const name of readdirSync(folder)) if (name.endsWith('.gone')) rmSync(join(folder, name));
      // In ascending order the new UID is never higher than the old one: no file is overwritten.
      for (const [index, uid] of uids.entries()) {
        const rest = rests.get(uid);
        if (rest === undefined) continue;
        renameSync(path(uid, rest), path(index + 1, rest));
        rests.delete(uid);
        rests.set(index + 1, rest);
      }
      replaceFile(validityFile, String(uidValidity));
    },
  };
}

/** The file has either its old content or all of the new one. */
function replaceFile(file: string, content: Buffer | string): void {
  writeFileSync(`${file}.part`, content);
  renameSync(`${file}.part`, file);
}
