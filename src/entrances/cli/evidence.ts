import { createWriteStream } from 'node:fs';
import { access, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { userPath } from '../../config/config.ts';
import type { AooId } from '../../kernel/ids.ts';
import type { EvidenceIndex } from '../../service/evidence/evidence-index.ts';
import { stateLabel } from '../../service/evidence/labels.ts';
import { withEvidence } from '../../wiring/cli.ts';
import { findService } from './input/find-service.ts';
import { complain, say } from './output/say.ts';
import { sayMisuse } from './output/say-misuse.ts';
import { outputWidth, table } from './output/table.ts';

const HELP = `Usage: interpro evidence EXCHANGE-ID [-o FILE.zip] [--force] [--json]

Writes everything that proves one exchange into a ZIP: the mails as sent and received, their segnature, the verdicts at the
time and a verification now. Prints what is in it; exits 1 when something is missing or altered.

  -o, --output FILE   where to write it (default: prove-EXCHANGE-ID.zip here)
  --force             overwrite an existing file
  --json              print the index as JSON`;

export async function runEvidence(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      output: { type: 'string', short: 'o' },
      force: { type: 'boolean', default: false },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return say(HELP);
  const [id, ...more] = positionals;
  if (id === undefined || more.length > 0) return sayMisuse('evidence', 'name one exchange');
  const { databaseUrl, config } = findService();
  return withEvidence({ ...config, databaseUrl }, async ({ views, evidence }) => {
    const exchange = await views.exchange(id);
    const opened = exchange && (await evidence.openEvidence(exchange.aoo as AooId, exchange.id));
    if (opened === null) {
      complain(`interpro evidence: no exchange has the id ${id}`);
      return 1;
    }
    const file = userPath(values.output ?? opened.name);
    if (!values.force && (await isThere(file))) {
      opened.stream.destroy();
      complain(`interpro evidence: ${file} exists; --force overwrites it`);
      return 2;
    }
    try {
      await pipeline(opened.stream, createWriteStream(file, { flags: values.force ? 'w' : 'wx', mode: 0o640 }));
    } catch (error) {
      const { code, syscall, message } = error as NodeJS.ErrnoException;
      if (syscall !== 'open') await rm(file, { force: true });
      else if (code !== undefined) {
        complain(`interpro evidence: ${file} cannot be written: ${message}`);
        return 2;
      }
      throw error;
    }
    const index = await opened.index;
    say(values.json ? JSON.stringify({ file, ...index }, null, 2) : outline(file, index));
    return index.problems.length === 0 ? 0 : 1;
  });
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** File names come from outside: no control characters. */
const printable = (text: string): string => text.replace(/[\x00-\x1f]+/g, ' ');

function outline(file: string, { files, problems }: EvidenceIndex): string {
  const rows = files.map(({ name, about, state, size }) => [name, printable(about), stateLabel(state), String(size)]);
  return [
    table(['file', 'what it is', 'outcome', 'bytes'], rows, outputWidth()),
    ...problems.map((one) => `! ${one}`),
    `written: ${file}`,
  ].join('\n');
}
