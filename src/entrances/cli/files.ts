import { readFile, stat } from 'node:fs/promises';
import { userPath } from '../../config/config.ts';
import { LIMITS } from '../../kernel/limits.ts';
import type { TrustAnchors } from '../../model/pec.ts';
import { providersTrust, readTrustFolder } from '../../wiring/cli.ts';

/** What a command was given cannot be used: said in one line, exit 2. */
export class Unusable extends Error {}

/** A file named on the command line, `-` for standard input. Throws Unusable. */
export async function openFile(name: string, most: number = LIMITS.mailBytes): Promise<Buffer> {
  const file = name === '-' ? name : userPath(name);
  try {
    if (name === '-') return Buffer.concat(await Array.fromAsync(process.stdin as AsyncIterable<Buffer>));
    const { size } = await stat(file);
    if (size <= most) return await readFile(file);
  } catch (error) {
    throw new Unusable(`${file} cannot be opened: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new Unusable(`${file} is larger than ${most} bytes`);
}

/** The certificates of a folder named on the command line, else the built-in ones. Throws Unusable. */
export async function trustOf(name: string | undefined): Promise<TrustAnchors> {
  if (name === undefined) return providersTrust();
  const folder = userPath(name);
  let found: Awaited<ReturnType<typeof readTrustFolder>>;
  try {
    found = await readTrustFolder(folder);
  } catch (error) {
    throw new Unusable(`--trust: ${error instanceof Error ? error.message : String(error)}`);
  }
  for (const { name: file, reason } of found.unreadable) process.stderr.write(`${folder}/${file}: ${reason}\n`);
  if (found.trust.anchors.length === 0)
    throw new Unusable(`--trust: ${folder} holds no certificate (.pem, .crt, .cer, .der)`);
  return found.trust;
}

/** Throws Unusable. */
export function timeOf(text: string | undefined): Date {
  const at = text === undefined ? new Date() : new Date(text);
  if (Number.isNaN(at.getTime())) throw new Unusable(`--at: "${text}" is no ISO time, such as 2026-03-01T12:00:00Z`);
  return at;
}
