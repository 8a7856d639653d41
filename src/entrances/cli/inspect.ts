import { parseArgs } from 'node:util';
import { judgeMail, judgeSegnatura } from '../../service/intake/judge-mail.ts';
import { openValidator } from '../../wiring/cli.ts';
import { openFile, timeOf, trustOf, Unusable } from './files.ts';
import { say } from './say.ts';

const HELP = `Usage: interpro inspect [--trust DIR] [--at ISO-TIME] FILE

Judges a mail (.eml) or a segnatura (.xml) as the service would, and prints one JSON object.
FILE may be - for standard input. Exits 0 whatever the mail is like, 2 when it cannot be opened.

  --trust DIR     folder of certificates trusted instead of the built-in root of the Italian PEC providers
  --at ISO-TIME   time of the judgement (now)`;

export async function runInspect(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { trust: { type: 'string' }, at: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help) return say(HELP);
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) return misused('name one file');
  try {
    return await inspect(file, values);
  } catch (error) {
    if (error instanceof Unusable) return misused(error.message);
    throw error;
  }
}

async function inspect(file: string, values: { readonly at?: string; readonly trust?: string }): Promise<0> {
  const at = timeOf(values.at);
  const bytes = await openFile(file);
  const trust = await trustOf(values.trust);
  const judges = { trust, validate: await openValidator(), at, policy: new Map() };
  const inspection = isXml(bytes) ? judgeSegnatura(bytes, judges) : judgeMail(bytes, judges).inspection;
  return say(escaped(JSON.stringify(inspection, null, 2)));
}

function misused(reason: string): number {
  process.stderr.write(`interpro inspect: ${reason}\n${HELP}\n`);
  return 2;
}

/** A mail begins with a header field, an XML file with a bracket (after a byte order mark or white space). */
const isXml = (bytes: Buffer): boolean =>
  /^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*</.test(bytes.subarray(0, 256).toString('latin1'));

/** Control and direction characters from outside must not play with a terminal. */
export const escaped = (json: string): string =>
  json.replace(
    /[\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
