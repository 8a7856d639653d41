import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { errorCode } from '../../kernel/thrown.ts';
import {
  ASIDE_MS,
  findOrphans,
  removeAside,
  SETTLED_MS,
  type StoredDocument,
  type SweepDeps,
  setOrphansAside,
} from '../../service/documents/sweep.ts';
import { withSweep } from '../../wiring/cli-documents.ts';
import { type FoundService, findService } from './input/find-service.ts';
import { complain, say } from './output/say.ts';
import { sayMisuse } from './output/say-misuse.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const HELP = `Usage: interpro documents orphans [--set-aside|--remove] [--json]
       interpro documents check [--quarantine] [--json]

orphans: stored bytes that no row of the database mentions. A crash between the bytes and their row leaves them. They go in
three steps, each a command of its own:
  (none)        lists them, and keeps the list
  --set-aside   ${SETTLED_MS / HOUR_MS} hours later at the earliest: those listed that are orphans still are set aside. Whoever asks for
                one has it back.
  --remove      removes for good what was set aside ${ASIDE_MS / DAY_MS} days ago

check: reads every stored document and compares it with its digest.
  --quarantine  moves damaged ones away, so that a copy from a backup, or the same mail, can take the place

  --json        one JSON object

Reads the whole database and all names of the store. Exits 1 where check finds damage.`;

const OPTIONS = {
  'set-aside': { type: 'boolean', default: false },
  remove: { type: 'boolean', default: false },
  quarantine: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean' },
} as const;
type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>>['values'];

export async function runDocuments(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  if (values.help) return say(HELP);
  const [what] = positionals;
  if (positionals.length !== 1 || (what !== 'orphans' && what !== 'check'))
    return sayMisuse('documents', 'say what: orphans or check');
  if (values['set-aside'] && values.remove) return sayMisuse('documents', '--set-aside and --remove are two steps');
  const found = findService();
  return what === 'check' ? check(found, values) : orphans(found, values);
}

const place = ({ config, ownerUrl }: FoundService) => ({
  ownerUrl,
  dataFolder: config.dataFolder,
  bucket: config.bucket ?? null,
});

async function orphans(found: FoundService, values: Values): Promise<number> {
  const list = join(found.config.dataFolder, 'orphans.json');
  return withSweep(place(found), async (deps) => {
    if (values.remove) {
      const { documents, bytes, broughtBack } = await removeAside(deps, new Date());
      if (values.json) return say(JSON.stringify({ removed: documents, bytes, broughtBack }));
      return say(`${documents} documents removed for good (${bytes} bytes), ${broughtBack} brought back`);
    }
    return values['set-aside'] ? setAside(deps, list, values) : listOrphans(deps, list, values);
  });
}

interface Listed {
  readonly at: string;
  readonly documents: readonly string[];
}

async function listOrphans(deps: SweepDeps, file: string, { json }: Values): Promise<number> {
  const at = new Date();
  const orphaned: StoredDocument[] = [];
  for await (const one of findOrphans(deps, new Date(at.getTime() - SETTLED_MS))) orphaned.push(one);
  mkdirSync(join(file, '..'), { recursive: true });
  const listed: Listed = { at: at.toISOString(), documents: orphaned.map(({ sha256 }) => sha256) };
  writeFileSync(file, JSON.stringify(listed));
  const bytes = orphaned.reduce((sum, { size }) => sum + size, 0);
  if (json) return say(JSON.stringify({ orphans: orphaned, bytes }));
  for (const one of orphaned) say(`${one.sha256}  ${one.size} bytes, of ${one.at.toISOString()}`);
  return say(
    orphaned.length === 0
      ? 'no stored document is without a row'
      : `${orphaned.length} documents (${bytes} bytes) that nothing mentions; in ${SETTLED_MS / HOUR_MS} hours: interpro documents orphans --set-aside`,
  );
}

async function setAside(deps: SweepDeps, file: string, { json }: Values): Promise<number> {
  const listed = readList(file);
  const now = new Date();
  const age = listed === null ? null : now.getTime() - Date.parse(listed.at);
  if (listed === null || age === null || !(age >= SETTLED_MS)) {
    complain(
      listed === null
        ? 'nothing was listed yet: interpro documents orphans'
        : `listed at ${listed.at}: set aside ${SETTLED_MS / HOUR_MS} hours later at the earliest`,
    );
    return 1;
  }
  const { documents, bytes } = await setOrphansAside(deps, new Set(listed.documents), now);
  if (json) return say(JSON.stringify({ setAside: documents, bytes }));
  return say(
    `${documents} documents set aside (${bytes} bytes); in ${ASIDE_MS / DAY_MS} days: interpro documents orphans --remove`,
  );
}

function readList(file: string): Listed | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Listed;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Every few seconds, so that a short run says nothing. */
const EVERY_MS = 5_000;

async function check(found: FoundService, { quarantine, json }: Values): Promise<number> {
  return withSweep(place(found), async ({ store }) => {
    const damaged: string[] = [];
    let documents = 0;
    let told = Date.now();
    for await (const { sha256 } of store.list()) {
      documents += 1;
      if (!(await store.verify(sha256))) {
        damaged.push(sha256);
        if (quarantine) await store.quarantine(sha256, new Date());
        if (!json) say(`DAMAGED: ${sha256}${quarantine ? ', moved away' : ''}`);
      }
      if (Date.now() - told < EVERY_MS) continue;
      told = Date.now();
      complain(`${documents} documents read`);
    }
    if (json) say(JSON.stringify({ documents, damaged, quarantined: quarantine ? damaged.length : 0 }));
    else say(`${documents} documents read, ${damaged.length} damaged`);
    return damaged.length === 0 ? 0 : 1;
  });
}
