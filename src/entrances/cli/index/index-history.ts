import { parseArgs } from 'node:util';
import { type EntryVersion, mailboxOf } from '../../../domain/index/model.ts';
import { dayOf } from '../../../formats/ipa/to-entry.ts';
import { withIndex } from '../../../wiring/cli.ts';
import { findService } from '../input/find-service.ts';
import { complain, say } from '../output/say.ts';
import { sayMisuse } from '../output/say-misuse.ts';
import { outputWidth, table } from '../output/table.ts';

const HELP = `Usage: interpro index history CODE [--on DAY] [--json]

Every version of a body (IPA code), an AOO (Codice_uni_aoo, or IPA code/code) or an office, oldest first; with --on
(yyyy-mm-dd) the one valid on that day. A day marked ~ is when the change was seen: no source says since when it holds.`;

export async function runIndexHistory(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { on: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) return say(HELP);
  const [code, ...more] = positionals;
  const day = values.on ?? null;
  if (code === undefined || more.length > 0 || (day !== null && dayOf(day) !== day)) {
    const reason = code === undefined || more.length > 0 ? 'name one code' : '--on: a day is written yyyy-mm-dd';
    return sayMisuse('index history', reason);
  }
  const { databaseUrl, config } = findService();
  const known = await withIndex(databaseUrl, config.dataFolder, ({ entries }) => entries.history(code));
  const versions = day === null ? known : known.filter((version) => heldOn(version, day));
  if (values.json) say(JSON.stringify(versions, null, 2));
  else if (versions.length > 0) say(shown(versions));
  if (versions.length > 0) return 0;
  const first = known[0]?.validFrom;
  complain(
    first === undefined
      ? `interpro index history: nothing has the code ${code}`
      : `interpro index history: nothing is known of ${code} on ${day}; the first version is of ${first}`,
  );
  return 1;
}

/** `validFrom` is the first day, `validTo` the first day after. */
const heldOn = ({ validFrom, validTo }: EntryVersion, day: string): boolean =>
  validFrom <= day && (validTo === null || validTo > day);

const shown = (versions: readonly EntryVersion[]): string =>
  table(
    ['from', 'to', 'kind', 'code', 'name', 'mailbox', 'successor'],
    versions.map((version) => [
      `${version.validFrom}${version.fromBasis === 'observed' ? '~' : ''}`,
      version.validTo === null ? '' : `${version.validTo}${version.toBasis === 'observed' ? '~' : ''}`,
      version.kind,
      version.key,
      version.name,
      mailboxOf(version) ?? '',
      version.successor ?? '',
    ]),
    outputWidth(),
  );
