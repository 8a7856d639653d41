/**
 * A process that judges one file at a time and reports the cost. The test of hostile inputs starts it, so that the memory
 * is its own. Everything is loaded and compiled beforehand, as in the service.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { loadGrammars } from '../../../src/adapters/grammar-files.ts';
import type { Inspection } from '../../../src/domain/exchange/inspection.ts';
import { decodeCharset } from '../../../src/formats/charset/decode-charset.ts';
import { anchorsFrom } from '../../../src/formats/pec/trust.ts';
import { judgeSegnatura } from '../../../src/service/intake/judge-mail.ts';

/** The test sends first what to trust and to warm up with, then one question after the other. */
export interface Setting {
  readonly rootPem: string;
  /** ISO time of the judgement. */
  readonly at: string;
  readonly ordinary: readonly string[];
}
export type Question = { readonly file: string } | { readonly planted: string; readonly port: number };

export interface Cost {
  readonly inspection: Inspection | null;
  /** Milliseconds of processor time, all threads together. */
  readonly cpu: number;
  /** Bytes: the peak of the process above what it held before, input included. */
  readonly memory: number;
  /** Calls into the file system and the network. */
  readonly calls: readonly string[];
}

const calls: string[] = [];
let watching = false;

/** Counts the use of every function of these modules, through which libxml2's own loader gets its files too. */
function watch(name: string, module: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(module)) {
    if (typeof value !== 'function' || /^[A-Z]|^_/.test(key)) continue;
    module[key] = (...args: unknown[]) => {
      if (watching) calls.push(`${name}.${key}`);
      return value.apply(module, args);
    };
  }
}
const open = fs.readFileSync.bind(fs);
watch('fs', fs as unknown as Record<string, unknown>);
watch('net', net as unknown as Record<string, unknown>);
syncBuiltinESMExports();

/** Bytes. The peak in `resourceUsage` would be that of the parent, which a child process starts with. */
const peak = (): number => 1024 * Number(/^VmHWM:\s+(\d+)/m.exec(String(open('/proc/self/status')))?.[1]);

function measure(work: () => Inspection | null): Cost {
  for (let turn = 0; turn < 2; turn += 1) globalThis.gc?.();
  calls.length = 0;
  const held = process.memoryUsage.rss();
  const before = process.cpuUsage();
  watching = true;
  const inspection = work();
  watching = false;
  const { user, system } = process.cpuUsage(before);
  return { inspection, cpu: (user + system) / 1000, memory: Math.max(0, peak() - held), calls: [...calls] };
}

/** A judge that does all that is forbidden, to prove that the test would notice. */
function misbehave(file: string, port: number): null {
  fs.readFileSync(file);
  net.connect(port, '127.0.0.1').on('error', () => undefined);
  const end = process.cpuUsage().user + 200_000;
  while (process.cpuUsage().user < end);
  Buffer.alloc(80 << 20, 1);
  return null;
}

process.once('message', async ({ rootPem, at, ordinary }: Setting) => {
  const { validate } = await loadGrammars();
  const { trust } = anchorsFrom([{ name: 'root.pem', bytes: Buffer.from(rootPem) }]);
  const judge = (bytes: Buffer) => judgeSegnatura(bytes, { trust, validate, at: new Date(at), policy: new Map() });
  // The tables of charsets are loaded at first use.
  decodeCharset(Buffer.from('a'), 'utf-16');
  for (let turn = 0; turn < 60; turn += 1) for (const each of ordinary) judge(Buffer.from(each, 'base64'));
  process.on('message', (question: Question) => {
    if ('planted' in question) return process.send?.(measure(() => misbehave(question.planted, question.port)));
    const bytes = open(question.file) as Buffer;
    return process.send?.(measure(() => judge(bytes)));
  });
  process.send?.('ready');
});
