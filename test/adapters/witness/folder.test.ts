import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderWitness } from '../../../src/adapters/witness/folder.ts';
import type { RegisterHeads } from '../../../src/domain/register/heads.ts';
import { aooId } from '../../../src/kernel/ids.ts';

const AOO = aooId('c_esempio', 'AESEMP1');
const heads = (seq: number, recoveries = 0): RegisterHeads => ({
  recoveries,
  audit: { seq, hash: 'a'.repeat(64) },
  events: seq + 2,
  numbers: [{ register: 'PROT', year: 2026, last: seq }],
});

describe('the witness in folders', () => {
  let first: string;
  let second: string;
  beforeEach(() => {
    first = mkdtempSync(join(tmpdir(), 'interpro-witness-'));
    second = mkdtempSync(join(tmpdir(), 'interpro-witness-'));
  });
  afterEach(() => {
    for (const folder of [first, second]) rmSync(folder, { recursive: true, force: true });
  });

  it('gives back what was written last, one file an office', async () => {
    const witness = folderWitness([first]);
    expect(await witness.read(AOO)).toBeNull();
    for (const seq of [1, 2, 10]) await witness.write(AOO, heads(seq));
    expect(await witness.read(AOO)).toEqual(heads(10));
    expect(await witness.read(aooId('c_esempio', 'ALTRA1'))).toBeNull();
    expect(readdirSync(join(first, encodeURIComponent(AOO)))).toHaveLength(1);
  });

  it('is not set back by a process that writes late, and a recovery counts more than any number', async () => {
    const witness = folderWitness([first]);
    await Promise.all([10, 9, 8].map((seq) => folderWitness([first]).write(AOO, heads(seq))));
    await witness.write(AOO, heads(7));
    expect(await witness.read(AOO)).toEqual(heads(10));
    await witness.write(AOO, heads(3, 1));
    expect(await witness.read(AOO)).toEqual(heads(3, 1));
  });

  it('is written by several at once, also in the same state', async () => {
    await Promise.all([1, 2, 3, 4, 5].map(() => folderWitness([first]).write(AOO, heads(9))));
    expect(await folderWitness([first]).read(AOO)).toEqual(heads(9));
    expect(readdirSync(join(first, encodeURIComponent(AOO)))).toHaveLength(1);
  });

  it('counts the newest of its places, so that one may be lost or old', async () => {
    await folderWitness([first, second]).write(AOO, heads(4));
    await folderWitness([second]).write(AOO, heads(6));
    expect(await folderWitness([first, second]).read(AOO)).toEqual(heads(6));
    rmSync(second, { recursive: true });
    expect(await folderWitness([first, second]).read(AOO)).toEqual(heads(4));
  });

  it('cannot be written where a place is away: nothing may leave then', async () => {
    rmSync(second, { recursive: true });
    writeFileSync(second, 'no folder');
    await expect(folderWitness([first, second]).write(AOO, heads(1))).rejects.toThrow();
  });
});
