import { resolve } from 'node:path';

/**
 * A command as it can be typed in a second terminal: the command line finds this region by its folder, so a folder other
 * than the usual one goes with it.
 */
export function shownCommand(dataFolder: string, command: string): string {
  const typed = `npm run -s interpro -- ${command}`;
  if (dataFolder === resolve('var')) return typed;
  const folder = /^[\w./-]+$/.test(dataFolder) ? dataFolder : `'${dataFolder.replaceAll("'", "'\\''")}'`;
  return `INTERPRO_DATA=${folder} ${typed}`;
}
