import { enhancedStatus, judgeSmtpFailure } from '../../domain/delivery/smtp-reply.ts';
import type { Documents } from '../../service/documents/documents.ts';
import type { Handover, MailSender } from '../../service/outbox/mail-sender.ts';
import type { SmtpAccount } from '../../service/register/accounts.ts';
import type { MailRecipe } from '../../service/register/mail-recipe.ts';
import { composeMail } from './compose.ts';
import { type EncodedDocuments, encodedDocuments } from './encoded-documents.ts';
import { SmtpPool } from './pool.ts';
import type { SessionError, SmtpSession } from './session.ts';

export interface SmtpOptions {
  readonly connectMs?: number;
  readonly silenceMs?: number;
  readonly perAccount?: number;
  readonly idleMs?: number;
}

/** The outcome of one try, and whether the server may have read any of the mail. */
interface Try {
  readonly handover: Handover;
  readonly started: boolean;
  readonly reused: boolean;
}

/**
 * Hands mails to submission servers. `send` resolves with what the server made of it; it rejects only when the recipe
 * itself cannot be read (a document is missing): that is our fault, not the server's.
 * `secure`: TLS from the first byte, or STARTTLS required on ports 25, 587 and 2525. Not `secure`: STARTTLS where the
 * server offers it, none on loopback.
 */
export function smtpSender(documents: Documents, options: SmtpOptions = {}): MailSender {
  const pool = new SmtpPool(
    { connectMs: options.connectMs ?? 20_000, silenceMs: options.silenceMs ?? 120_000 },
    { perAccount: options.perAccount ?? 4, idleMs: options.idleMs ?? 10_000, mailsPerConnection: 100 },
  );
  const encoded = encodedDocuments(documents);
  return {
    async send(account, recipe, signal) {
      const first = await attempt(pool, account, recipe, encoded, { fresh: false, signal });
      // A kept connection may have died unnoticed: as long as no byte of the mail was asked for, a new one is tried.
      if (!first.reused || first.started || signal?.aborted || !isStale(first.handover)) return first.handover;
      return (await attempt(pool, account, recipe, encoded, { fresh: true, signal })).handover;
    },
    async close() {
      pool.close();
    },
  };
}

const isStale = ({ outcome, response }: Handover): boolean => outcome === 'unreachable' || response.startsWith('421');

async function attempt(
  pool: SmtpPool,
  account: SmtpAccount,
  recipe: MailRecipe,
  encoded: EncodedDocuments,
  { fresh, signal }: { readonly fresh: boolean; readonly signal: AbortSignal | undefined },
): Promise<Try> {
  const mail = composeMail(recipe, encoded);
  let begun = false;
  let reused = false;
  // The library reads the mail only after the server's 354.
  let started = false;
  let ours: Error | null = null;
  mail.bytes.on('error', (error) => {
    ours ??= error;
  });
  const send = async (session: SmtpSession): Promise<Handover> => {
    // The mail is composed while the connection is made: what failed meanwhile would be waited for in vain.
    if (ours !== null) throw ours;
    begun = true;
    reused = session.sent > 0;
    mail.bytes.once('resume', () => {
      started = true;
    });
    const { response, refused } = await session.send(mail, signal);
    return { outcome: 'accepted', response, ...(refused.length > 0 ? { refused } : {}) };
  };
  try {
    return { handover: await pool.with(account, { fresh, signal }, send), started, reused };
  } catch (thrown) {
    if (ours !== null) throw ours;
    return { handover: failed(thrown, begun), started, reused };
  } finally {
    mail.bytes.destroy();
  }
}

function failed(thrown: unknown, begun: boolean): Handover {
  const error: SessionError = thrown instanceof Error ? thrown : new Error(String(thrown));
  const verdict = judgeSmtpFailure({
    reply: error.responseCode ?? null,
    enhanced: enhancedStatus(error.response ?? ''),
    code: error.code ?? null,
    command: error.command ?? null,
    begun,
  });
  return { ...verdict, response: (error.response || error.message).slice(0, 1000) };
}
