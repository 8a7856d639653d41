import { parseArgs } from 'node:util';
import type { EntryVersion } from '../../../domain/index/model.ts';
import type { SearchKind } from '../../../domain/index/search-index.ts';
import { dayOf } from '../../../formats/ipa/to-entry.ts';
import { legalTime } from '../../../kernel/clock.ts';
import type { EntryKind } from '../../../kernel/index-keys.ts';
import type { EntryDetail, FoundEntry } from '../../../service/index/look-up.ts';
import type { AooIndex } from '../../../service/index/open-index.ts';
import type { Criteria } from '../../../service/index/ports.ts';
import { withAooIndex } from '../../../wiring/cli.ts';
import { findService } from '../input/find-service.ts';
import { complain, say } from '../output/say.ts';
import { sayMisuse } from '../output/say-misuse.ts';
import { outputWidth, table } from '../output/table.ts';

const HELP = `Usage: interpro index find [WORDS…] [options]

Finds bodies and AOOs by name, the likeliest first; typing mistakes, accents, abbreviations and word order do not matter.
Also finds codes, tax codes and certified addresses.

  --kind K          body, aoo or office; may be repeated (default: body and aoo; with --address, all)
  --ipa CODE  --code CODE  --uni-code CODE  --tax-code CODE  --address ADDRESS
  --municipality NAME  --istat CODE  --cadastral CODE  --province PP  --region NAME
  --category CODE  --network NAME
  --ceased          also those that have ceased
  --on DAY          as it was on a day, yyyy-mm-dd
  --limit N  --cursor C  --json`;
const SHOW_HELP = `Usage: interpro index show CODE [--on DAY] [--json]

Shows a body (IPA code), an AOO (Codice_uni_aoo, or IPA code/code) or an office, with the region's layer and what traffic
has shown.`;

const print = (text: string): void => void say(text);
const KINDS: readonly SearchKind[] = ['body', 'aoo', 'office'];

const text = { type: 'string' } as const;
const CRITERIA = {
  ipa: text,
  code: text,
  'uni-code': text,
  'tax-code': text,
  address: text,
  municipality: text,
  istat: text,
  cadastral: text,
  province: text,
  region: text,
  category: text,
  network: text,
};
const NAMES: Readonly<Record<string, keyof Criteria>> = {
  ipa: 'body',
  'uni-code': 'uniCode',
  'tax-code': 'taxCode',
};

export async function runIndexFind(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...CRITERIA,
      kind: { type: 'string', multiple: true },
      on: text,
      ceased: { type: 'boolean', default: false },
      limit: { type: 'string', default: '20' },
      cursor: text,
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return say(HELP);
  const kinds = values.kind === undefined ? null : KINDS.filter((kind) => values.kind?.includes(kind));
  const limit = Number(values.limit);
  if (values.kind?.some((kind) => !KINDS.some((known) => known === kind)))
    return sayMisuse('index find', `--kind: one of ${KINDS.join(', ')}`);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    return sayMisuse('index find', '--limit: a number from 1 to 1000');
  if (values.on !== undefined && dayOf(values.on) !== values.on)
    return sayMisuse('index find', '--on: a day is written yyyy-mm-dd');
  const words = positionals.join(' ').trim();
  const criteria = Object.fromEntries(
    Object.keys(CRITERIA).flatMap((name) => {
      const value = values[name as keyof typeof CRITERIA];
      return value === undefined ? [] : [[NAMES[name] ?? name, value]];
    }),
  );
  if (words === '' && Object.keys(criteria).length === 0) return sayMisuse('index find', 'say what to look for');
  const { databaseUrl, config } = findService();
  const page = await withAooIndex(databaseUrl, config.index.node, ({ lookUp }) =>
    lookUp.find({
      ...criteria,
      kinds,
      day: values.on ?? null,
      text: words === '' ? null : words,
      ceased: values.ceased,
      cursor: values.cursor ?? null,
      limit,
    }),
  );
  if (values.json) print(JSON.stringify(page, null, 2));
  else {
    const hasCeased = page.items.some(isCeased);
    const head = hasCeased ? HEAD.toSpliced(-1, 0, 'succeeded by') : HEAD;
    const rows = page.items.map((item) => (hasCeased ? row(item).toSpliced(-1, 0, succession(item)) : row(item)));
    print(page.items.length === 0 ? 'nothing found' : table(head, rows, outputWidth()));
    if (page.items.some(({ similar }) => similar)) print('~ similar: it is not called all that was asked for');
    if (page.cursor !== null) print(`more: --cursor ${page.cursor}`);
  }
  return page.items.length === 0 ? 1 : 0;
}

