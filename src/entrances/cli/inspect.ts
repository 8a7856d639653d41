import { readFile, stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { fromWhereTheUserIs } from '../../config.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { judgeMail, judgeSegnatura } from '../../service/judge-mail.ts';
import { builtInTrust, folderTrust, loadGrammars } from '../../tools.ts';
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
  const at = values.at === undefined ? new Date() : new Date(values.at);
  if (Number.isNaN(at.getTime())) return misused(`--at: "${values.at}" is no ISO time, such as 2026-03-01T12:00:00Z`);

  const bytes = await open(file === '-' ? file : fromWhereTheUserIs(file));
  if (typeof bytes === 'string') return misused(bytes);
  const trust = values.trust === undefined ? builtInTrust() : await trusted(fromWhereTheUserIs(values.trust));
  if (typeof trust === 'string') return misused(trust);
  const judges = { trust, validate: (await loadGrammars()).validate, at, policy: new Map() };
  const inspection = isXml(bytes) ? judgeSegnatura(bytes, judges) : judgeMail(bytes, judges).inspection;
  process.stdout.write(`${escaped(JSON.stringify(inspection, null, 2))}\n`);
  return 0;
}

function misused(reason: string): number {
  process.stderr.write(`interpro inspect: ${reason}\n${HELP}\n`);
  return 2;
}

async function open(file: string): Promise<Buffer | string> {
  try {
    if (file === '-') return Buffer.concat(await Array.fromAsync(process.stdin as AsyncIterable<Buffer>));
    const { size } = await stat(file);
    if (size > LIMITS.mailBytes) return `${file} is larger than ${LIMITS.mailBytes} bytes`;
    return await readFile(file);
  } catch (error) {
    return `${file} cannot be opened: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function trusted(folder: string) {
  try {
    const { trust, unreadable } = await folderTrust(folder);
    for (const { name, reason } of unreadable) process.stderr.write(`${folder}/${name}: ${reason}\n`);
    return trust.anchors.length > 0 ? trust : `--trust: ${folder} holds no certificate (.pem, .crt, .cer, .der)`;
  } catch (error) {
    return `--trust: ${error instanceof Error ? error.message : String(error)}`;
  }
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
