import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The root folder of the project. */
export const repository = resolve(import.meta.dirname, '..', '..');

/**
 * For tests that need something of the machine (a server, a folder of samples). Without it, a developer's machine gets a
 * warning and the test is skipped; with CI set it throws, since nothing may be missing there.
 */
export function missing(reason: string): false {
  if (process.env['CI']) throw new Error(`needed here, but missing: ${reason}`);
  process.stderr.write(`\n*** SKIPPED: ${reason} ***\n\n`);
  return false;
}

/** For `describe.skipIf(!needs(condition, reason))`. */
export const needs = (present: boolean, reason: string): boolean => present || missing(reason);

/** The folder of real samples beside the repository, or `INTERPRO_SHARED`; null if this machine has none. */
export function sharedFolder(): string | null {
  const folder = process.env['INTERPRO_SHARED'] ?? join(repository, '..', 'shared');
  if (existsSync(folder)) return folder;
  missing(`the folder of samples ${folder} is not there (INTERPRO_SHARED names another)`);
  return null;
}
