/** The sandbox in a separate process, reached only by SMTP and IMAP as by a real council. */
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
/** Number of mails in each of these mailboxes. */
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
