import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { userPath } from '../../../config/config.ts';
import { type Conversion, convert, type Supplied } from '../../../formats/segnatura/convert.ts';
import { readSegnatura } from '../../../formats/segnatura/read.ts';
import { LIMITS } from '../../../kernel/limits.ts';
import { type Problem, problem } from '../../../kernel/problems.ts';
import { type Result, refuse } from '../../../kernel/result.ts';
import { errorMessage } from '../../../kernel/thrown.ts';
import type { Digest, Generation, SegnaturaReading } from '../../../model/segnatura.ts';
import { openValidator } from '../../../wiring/cli.ts';
import { MisuseError, openFile } from '../input/given-files.ts';
import { complain, say } from '../output/say.ts';
import { generationOf, lineOf, printRefusal, put, signerOf, xmlOf } from './segnatura-output.ts';

const HELP = `Usage: interpro segnatura convert --to 2001|2009|2013|3.0.0 [options] FILE

Writes a segnatura or return message in another generation, and reports on standard error what that cannot express. FILE
may be - for standard input. Exits 0 when it is written, 1 when it cannot be converted, 2 when a file cannot be opened.

  --to G           the generation to write
  --register CODE  the register, which 2013 and 3.0.0 require and older forms do not name
  --documents DIR  folder with the documents, whose digests 3.0.0 requires
  --seal CERT.pem  certificate to seal a 3.0.0 segnatura with; with --key KEY.pem
  --out FILE       write there instead of to standard output
  --json           print one JSON object: from, to, lost, and without --out the xml`;

const OPTIONS = {
  to: { type: 'string' },
  register: { type: 'string' },
  documents: { type: 'string' },
  seal: { type: 'string' },
  key: { type: 'string' },
  out: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

export async function runConvert(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  if (values.help) return say(HELP);
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new MisuseError('name one file');
  const to = generationOf('--to', values.to);
  const signer = await signerOf(values.seal, values.key);
  const digests = values.documents === undefined ? null : await digestsIn(userPath(values.documents));
  const bytes = await openFile(file, LIMITS.xmlBytes);
  const supplied = {
    ...(values.register === undefined ? {} : { register: values.register }),
    ...(digests === null ? {} : { digests }),
  };
  const read = readSegnatura(bytes, await openValidator());
  const from = read.ok ? read.value.generation : null;
  const done = read.ok ? converted(read.value, to, supplied) : read;
  const xml = done.ok ? await xmlOf(done.value.message, to, signer) : done;
  if (!xml.ok) {
    if (!values.json) return printRefusal('convert', xml.problem);
    printJson({ from, to, lost: [], xml: null, refused: xml.problem });
    return 1;
  }
  const lost = done.ok ? done.value.lost : [];
  if (values.json) {
    if (values.out !== undefined) await put(xml.value, values.out);
    return printJson({ from, to, lost, xml: values.out === undefined ? textOf(xml.value, to) : null });
  }
  for (const loss of lost) complain(lineOf(loss));
  await put(xml.value, values.out);
  return 0;
}

function converted(
  { message, generation, problems }: SegnaturaReading,
  to: Generation,
  supplied: Supplied,
): Result<Conversion> {
  if (message !== null) return convert(message, generation, to, supplied);
  return refuse(problems.find(({ code }) => code === 'segnatura-no-identifier') ?? problem('segnatura-no-identifier'));
}

const printJson = (
  report: { readonly from: Generation | null; readonly refused?: Problem } & Record<string, unknown>,
) => say(JSON.stringify(report, null, 2));

/** The form of 2001 is written in ISO-8859-1, the others in UTF-8. */
const textOf = (xml: Buffer, generation: Generation): string => xml.toString(generation === '2001' ? 'latin1' : 'utf8');

/** Digests of the files in a folder, by name: a name from the segnatura is never opened as a path. */
async function digestsIn(folder: string): Promise<ReadonlyMap<string, Digest>> {
  const digests = new Map<string, Digest>();
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const hash = createHash('sha256');
      for await (const piece of createReadStream(join(folder, entry.name))) hash.update(piece as Buffer);
      digests.set(entry.name, { algorithm: 'SHA-256', hex: hash.digest('hex') });
    }
  } catch (error) {
    throw new MisuseError(`--documents: ${errorMessage(error)}`);
  }
  return digests;
}
