/** Certified mail without a segnatura, and what an office has decided about it beforehand. */
import type { Decision } from '../../domain/exchange/inspection.ts';
import { bearsReceipt } from '../register/answer-mail.ts';
import type { Office, PlainMailRule } from '../register/office.ts';
import { headersOf, type JudgedMail, protocolMessageOf } from './judged-mail.ts';

/** The first rule of the office that fits a certified message without segnatura. A machine's reply to us never fits. */
export function plainMailRule(office: Office, mail: JudgedMail): PlainMailRule | null {
  const { inspection, opened, kept } = mail;
  if (inspection.kind !== 'plain-pec' || inspection.problems.length > 0) return null;
  if (isAutomaticReply(mail)) return null;
  const sender = (opened.pec?.sender ?? '').toLowerCase();
  const subject = headersOf(mail).subject.toLowerCase();
  const fits = ({ from, subject: words, to }: PlainMailRule): boolean =>
    (from === undefined ||
      (from.startsWith('@') ? sender.endsWith(from.toLowerCase()) : sender === from.toLowerCase())) &&
    (words === undefined || subject.includes(words.toLowerCase())) &&
    (to === undefined || kept.mailbox.toLowerCase() === to.toLowerCase());
  return office.plainMail.find(fits) ?? null;
}

/**
 * The decision about a message once the office's own arrangements count: a rule registers certified mail without segnatura,
 * and an office with a protocol system of its own holds it as it holds every other message. A machine's reply to us waits
 * for a person everywhere.
 */
export function decisionFor(office: Office, mail: JudgedMail, rule: PlainMailRule | null): Decision {
  const { kind, decision } = mail.inspection;
  const isForOthers = mail.inspection.problems.some(({ code }) => code === 'envelope-for-others');
  const isHeld = kind === 'plain-pec' && office.numbering === 'external' && !isAutomaticReply(mail) && !isForOthers;
  return rule !== null || isHeld ? { ...decision, action: 'register' } : decision;
}

/**
 * Whether the sender is answered unasked. Uncertified mail is not: anybody may have sent it. Nor is what a machine sent: two
 * of them would answer each other for ever (RFC 3834 §2).
 */
export function answerWanted(office: Office, mail: JudgedMail): boolean {
  const { kind } = mail.inspection;
  if (kind === 'plain-pec') return headersOf(mail).automatic === null;
  const isAsked = office.confirm === 'always' || protocolMessageOf(mail)?.confirmationRequested === true;
  return kind === 'protocol-message' && isAsked;
}

/** Not every responder says what it is: a subject with the name of our receipt is a reply to it. */
const isAutomaticReply = (mail: JudgedMail): boolean =>
  headersOf(mail).automatic === 'reply' || bearsReceipt(headersOf(mail).subject);
