import type { Policy } from '../../domain/exchange/problem-policy.ts';
import { problem } from '../../kernel/problems.ts';
import { sameText } from '../../kernel/same-text.ts';
import { withProblems } from './check-senders.ts';
import { answerAddressOf, type JudgedMail, protocolMessageOf } from './judged-mail.ts';

/** Where the segnatura asks for its answer at an address that could be anybody's, whoever reads it sees that it is not followed. */
export function checkReplyAddress(mail: JudgedMail, policy: Policy): JudgedMail {
  const asked = protocolMessageOf(mail)?.replyTo ?? null;
  const followed = answerAddressOf(mail);
  if (asked === null || sameText(asked.trim(), followed)) return mail;
  return withProblems(mail, [problem('reply-address-ignored', '', asked.slice(0, 200))], policy);
}
