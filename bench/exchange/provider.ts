/** The sandbox in a process of its own, as councils meet it: over SMTP and IMAP alone. */
import type { MailboxLogin } from '../../src/sandbox/mailboxes.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { type Answers, answerTo } from './questions.ts';

export interface ProviderTask {
  readonly mailboxes: readonly MailboxLogin[];
}
export interface ProviderReady {
  readonly smtp: { readonly host: string; readonly port: number };
  readonly imap: { readonly host: string; readonly port: number };
  readonly caPem: string;
}
/** Mails in each of these mailboxes. */
export interface CountTask {
  readonly count: readonly string[];
}

let sandbox: Sandbox | null = null;

answerTo(async (question: ProviderTask | CountTask): Promise<ProviderReady | Answers> => {
  if ('count' in question) return { counts: question.count.map((address) => sandbox?.mails(address).length ?? 0) };
  sandbox = await startSandbox({ mailboxes: question.mailboxes });
  const { smtp, imap, caPem } = sandbox;
  return { smtp, imap, caPem };
});
