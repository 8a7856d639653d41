import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import type { Inspection } from '../../domain/exchange/inspection.ts';
import { LIMITS } from '../../kernel/limits.ts';
import type { UsedChain } from '../../model/revocation.ts';
import { chainsOf, revocationsOf } from '../../service/intake/hold-against-lists.ts';
import { isDocument, judgeDocument } from '../../service/intake/judge-document.ts';
import { type JudgeOptions, judgeMail, judgeSegnatura } from '../../service/intake/judge-mail.ts';
import { factsIn } from '../../service/revocation/facts-in-lists.ts';
import { openValidator } from '../../wiring/cli.ts';
import { MisuseError, openFile, timeOf, trustOf } from './input/given-files.ts';
import { complain, say } from './output/say.ts';
import { sayMisuse } from './output/say-misuse.ts';

const HELP = `Usage: interpro inspect [--trust DIR] [--crl FILE]... [--at ISO-TIME] FILE

Judges a mail (.eml), a segnatura (.xml) or a signed document (.p7m, .p7s, .pdf) as the service would, and prints one
JSON object.
FILE may be - for standard input. Exits 0 whatever the verdict, 2 when it cannot be opened.

  --trust DIR     folder of certificates trusted instead of the built-in root of the Italian PEC providers
  --crl FILE      list of revoked certificates to hold the mail against (repeat); without it, revocation is not known
  --at ISO-TIME   time of the judgement (now)`;

export async function runInspect(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      trust: { type: 'string' },
      crl: { type: 'string', multiple: true },
      at: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return say(HELP);
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) return misused('name one file');
  try {
    return await inspect(file, values);
  } catch (error) {
    if (error instanceof MisuseError) return misused(error.message);
    throw error;
  }
}

interface Wishes {
  readonly at?: string;
  readonly trust?: string;
  readonly crl?: readonly string[];
}

async function inspect(file: string, values: Wishes): Promise<0> {
  const at = timeOf(values.at);
  const bytes = await openFile(file);
  const trust = await trustOf(values.trust);
  const lists: Buffer[] = [];
  for (const name of values.crl ?? []) lists.push(await openFile(name, LIMITS.revocationListBytes));
  const judges = { trust, validate: await openValidator(), at, policy: new Map() };
  const name = basename(file);
  const inspection = isDocument(bytes, name)
    ? judgeDocument(bytes, name, judges)
    : isXml(bytes)
      ? judgeSegnatura(bytes, judges)
      : judgeAgainst(lists, bytes, judges);
  return say(JSON.stringify(inspection, null, 2));
}

/** A file has no arrival: what it says of its time is believed. */
function judgeAgainst(lists: readonly Buffer[], bytes: Buffer, judges: JudgeOptions): Inspection {
  const judgement = judgeMail(bytes, judges);
  if (lists.length === 0) return judgement.inspection;
  const facts = (chain: UsedChain) => factsIn(lists, chain, judges.at, (reason) => complain(`--crl: ${reason}`));
  const revocations = revocationsOf(judgement, facts(chainsOf(judgement)), { arrivedAt: null, at: judges.at });
  return revocations === null ? judgement.inspection : judgeMail(bytes, { ...judges, revocations }).inspection;
}

const misused = (reason: string): 2 => sayMisuse('inspect', reason);

/** A mail begins with a header field, an XML file with `<`, after a byte order mark or white space. */
const isXml = (bytes: Buffer): boolean =>
  /^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*</.test(bytes.subarray(0, 256).toString('latin1'));
