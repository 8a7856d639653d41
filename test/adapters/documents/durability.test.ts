/**
 * Nothing may be lost when the machine stops. Bytes and names that were never synced are lost then, so these tests watch
 * every sync and what it makes durable.
 */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DirectorySync } from '../../../src/adapters/documents/directory-sync.ts';
import { folderDocuments } from '../../../src/adapters/documents/folder.ts';
import { folderPartFiles } from '../../../src/adapters/documents/part-files.ts';
import { sha256 } from '../../../src/kernel/digest.ts';

let root: string;
/** What was made durable, in order: `folder: its names` or `folder/…: the bytes of a file`. */
let synced: string[];
/** Holds the syncs of directories back until it resolves. */
let mayEnd: () => Promise<void>;

const streamed = (text: string) => Readable.from([Buffer.from(text)], { objectMode: false });

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'interpro-durability-'));
  synced = [];
  mayEnd = async () => undefined;
  const handle = await open(root, 'r');
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  for (const call of ['sync', 'datasync'] as const) {
    const real = prototype[call];
    vi.spyOn(prototype, call).mockImplementation(async function (this: FileHandle) {
      const path = readlinkSync(`/proc/self/fd/${this.fd}`);
      const isFolder = statSync(path).isDirectory();
      const place = relative(root, path) || '.';
      synced.push(
        isFolder
          ? `${place}: ${readdirSync(path).sort().join(' ')}`
          : `${dirname(place)}/…: ${readFileSync(path, 'utf8')}`,
      );
      await real.call(this);
      if (isFolder) await mayEnd();
    });
  }
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(root, { recursive: true, force: true });
});

/** The syncs that `work` causes. */
async function during<T>(work: () => Promise<T>): Promise<readonly string[]> {
  synced.length = 0;
  await work();
  return [...synced];
}

describe('a document', () => {
  const ways = [
    ['in memory', (text: string) => Buffer.from(text)],
    ['as a stream', streamed],
  ] as const;
  const digest = sha256('ciao');
  const folder = digest.slice(0, 2);

  it.each(ways)('%s is durable once `put` resolves: first its bytes, then its name', async (_, bytes) => {
    const documents = await folderDocuments(root);
    expect(synced).toEqual(['.: tmp']);
    expect(await during(() => documents.put(bytes('ciao')))).toEqual([
      'tmp/…: ciao',
      expect.stringMatching(new RegExp(`^\\.: (?:.* )?${folder} `)),
      `${folder}: ${digest}`,
    ]);
    // Another writer of the same bytes may not have synced the name yet.
    expect(await during(() => documents.put(bytes('ciao')))).toEqual([`${folder}: ${digest}`]);
  });

  it('that was staged is durable once `keep` resolves', async () => {
    const documents = await folderDocuments(root);
    const staged = await documents.stage(streamed('ciao'));
    expect(synced.at(-1)).toBe('tmp/…: ciao');
    expect((await during(() => staged.keep())).at(-1)).toBe(`${folder}: ${digest}`);
    const again = await documents.stage(streamed('ciao'));
    expect(await during(() => again.keep())).toEqual([`${folder}: ${digest}`]);
  });
});

describe('an upload', () => {
  it('is durable after each synced piece, its name included', async () => {
    const documents = await folderDocuments(root);
    const id = randomUUID();
    const opening = await during(() => folderPartFiles(root, documents));
    expect(opening).toEqual(['.: tmp uploads']);
    const partials = await folderPartFiles(root, documents);
    const first = await during(async () => {
      const file = await partials.open(id, 0, '', 'noi');
      await file?.write(Buffer.from('prima '));
      await file?.sync();
      await file?.close();
    });
    expect(first).toEqual([`uploads: ${id}.part`, 'uploads/…: prima ']);
    const second = await during(async () => {
      const file = await partials.open(id, 6, 'noi', 'noi');
      await file?.write(Buffer.from('e poi'));
      await file?.sync();
      await file?.close();
    });
    expect(second).toEqual(['uploads/…: prima e poi']);
    const kept = { sha256: sha256('prima e poi'), size: 11 };
    expect((await during(() => partials.keep(id, kept))).at(-1)).toBe(`${kept.sha256.slice(0, 2)}: ${kept.sha256}`);
  });
});

describe('syncs of one directory', () => {
  it('that are requested during a sync share the next one, which begins after it', async () => {
    const gates: (() => void)[] = [];
    mayEnd = () => new Promise((resolve) => gates.push(resolve));
    const directories = new DirectorySync();
    const ended: string[] = [];
    const ask = async (name: string, directory = root) => {
      await directories.sync(directory);
      ended.push(name);
    };
    const all = [ask('first')];
    await vi.waitFor(() => expect(gates.length).toBe(1));
    all.push(ask('second'), ask('third'), ask('elsewhere', dirname(root)));
    await vi.waitFor(() => expect(gates.length).toBe(2));
    expect(synced.map((line) => line.split(':')[0])).toEqual(['.', '..']);
    gates[1]?.();
    await vi.waitFor(() => expect(ended).toEqual(['elsewhere']));
    gates[0]?.();
    await vi.waitFor(() => expect(gates.length).toBe(3));
    expect(ended).toEqual(['elsewhere', 'first']);
    gates[2]?.();
    await Promise.all(all);
    expect(ended).toEqual(['elsewhere', 'first', 'second', 'third']);
    expect(synced.length).toBe(3);

    // No request is left over: the next sync begins at once.
    all.push(ask('last'));
    await vi.waitFor(() => expect(gates.length).toBe(4));
    gates[3]?.();
    await Promise.all(all);
  });

  it('fail for those who requested them, and for nobody afterwards', async () => {
    const directories = new DirectorySync();
    let end = (_error: Error): void => undefined;
    mayEnd = () => new Promise((_, reject) => (end = reject));
    const first = directories.sync(root);
    await vi.waitFor(() => expect(synced.length).toBe(1));
    const second = directories.sync(root);
    mayEnd = async () => undefined;
    end(new Error(`no sync of ${basename(root)}`));
    await expect(first).rejects.toThrow('no sync of');
    await second;
    expect(synced.length).toBe(2);
  });
});
