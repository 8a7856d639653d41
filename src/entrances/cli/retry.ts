import { parseArgs } from 'node:util';
import { retryMails } from '../../service/intake/retry-mails.ts';
import { withDatabase } from '../../wiring/cli.ts';
import { findService } from './input/find-service.ts';
import { complain, say } from './output/say.ts';
import { sayMisuse } from './output/say-misuse.ts';

const HELP = `Usage: interpro retry MESSAGE-ID… | --all [--json]

Settles again the messages in the state "failed" (interpro list messages), and those that wait for a person because the
signature of their envelope led to no known provider (if a certificate was missing, add it to INTERPRO_TRUST and run
interpro reload first), or because an answer came from an address that was not known to be the recipient's. The running
service settles them when it next looks into the mailbox. A message that could never be fetched from its server is not among
them.`;

export async function runRetry(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { all: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) return say(HELP);
  const wrong = positionals.filter((id) => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id));
  if ((positionals.length === 0) !== (values.all === true) || wrong.length > 0) {
    return sayMisuse(
      'retry',
      wrong.length > 0 ? `not a message id: ${wrong.join(', ')}` : 'name messages, or give --all',
    );
  }
  const { config, databaseUrl } = findService();
  const waiting = await withDatabase(databaseUrl, async (deps) => {
    const ids: string[] = [];
    for (const office of config.offices) ids.push(...(await retryMails(office, values.all ? null : positionals, deps)));
    return ids;
  });
  const none = positionals.filter((id) => !waiting.includes(id.toLowerCase()));
  if (none.length > 0) complain(`interpro retry: no message to be settled again has the id ${none.join(', ')}`);
  say(values.json ? JSON.stringify({ waiting }) : `${waiting.length} message(s) wait to be settled again`);
  return values.all || waiting.length === positionals.length ? 0 : 1;
}
