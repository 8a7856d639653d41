import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missing } from './shared.ts';

/** `xmllint` (Debian `libxml2-utils`) judges validity independently of our own reader. */
export function hasXmllint(): boolean {
  return (
    spawnSync('xmllint', ['--version']).status === 0 || missing('xmllint is not installed (Debian: libxml2-utils)')
  );
}

/** Documents per call: few enough for a command line. */
const BATCH = 500;

/** Whether each document is valid by a DTD or a schema on disk, or without one, whether it is well-formed. */
export function xmllintVerdicts(grammar: string | null, documents: readonly Uint8Array[]): boolean[] {
  const folder = mkdtempSync(join(tmpdir(), 'grammar-'));
  try {
    const verdicts: boolean[] = [];
    for (let start = 0; start < documents.length; start += BATCH) {
      verdicts.push(...batch(grammar, documents.slice(start, start + BATCH), join(folder, String(start))));
    }
    return verdicts;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function batch(grammar: string | null, documents: readonly Uint8Array[], folder: string): boolean[] {
  mkdirSync(folder);
  const names = documents.map((bytes, index) => {
    const name = `d${index}.xml`;
    writeFileSync(join(folder, name), bytes);
    return name;
  });
  const judge = grammar === null ? [] : [grammar.endsWith('.dtd') ? '--dtdvalid' : '--schema', grammar];
  const run = spawnSync('xmllint', ['--nonet', '--noout', ...judge, ...names], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (run.error || run.signal) throw new Error(`xmllint failed: ${run.error?.message ?? run.signal}`);
  if (/^WXS schema .* failed to compile|^Could not parse DTD/m.test(run.stderr))
    throw new Error(run.stderr.slice(0, 2_000));
  // For a schema xmllint reports every document, otherwise only those at fault.
  const valid = new Set<string>(judge[0] === '--schema' ? [] : names);
  for (const line of run.stderr.split('\n')) {
    const said =
      /^(d\d+\.xml) (validates|fails to validate)$/.exec(line) ??
      /^(d\d+\.xml):\d+: (parser error|namespace error)/.exec(line);
    if (said?.[2] === 'validates') valid.add(said[1] ?? '');
    // A prefix that is not declared is well-formed XML.
    else if (said && (grammar !== null || said[2] === 'parser error')) valid.delete(said[1] ?? '');
    const invalid = /^Document (d\d+\.xml) does not validate against /.exec(line);
    if (invalid) valid.delete(invalid[1] ?? '');
  }
  return names.map((name) => valid.has(name));
}
