/** What writing and converting have in common: the generation, the seal, the output. */
import { writeFile } from 'node:fs/promises';
import { userPath } from '../../../config/config.ts';
import { decodeRaw } from '../../../formats/charset/decode-charset.ts';
import { type SealSigner, signerFromPem } from '../../../formats/seal/sealer.ts';
import { sealMessage } from '../../../formats/seal/sign.ts';
import { writeMessage } from '../../../formats/segnatura/write.ts';
import { LIMITS } from '../../../kernel/limits.ts';
import type { Problem } from '../../../kernel/problems.ts';
import { ok, type Result } from '../../../kernel/result.ts';
import { errorMessage } from '../../../kernel/thrown.ts';
import { GENERATIONS, type Generation, type SegnaturaMessage } from '../../../model/segnatura.ts';
import { MisuseError, openFile } from '../input/given-files.ts';
import { complain, say } from '../output/say.ts';

/** Throws MisuseError. */
export function generationOf(option: string, name: string | undefined): Generation {
  const generation = GENERATIONS.find((each) => each === name);
  if (generation !== undefined) return generation;
  throw new MisuseError(
    `${option}: ${name === undefined ? 'name one' : `"${name}" is not one`} of ${GENERATIONS.join(', ')}`,
  );
}

/** Null: no seal is wanted. Throws MisuseError. */
export async function signerOf(certificate: string | undefined, key: string | undefined): Promise<SealSigner | null> {
  if (certificate === undefined && key === undefined) return null;
  if (certificate === undefined || key === undefined) throw new MisuseError('--seal and --key go together');
  const read = async (file: string) => (await openFile(file, LIMITS.cmsBytes)).toString('latin1');
  const signer = signerFromPem(await read(certificate), await read(key));
  if (!signer.ok) throw new MisuseError(`--seal: ${signer.problem.message}`);
  return signer.value;
}

/** The XML, sealed if there is a signer, or why it cannot be written. */
export async function xmlOf(
  message: SegnaturaMessage,
  generation: Generation,
  signer: SealSigner | null,
): Promise<Result<Buffer>> {
  if (signer !== null && (generation !== '3.0.0' || message.kind !== 'protocol-message'))
    throw new MisuseError('--seal: only a 3.0.0 segnatura can be sealed');
  const written = writeMessage(message, generation);
  return written.ok && signer !== null ? ok(await sealMessage(written.value, signer, new Date())) : written;
}

export async function put(xml: Buffer, out: string | undefined): Promise<void> {
  if (out === undefined) {
    // To a file or another program the bytes go as they are; a terminal must not be steered by what stands in them.
    if (process.stdout.isTTY) say(decodeRaw(xml.toString('latin1')));
    else process.stdout.write(xml);
    return;
  }
  const file = userPath(out);
  try {
    await writeFile(file, xml);
  } catch (error) {
    throw new MisuseError(`--out: ${errorMessage(error)}`);
  }
}

/** One line: the place, unless the sentence already names it, and the sentence. */
export const lineOf = ({ at, message }: Problem): string => {
  const place = message.includes(at) ? '' : `${at}: `;
  return `${place}${message}`.replace(/\s+/g, ' ');
};

export function printRefusal(command: string, found: Problem): 1 {
  complain(`interpro segnatura ${command}: ${lineOf(found)}`);
  return 1;
}
