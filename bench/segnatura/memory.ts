/**
 * Memory over many documents, in a separate process that does nothing else: each is read, validated and written again
 * under another number; the seals of 3.0.0 are verified, and one document in five is sealed anew. `--expose-gc` separates
 * memory in use from memory not yet collected; libxml2's memory grows without bound when something is not freed.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { loadGrammars } from '../../src/adapters/grammar-files.ts';
import { sealMessage } from '../../src/formats/seal/sign.ts';
import { verifySeal } from '../../src/formats/seal/verify.ts';
import { readSegnatura } from '../../src/formats/segnatura/read.ts';
import type { Generation } from '../../src/model/segnatura.ts';
import { type Measurement, measurement } from '../report.ts';
import { AT, issueSeal, message, written } from './messages.ts';

interface Reading {
  readonly done: number;
  /** Bytes of resident memory, after a collection. */
  readonly rss: number;
  readonly heap: number;
}

/** Growth below this is noise of the collector and the allocator. */
const TOLERANCE_MB = 16;
const MB = 1024 * 1024;

export async function memory(documents: number, say: (line: string) => void): Promise<readonly Measurement[]> {
  const child = fork(fileURLToPath(import.meta.url), [String(documents)], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const readings: Reading[] = [];
  child.on('message', (reading: Reading) => {
    readings.push(reading);
    say(`${reading.done} documents: ${(reading.rss / MB).toFixed(1)} MB`);
  });
  const stop = () => child.kill();
  process.once('exit', stop);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  process.off('exit', stop);
  const [first] = readings;
  const last = readings.at(-1);
  if (code !== 0 || first === undefined || last === undefined) throw new Error(`the memory's process ended (${code})`);
  const of = (reading: Reading) => `memory after ${reading.done} documents`;
  return [
    measurement(of(first), first.rss / MB, 'MB'),
    measurement(of(last), last.rss / MB, 'MB'),
    measurement('growth of memory', (last.rss - first.rss) / MB, 'MB', { atMost: TOLERANCE_MB }),
    measurement('growth of the heap in use', (last.heap - first.heap) / MB, 'MB'),
  ];
}

async function watch(documents: number): Promise<void> {
  const { validate } = await loadGrammars();
  const { signer, trust } = await issueSeal();
  const tell = async (done: number): Promise<void> => {
    for (let turn = 0; turn < 3; turn += 1) globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
    const { rss, heapUsed } = process.memoryUsage();
    process.send?.({ done, rss, heap: heapUsed } satisfies Reading);
  };
  const makeOne = async (number: number, generation: Generation): Promise<Buffer> => {
    const bytes = written(message(number, generation), generation);
    return generation === '3.0.0' ? sealMessage(bytes, signer, AT) : bytes;
  };
  const kept = await Promise.all(
    Array.from({ length: 100 }, (_, index) => makeOne(index + 1, index % 2 === 0 ? '2013' : '3.0.0')),
  );
  for (let done = 1; done <= documents; done += 1) {
    const at = done % kept.length;
    const bytes = kept[at];
    if (bytes === undefined) throw new Error('nothing to read');
    const read = readSegnatura(bytes, validate);
    if (!read.ok || !read.value.valid || read.value.message?.kind !== 'protocol-message') throw new Error('not read');
    const { generation, message: model } = read.value;
    // Always new texts of the same length: a cache by text or digest would grow.
    const number = String(done).padStart(7, '0');
    const again = written({ ...model, identifier: { ...model.identifier, number } }, generation);
    const sealed = generation === '3.0.0';
    if (sealed && verifySeal(bytes, trust, AT).verdict !== 'valid') throw new Error('not verified');
    if (!sealed) kept[at] = again;
    else if (Math.floor(done / kept.length) % 5 === at % 5) kept[at] = await sealMessage(again, signer, AT);
    if (done % Math.floor(documents / 10) === 0) await tell(done);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await watch(Number(process.argv[2]));
