import { parseArgs } from 'node:util';
import { parseModel } from '../../../formats/segnatura/model-json.ts';
import { LIMITS } from '../../../kernel/limits.ts';
import { errorMessage } from '../../../kernel/thrown.ts';
import { MisuseError, openFile } from '../input/given-files.ts';
import { complain, say } from '../output/say.ts';
import { generationOf, printRefusal, put, signerOf, xmlOf } from './segnatura-output.ts';

const HELP = `Usage: interpro segnatura write --generation 2001|2009|2013|3.0.0 [--seal CERT.pem --key KEY.pem] [--out FILE] MODEL.json

Writes the segnatura or return message that MODEL.json describes, in the neutral model
(schemas/segnatura-model.schema.json). MODEL.json may be - for standard input.
Exits 0 when it is written, 1 when it cannot be (saying where and why), 2 when a file cannot be opened.

  --generation G   the generation to write
  --seal CERT.pem  the certificate that seals a 3.0.0 segnatura, followed by those of its authorities
  --key KEY.pem    the private key of that certificate
  --out FILE       write there instead of to standard output`;

export async function runWrite(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      generation: { type: 'string' },
      seal: { type: 'string' },
      key: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return say(HELP);
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new MisuseError('name one file');
  const generation = generationOf('--generation', values.generation);
  const signer = await signerOf(values.seal, values.key);
  const model = parseModel(jsonOf(await openFile(file, MODEL_BYTES), file));
  if (!model.ok) return printRefusal('write', model.problem);
  const written = await xmlOf(model.value, generation, signer);
  if (!written.ok) return printRefusal('write', written.problem);
  if (generation === '3.0.0' && signer === null && model.value.kind === 'protocol-message')
    complain('interpro segnatura write: without --seal a 3.0.0 segnatura is not yet valid');
  await put(written.value, values.out);
  return 0;
}

/** Throws MisuseError. */
function jsonOf(bytes: Buffer, file: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new MisuseError(`${file} is not JSON: ${errorMessage(error)}`);
  }
}

/** JSON of the model is longer than the XML. */
const MODEL_BYTES = 4 * LIMITS.xmlBytes;
