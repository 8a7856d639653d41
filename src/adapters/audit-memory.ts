/**
 * How far an interrupted audit came, in the data folder. It is sealed with the node's key: whoever owns the database only
 * cannot write one that makes the next audit skip what was tampered with. It does not outlive a day.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../kernel/thrown.ts';
import type { Secrets } from '../service/access/secrets.ts';
import type { FilesProgress } from '../service/administration/verify-files.ts';
import type { AuditMemory, AuditPoint } from '../service/queries/views.ts';

export interface FilesMemory {
  recall(aoo: string): Promise<FilesProgress | null>;
  keep(aoo: string, progress: FilesProgress): Promise<void>;
  forget(aoo: string): Promise<void>;
}

const DAY_MS = 24 * 3600_000;
/** Milliseconds between two writings: less is lost by a kill than it costs to write more. */
const EVERY_MS = 2_000;

export function auditMemory(
  folder: string,
  secrets: Secrets,
  everyMs = EVERY_MS,
): { readonly rows: AuditMemory; readonly files: FilesMemory } {
  return {
    rows: sealedNotes<AuditPoint>(folder, 'rows', secrets, everyMs),
    files: sealedNotes<FilesProgress>(folder, 'files', secrets, everyMs),
  };
}

function sealedNotes<T>(folder: string, kind: string, secrets: Secrets, everyMs: number) {
  const fileOf = (aoo: string): string => join(folder, `${encodeURIComponent(aoo)}.${kind}`);
  const context = (aoo: string): string => `audit ${kind} ${aoo}`;
  let kept = -Infinity;
  return {
    async recall(aoo: string): Promise<T | null> {
      let sealed: string;
      try {
        sealed = await readFile(fileOf(aoo), 'utf8');
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return null;
        throw error;
      }
      const opened = secrets.open(sealed.trim(), context(aoo));
      if (!opened.ok) return null;
      const { at, value } = JSON.parse(opened.value) as { readonly at: number; readonly value: T };
      const age = Date.now() - at;
      return age >= 0 && age < DAY_MS ? value : null;
    },
    async keep(aoo: string, value: T): Promise<void> {
      if (performance.now() - kept < everyMs) return;
      kept = performance.now();
      const sealed = secrets.seal(JSON.stringify({ at: Date.now(), value }), context(aoo));
      if (!sealed.ok) return;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const draft = `${fileOf(aoo)}.${process.pid}`;
      await writeFile(draft, `${sealed.value}\n`, { mode: 0o600 });
      await rename(draft, fileOf(aoo));
    },
    forget: (aoo: string): Promise<void> => rm(fileOf(aoo), { force: true }),
  };
}
