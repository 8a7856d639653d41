/** What writing and converting have in common: which generation, who seals, where to. */
import { writeFile } from 'node:fs/promises';
import { userPath } from '../../config/config.ts';
import { type SealSigner, signerFromPem } from '../../formats/seal/sealer.ts';
import { sealMessage } from '../../formats/seal/sign.ts';
import { writeMessage } from '../../formats/segnatura/write.ts';
import { LIMITS } from '../../kernel/limits.ts';
import type { Problem } from '../../kernel/problems.ts';
import { ok, type Result } from '../../kernel/result.ts';
import type { Generation, SegnaturaMessage } from '../../model/segnatura.ts';
import { openFile, Unusable } from './files.ts';
import { escaped } from './inspect.ts';

const GENERATIONS: readonly Generation[] = ['2001', '2009', '2013', '3.0.0'];

/** Throws Unusable. */
export function generationOf(option: string, name: string | undefined): Generation {
  const generation = GENERATIONS.find((each) => each === name);
  if (generation !== undefined) return generation;
  throw new Unusable(
    `${option}: ${name === undefined ? 'say which' : `"${name}" is none`} of ${GENERATIONS.join(', ')}`,
  );
}

/** Who seals; null when nobody was named. Throws Unusable. */
export async function signerOf(certificate: string | undefined, key: string | undefined): Promise<SealSigner | null> {
  if (certificate === undefined && key === undefined) return null;
  if (certificate === undefined || key === undefined) throw new Unusable('--seal and --key go together');
  const read = async (file: string) => (await openFile(file, LIMITS.cmsBytes)).toString('latin1');
  const signer = signerFromPem(await read(certificate), await read(key));
  if (!signer.ok) throw new Unusable(`--seal: ${signer.problem.message}`);
  return signer.value;
}

/** The XML, sealed where a signer is given, or why it cannot be written. */
export async function xmlOf(
  message: SegnaturaMessage,
  generation: Generation,
  signer: SealSigner | null,
): Promise<Result<Buffer>> {
  if (signer !== null && (generation !== '3.0.0' || message.kind !== 'protocol-message'))
    throw new Unusable('--seal: only a segnatura of 3.0.0 bears a seal');
  const written = writeMessage(message, generation);
  return written.ok && signer !== null ? ok(await sealMessage(written.value, signer, new Date())) : written;
}

export async function put(xml: Buffer, out: string | undefined): Promise<void> {
  if (out === undefined) {
    process.stdout.write(xml);
    return;
  }
  const file = userPath(out);
  try {
    await writeFile(file, xml);
  } catch (error) {
    throw new Unusable(`--out: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** One line: the place, unless the sentence names it, and the sentence. */
export const lineOf = ({ at, message }: Problem): string => {
  const place = message.includes(at) ? '' : `${at}: `;
  return escaped(`${place}${message}`.replace(/\s+/g, ' '));
};

export function refused(command: string, found: Problem): 1 {
  process.stderr.write(`interpro segnatura ${command}: ${lineOf(found)}\n`);
  return 1;
}
