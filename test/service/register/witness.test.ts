import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderWitness } from '../../../src/adapters/witness/folder.ts';
import type { RegisterHeads } from '../../../src/domain/register/heads.ts';
import { aooId } from '../../../src/kernel/ids.ts';
import {
  type HeadsStore,
  holdAgainstWitness,
  OfficeStoppedError,
  openWitness,
  recoverOffice,
  type WitnessFiles,
} from '../../../src/service/register/witness.ts';

const AOO = aooId('c_esempio', 'AESEMP1');
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const UNKNOWN = 'la base di dati riporta un ripristino che il testimone non conosce';
const heads = (seq: number, recoveries = 0, chain = 'a'): RegisterHeads => ({
  recoveries,
  audit: { seq, hash: `${chain}${seq}` },
  events: seq,
  numbers: [{ register: 'PROT', year: 2026, last: 5 }],
});

let folders: readonly string[];
let files: WitnessFiles;
/** Where the database stands, which chain it has, and why the office was stopped. */
let now: RegisterHeads;
let stopped: string[];
const store: HeadsStore = {
  heads: async (_aoo, then) => ({
    heads: now,
    hashThen: then > 0 && then <= now.audit.seq ? `${now.audit.hash[0]}${then}` : null,
  }),
  stopOffice: async (_aoo, because) => {
    stopped.push(because);
  },
  goOn: async (_aoo, next) => {
    now = {
      ...heads(now.audit.seq + 1, next.recoveries, now.audit.hash[0]),
      numbers: next.numbers,
      events: next.events,
    };
  },
};
const open = (patience = 0) => openWitness({ files, store, log }, patience);
const recover = () => recoverOffice(AOO, { by: 'prova', reason: 'copia di ieri' }, { files, store });

beforeEach(() => {
  folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'interpro-witness-')));
  files = folderWitness(folders);
  now = heads(5);
  stopped = [];
});
afterEach(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('a recovery that only the database knows', () => {
  it('stops the office at the next number, and its chain never becomes what was witnessed', async () => {
    const running = open();
    await running.bear(AOO);
    now = heads(6, 1, 'f');
    await expect(running.bear(AOO)).rejects.toThrow(OfficeStoppedError);
    expect(stopped).toEqual([UNKNOWN]);
    expect(await open().check([AOO])).toEqual([AOO]);
    expect(await files.read(AOO)).toEqual(heads(5));
    expect(await holdAgainstWitness(AOO, { files, store })).toBe('unseen');
  });

  it('stops it as well where the witness is gone while the service runs', async () => {
    const running = open();
    await running.bear(AOO);
    for (const folder of folders) rmSync(folder, { recursive: true });
    now = heads(6, 1, 'f');
    await expect(running.bear(AOO)).rejects.toThrow(OfficeStoppedError);
    expect(await files.read(AOO)).toBeNull();
  });

  it('is let go on by a person, and is witnessed then', async () => {
    await open().bear(AOO);
    now = heads(6, 1, 'f');
    expect(await recover()).toMatchObject({ isBehind: true, lost: [] });
    expect(await open().check([AOO])).toEqual([]);
    expect(now).toMatchObject({ recoveries: 2, audit: { seq: 7, hash: 'f7' } });
    expect(await files.read(AOO)).toEqual(now);
  });
});

describe('a recovery by another process', () => {
  /** A copy of before is restored under the service, and a person lets it go on. */
  const restored = async () => {
    const running = open(5_000);
    await running.bear(AOO);
    now = { ...heads(3), numbers: [{ register: 'PROT', year: 2026, last: 3 }] };
    await expect(running.bear(AOO)).rejects.toThrow('da 4 a 5');
    stopped = [];
    return running;
  };

  it('is known to the service that runs, which goes on', async () => {
    const running = await restored();
    await recover();
    await running.bear(AOO);
    now = { ...now, audit: { seq: 5, hash: 'a5' } };
    await running.bear(AOO);
    expect(stopped).toEqual([]);
    expect(await files.read(AOO)).toEqual(now);
    expect(now.recoveries).toBe(1);
  });

  it('is waited for while it is committed and not witnessed yet', async () => {
    const running = await restored();
    const late: WitnessFiles = {
      read: files.read,
      async write(aoo, next) {
        const borne = running.bear(AOO);
        await new Promise((resolve) => setTimeout(resolve, 50));
        await files.write(aoo, next);
        await borne;
      },
    };
    await recoverOffice(AOO, { by: 'prova', reason: 'copia di ieri' }, { files: late, store });
    expect(stopped).toEqual([]);
  });

  it('does not excuse another chain than the one that was let go on', async () => {
    const running = await restored();
    await recover();
    now = heads(9, 1, 'f');
    await expect(running.bear(AOO)).rejects.toThrow(OfficeStoppedError);
  });

  it('counts where one of two places is older', async () => {
    const running = await restored();
    await recover();
    const [first = ''] = folders;
    rmSync(first, { recursive: true });
    await folderWitness([first]).write(AOO, heads(5));
    await running.bear(AOO);
    expect(await open().check([AOO])).toEqual([]);
    expect(stopped).toEqual([]);
  });
});

describe('an office without a witness', () => {
  it('is witnessed as it stands', async () => {
    now = heads(6, 1);
    expect(await open().check([AOO])).toEqual([]);
    expect(await files.read(AOO)).toEqual(heads(6, 1));
    await open().bear(AOO);
    expect(stopped).toEqual([]);
  });
});
