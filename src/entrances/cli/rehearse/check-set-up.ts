/** Checks every part of the set-up before anything is registered: a fault here would make every scenario fail. */

import type { MailboxStatus } from '../../../service/queries/views.ts';
import type { Office } from '../../../service/register/office.ts';
import { checks, missingMigrations, type OfficeTools } from '../../../wiring/cli.ts';
import type { FoundService } from '../input/find-service.ts';
import { PARTS, type Part } from './set-up-parts.ts';

export interface SetUpCheck {
  readonly part: Part;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do; null: nothing. */
  readonly advice: string | null;
}

type Outcome = Pick<SetUpCheck, 'ok' | 'detail'> & { readonly advice?: string };

async function check(part: Part, about: string, run: () => Promise<Outcome | string>): Promise<SetUpCheck> {
  const { advice } = PARTS[part];
  try {
    const found = await run();
    if (typeof found === 'string') return { part, ok: true, detail: `${about}${found}`, advice: null };
    const { ok, detail } = found;
    return { part, ok, detail: `${about}${detail}`, advice: found.advice ?? (ok ? null : advice) };
  } catch (error) {
    const said = error instanceof Error && error.message !== '' ? error.message : String(error);
    return { part, ok: false, detail: `${about}${said}`, advice };
  }
}

/** What must work before anything else can be opened. */
export const checkFoundations = ({ config, databaseUrl }: FoundService): Promise<readonly SetUpCheck[]> =>
  Promise.all([
    check('database', '', () => database(databaseUrl)),
    check('documents', '', () => checks.documents(config)),
    check('trust', '', () => checks.anchors(config.trustFolder)),
  ]);

async function database(url: string): Promise<Outcome | string> {
  const about = await checks.database(url);
  const pending = await missingMigrations(url);
  if (pending.length === 0) return about;
  return { ok: false, detail: `not applied: ${pending.join(', ')}`, advice: 'npm run -s interpro -- migrate' };
}

/** `pollSeconds`: the service looks into a mailbox at least this often. */
export async function checkOffices(
  tools: OfficeTools,
  offices: readonly Office[],
  pollSeconds: number,
): Promise<readonly SetUpCheck[]> {
  const each = offices.flatMap((office) => [
    ...office.mailboxes.map(({ address, account }) =>
      check('mailbox', `${address}: `, () => checks.mailbox({ ...account })),
    ),
    check('smtp', `${office.name}: `, () => checks.smtp(office.smtp)),
    check('service', `${office.name}: `, () => isRead(tools, office, pollSeconds)),
    check('index', `${office.name}: `, () => isFound(tools, office)),
  ]);
  return Promise.all(each);
}

/** A service that has just started may not have reached the mailbox yet. */
const START_MS = 10_000;

async function isRead(
  { views }: OfficeTools,
  { aoo, mailboxes }: Office,
  pollSeconds: number,
): Promise<Outcome | string> {
  const until = performance.now() + START_MS;
  for (;;) {
    const status = (await views.status()).mailboxes.filter((one) => one.aoo === aoo);
    const faults = mailboxes.flatMap(({ address }) => {
      const fault = unreadReason(
        address,
        status.find(({ mailbox }) => mailbox === address),
        pollSeconds,
      );
      return fault === null ? [] : [fault];
    });
    if (faults.length === 0) return 'reads the mailbox';
    if (performance.now() > until) return { ok: false, detail: faults.join('; ') };
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Why the mailbox counts as unread; null: it is read. */
export function unreadReason(address: string, status: MailboxStatus | undefined, pollSeconds: number): string | null {
  if (status === undefined) return `the service does not know the mailbox ${address}`;
  const { lastSuccess, failures, lastError } = status;
  if (failures > 0) return `the service cannot read ${address} (${failures} tries): ${lastError}`;
  if (lastSuccess === null) return `the service has never read ${address}`;
  const seconds = Math.round((Date.now() - Date.parse(lastSuccess)) / 1000);
  return seconds <= 2 * pollSeconds + 30 ? null : `${address} was read last ${seconds} seconds ago: nothing is running`;
}

/** Others find the office through the index; its messages to itself do not need it. */
async function isFound(
  { resolve }: OfficeTools,
  { administration, code, mailboxes, address }: Office,
): Promise<Outcome | string> {
  const { advice } = PARTS.index;
  const found = await resolve({ body: administration, aoo: code });
  if (found.status === 'unknown')
    return { ok: true, detail: `not in the index (${administration}/${code}): others do not find it`, advice };
  if (found.status !== 'resolved') return { ok: false, detail: found.problem.message };
  const known = found.recipient.address.toLowerCase();
  if ([address, ...mailboxes.map((mailbox) => mailbox.address)].some((own) => own.toLowerCase() === known))
    return `${administration}/${code} is ${known}`;
  return { ok: true, detail: `others write to ${known}, which is no mailbox of this office`, advice };
}
