import type { Clock } from '../../kernel/clock.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { problem } from '../../kernel/problems.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import { type Documents, DocumentsError } from '../documents/documents.ts';
import type { KeptMail } from '../register/kept-mail.ts';
import type { Office } from '../register/office.ts';
import type { Store } from '../register/store.ts';
import type { FetchedMail } from './mailbox.ts';
import type { MailToSettle } from './settle-mails.ts';

export interface KeepDeps {
  readonly store: Store;
  readonly documents: Documents;
  readonly clock: Clock;
  readonly owner: string;
}

/**
 * The first step of the way in: the raw bytes durable under their SHA-256, then one row per mail and the mailbox's
 * checkpoint. Only then is the mail ours. Rejects when the lease was lost meanwhile: another process reads on.
 */
export async function keepMails(
  office: Office,
  mailbox: string,
  uidValidity: bigint,
  page: readonly FetchedMail[],
  deps: KeepDeps,
): Promise<readonly MailToSettle[]> {
  const kept = await Promise.all(page.filter(({ bytes }) => Buffer.isBuffer(bytes)).map((mail) => keep(mail)));
  // Streams share one connection, so they are read one after the other.
  for (const mail of page) if (!Buffer.isBuffer(mail.bytes)) kept.push(await keep(mail));
  kept.sort((a, b) => a.kept.uid - b.kept.uid);

  const rows = kept.map((mail) => mail.kept);
  const lastUid = page.at(-1)?.uid ?? 0;
  const ours = await deps.store.keepMails(office.aoo, mailbox, deps.owner, uidValidity, lastUid, rows);
  if (!ours) throw new Error('the lease of the mailbox was lost');
  return kept.filter((mail) => mail.kept.refusal === null);

  async function keep({ uid, size, arrivedAt, bytes, refusal }: FetchedMail): Promise<MailToSettle> {
    const base = { mailId: uuidv7(deps.clock.now()), mailbox, uidValidity, uid, arrivedAt };
    const tooLarge = size > LIMITS.mailBytes;
    if (tooLarge && !Buffer.isBuffer(bytes)) bytes.destroy();
    const refused = tooLarge ? TOO_LARGE : (refusal ?? null);
    if (refused !== null && (tooLarge || !Buffer.isBuffer(bytes) || bytes.length === 0))
      return { kept: { ...base, ...NOTHING, size, refusal: refused }, bytes: null };
    try {
      const stored = await deps.documents.put(bytes);
      return { kept: { ...base, ...stored, refusal: refused }, bytes: Buffer.isBuffer(bytes) ? bytes : null };
    } catch (error) {
      // The server understated its size.
      if (!isTooLarge(error)) throw error;
      return { kept: { ...base, ...NOTHING, size, refusal: TOO_LARGE }, bytes: null };
    }
  }
}

const isTooLarge = (error: unknown): boolean => error instanceof DocumentsError && error.fault === 'too-large';

/** A mail beyond the limit stays on its server; its row says so and a person sees it. */
const TOO_LARGE = problem('mail-too-large', '', String(LIMITS.mailBytes)).message;
const NOTHING = { sha256: '' as KeptMail['sha256'] };