const HEAD = ['kind', 'name', 'of', 'municipality', 'mailbox', 'until', 'code'];
/** By the index; or its row goes on, and the layer or the end of its body says so. */
const isCeased = ({ facts, entry }: FoundEntry): boolean =>
  facts.ceased !== undefined && (entry.closedBy !== null || entry.validTo === null);
const succession = (found: FoundEntry): string => {
  if (!isCeased(found)) return '';
  return found.successor === null ? 'not known' : `${found.successor.name} (${found.successor.key})`;
};

function row({ entry, facts, similar }: FoundEntry): readonly string[] {
  return [
    entry.kind,
    `${similar ? '~ ' : ''}${facts.name?.value ?? entry.name}`,
    entry.kind === 'body' ? '' : (entry.bodyName ?? entry.body),
    [entry.municipality, entry.province && `(${entry.province})`].filter(Boolean).join(' '),
    String(facts.mailbox?.value ?? ''),
    String(facts.ceased?.value ?? ''),
    entry.key,
  ];
}

export async function runIndexShow(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { on: text, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) return say(SHOW_HELP);
  const [code, ...more] = positionals;
  const day = values.on ?? null;
  if (code === undefined || more.length > 0) return sayMisuse('index show', 'name one code');
  if (day !== null && dayOf(day) !== day) return sayMisuse('index show', '--on: a day is written yyyy-mm-dd');
  const { databaseUrl, config } = findService();
  const found = await withAooIndex(databaseUrl, config.index.node, (index) => showAny(index, code, day));
  if (found === null) {
    complain(`interpro index show: nothing has the code ${code}${day === null ? '' : ` on ${day}`}`);
    return 1;
  }
  print(values.json ? JSON.stringify(found, null, 2) : outline(found));
  return 0;
}

async function showAny({ lookUp }: AooIndex, code: string, day: string | null): Promise<EntryDetail | null> {
  const kinds: readonly EntryKind[] = code.includes('/')
    ? ['aoo']
    : ['body', 'aoo', 'office', 'category', 'municipality'];
  for (const kind of kinds) {
    const found = await lookUp.show(kind, code, day);
    if (found !== null) return found;
  }
  return null;
}

/** The entry of the index, the layer's fields with their authors, then what traffic has shown. */
function outline(found: EntryDetail): string {
  const { entry, facts, observed, successor } = found;
  const said = Object.entries(plainly(entry)).map(([name, value]) => `${name}: ${value}`);
  const holds = Object.entries(facts)
    .filter(([, fact]) => fact.layerId !== null)
    .map(([field, { value, source, since, author, reason }]) =>
      [`  ${field}: ${value}`, `(${source}, ${author}, since ${since}: ${reason})`]
        .join('  ')
        .replace(/[\t\n\r]+/g, ' '),
    );
  const seen = observed.map(({ what, times, lastAt }) => `  ${what}: ${times} times, last ${legalTime(lastAt).date}`);
  return [
    ...said,
    ...(holds.length > 0 ? ['regional layer:', ...holds] : []),
    ...(seen.length > 0 ? ['observed:', ...seen] : []),
    ...(successor === null && !isCeased(found)
      ? []
      : [`succeeded by: ${succession(found) || `${successor?.name} (${successor?.key})`}`]),
  ].join('\n');
}

/** Fields that only say whether there is more to read. */
const NOT_SHOWN: ReadonlySet<string> = new Set(['layered', 'observed', 'bodyEnded']);

const plainly = ({ mails, more, ...entry }: EntryVersion): Record<string, string> =>
  Object.fromEntries([
    ...Object.entries(entry)
      .filter(([name, value]) => value !== null && value !== '' && !NOT_SHOWN.has(name))
      .map(([name, value]) => [name, String(value)]),
    ...mails.map(({ address, kind }, index) => [`mail${index + 1}`, `${address} (${kind})`]),
    ...Object.entries(more).map(([name, value]) => [name, value.replace(/\s+/g, ' ')]),
  ]);
