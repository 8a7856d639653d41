import { readFile, stat } from 'node:fs/promises';
import { userPath } from '../../../config/config.ts';
import { LIMITS } from '../../../kernel/limits.ts';
import { errorMessage } from '../../../kernel/thrown.ts';
import type { TrustAnchors } from '../../../model/pec.ts';
import { providersTrust, readTrustFolder } from '../../../wiring/cli.ts';
import { complain } from '../output/say.ts';

/** The command was given something it cannot use. Printed in one line; exit code 2. */
export class MisuseError extends Error {
  override readonly name = 'MisuseError';
}

/** A file named on the command line, `-` for standard input. Throws MisuseError. */
export async function openFile(name: string, most: number = LIMITS.mailBytes): Promise<Buffer> {
  const file = name === '-' ? name : userPath(name);
  try {
    if (name === '-') return Buffer.concat(await Array.fromAsync(process.stdin as AsyncIterable<Buffer>));
    const found = await stat(file);
    if (found.isDirectory()) throw new MisuseError(`${file} is a folder, not a file`);
    const { size } = found;
    if (size <= most) return await readFile(file);
  } catch (error) {
    if (error instanceof MisuseError) throw error;
    throw new MisuseError(`${file} cannot be opened: ${errorMessage(error)}`);
  }
  throw new MisuseError(`${file} is larger than ${most} bytes`);
}

/** The certificates of a folder named on the command line, else the built-in ones. Throws MisuseError. */
export async function trustOf(name: string | undefined): Promise<TrustAnchors> {
  if (name === undefined) return providersTrust();
  const folder = userPath(name);
  let found: Awaited<ReturnType<typeof readTrustFolder>>;
  try {
    found = await readTrustFolder(folder);
  } catch (error) {
    throw new MisuseError(`--trust: ${errorMessage(error)}`);
  }
  for (const { name: file, reason } of found.unreadable) complain(`${folder}/${file}: ${reason}`);
  if (found.trust.anchors.length + (found.trust.seals?.length ?? 0) === 0)
    throw new MisuseError(`--trust: ${folder} holds no certificate (.pem, .crt, .cer, .der)`);
  return found.trust;
}

/** Throws MisuseError. */
export function timeOf(text: string | undefined): Date {
  const at = text === undefined ? new Date() : new Date(text);
  if (Number.isNaN(at.getTime()))
    throw new MisuseError(`--at: "${text}" is not an ISO time such as 2026-03-01T12:00:00Z`);
  return at;
}
