/**
 * What to do with a mail, from what was found in it. Pure: no memory of other mails, no clock.
 *
 *   proven receipt ............................................. correlate
 *   proven envelope with one of the four return messages ....... correlate
 *   proven envelope with a segnatura ........................... register, register-flagged, exception or operator
 *   (a segnatura that cannot be used makes no such message: the envelope is plain PEC)
 *   everything else (ordinary mail, anomaly, plain PEC, unread)  operator: kept and shown, never registered by itself
 *
 * For a segnatura the strongest policy among its problems wins: exception > operator > flag > note. An exception is
 * answered with a NotificaEccezione; registering is mandatory wherever it is possible, so most problems only flag.
 */

import type { OnReceipt } from '../../kernel/problem-row.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import type { Action, Decision, MessageKind } from './inspection.ts';
import { effectOf, type Policy } from './problem-policy.ts';

const STRENGTH: Record<OnReceipt, number> = { note: 0, flag: 1, operator: 2, exception: 3 };
const ACTION: Record<OnReceipt, Action> = {
  note: 'register',
  flag: 'register-flagged',
  operator: 'operator',
  exception: 'exception',
};

export function decide(kind: MessageKind, problems: readonly Problem[], policy: Policy = new Map()): Decision {
  switch (kind) {
    case 'protocol-message':
      return decideSegnatura(problems, policy);
    case 'confirmation':
    case 'exception':
    case 'update':
    case 'annulment':
    case 'pec-receipt':
      return decision('correlate', problems);
    case 'plain-pec':
      return decision('operator', problems.some(isSetAside) ? problems : [...problems, problem('segnatura-absent')]);
    case 'anomaly':
    case 'ordinary-mail':
      return decision('operator', [...problems, problem('pec-not-certified')]);
    case 'unreadable':
      return decision('operator', problems);
  }
}

/** There is a segnatura, but the mail is handled as if there were none. */
const isSetAside = ({ code }: Problem): boolean => code === 'segnatura-unusable' || code === 'segnatura-forwarded';

function decideSegnatura(problems: readonly Problem[], policy: Policy): Decision {
  const onReceipt = (found: Problem): OnReceipt => effectOf(found.code, policy);
  let strongest: OnReceipt = 'note';
  for (const found of problems) if (STRENGTH[onReceipt(found)] > STRENGTH[strongest]) strongest = onReceipt(found);
  // An exception names only what caused it; a flag names every problem.
  const said = problems.filter((found) => (strongest === 'exception' ? onReceipt(found) === 'exception' : true));
  return decision(ACTION[strongest], said);
}

function decision(action: Action, problems: readonly Problem[]): Decision {
  const distinct = [...new Map(problems.map((found) => [`${found.code} ${found.message}`, found])).values()];
  return { action, reasons: distinct.map((found) => found.message), codes: distinct.map((found) => found.code) };
}
