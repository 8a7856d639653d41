import { open } from 'node:fs/promises';

/**
 * Makes directory entries durable. Requests for one directory that come while it is being synced share the next call:
 * an entry is safe only by a sync that began after it was made.
 */
export class DirectorySync {
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<void>>();

  sync(directory: string): Promise<void> {
    const running = this.#running.get(directory);
    if (running === undefined) return this.#start(directory);
    let next = this.#next.get(directory);
    if (next === undefined) {
      next = running
        .catch(() => undefined)
        .then(() => {
          this.#next.delete(directory);
          return this.#start(directory);
        });
      this.#next.set(directory, next);
    }
    return next;
  }

  #start(directory: string): Promise<void> {
    const run = fsyncDirectory(directory).finally(() => this.#running.delete(directory));
    this.#running.set(directory, run);
    return run;
  }
}

async function fsyncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
