import { open } from 'node:fs/promises';
import { sharedRuns } from '../../kernel/shared-runs.ts';

/** Makes directory entries durable: an entry is safe only by a sync that began after it was made. */
export class DirectorySync {
  readonly sync: (directory: string) => Promise<void> = sharedRuns(fsyncDirectory);
}

async function fsyncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
