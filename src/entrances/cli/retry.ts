import { parseArgs } from 'node:util';
import { retryMails } from '../../service/intake/retry-mails.ts';
import { withDatabase } from '../../wiring/cli.ts';
import { findService } from './environment.ts';
import { say } from './say.ts';

const HELP = `Usage: interpro retry MESSAGE-ID… | --all [--json]

Messages in the state "failed" (interpro list messages) wait to be settled again; so do those that wait for a person
because the signature of their envelope led to no known provider, for when a certificate was missing: complete
INTERPRO_TRUST and start the service anew before. The running service takes them up at its next look into the mailbox;
what is still not known goes on waiting. A message that never could be taken over from its server is not among them.`;

export async function runRetry(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { all: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) return say(HELP);
  const wrong = positionals.filter((id) => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id));
  if ((positionals.length === 0) !== (values.all === true) || wrong.length > 0) {
    process.stderr.write(`${wrong.length > 0 ? `no message id: ${wrong.join(', ')}\n` : ''}${HELP}\n`);
    return 2;
  }
  const { config, databaseUrl } = findService();
  const waiting = await withDatabase(databaseUrl, async ({ store }) => {
    const deps = { store, clock: { now: () => new Date() } };
    const ids: string[] = [];
    for (const office of config.offices) ids.push(...(await retryMails(office, values.all ? null : positionals, deps)));
    return ids;
  });
  const none = positionals.filter((id) => !waiting.includes(id.toLowerCase()));
  if (none.length > 0)
    process.stderr.write(`interpro retry: no message to be settled again has the id ${none.join(', ')}\n`);
  say(values.json ? JSON.stringify({ waiting }) : `${waiting.length} message(s) wait to be settled again`);
  return values.all || waiting.length === positionals.length ? 0 : 1;
}
