import { randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { errorCode } from '../../kernel/thrown.ts';

/** A file that nobody has written to for so long belongs to nobody: mail servers are given up after minutes. */
const ABANDONED_MS = 60 * 60_000;

const host = hostname()
  .replaceAll(/[^A-Za-z0-9-]/g, '_')
  .slice(0, 64);
/** Distinguishes this process from an earlier one with the same number, as the first process of a container has. */
const process_ = randomUUID();

/** `host.pid.process.file`: tells whose it was. */
export const temporaryName = (): string => `${host}.${process.pid}.${process_}.${randomUUID()}`;

/** Removes what dead processes left half-written. Files of living ones, also on other hosts, stay. */
export async function removeLeftovers(folder: string, now: Date): Promise<number> {
  let removed = 0;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const file = await stat(path).catch(() => null);
    if (file === null) continue;
    if (!isDead(name) && now.getTime() - file.mtimeMs < ABANDONED_MS) continue;
    await rm(path, { force: true });
    removed += 1;
  }
  return removed;
}

function isDead(name: string): boolean {
  const [owner, pid = '', token] = name.split('.');
  if (owner !== host || !/^\d{1,10}$/.test(pid)) return false;
  if (Number(pid) === process.pid) return token !== process_;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return errorCode(error) === 'ESRCH';
  }
}
