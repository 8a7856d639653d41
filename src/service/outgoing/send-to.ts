/**
 * Sends to recipients as a person names them. All are looked up in the index before anything is registered; if one is
 * uncertain, the whole message is refused, with suggestions. What the index said is kept with the exchange.
 */

import { type Problem, problem } from '../../kernel/problems.ts';
import type { Generation } from '../../model/segnatura.ts';
import { answeredBefore, type Call } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';
import {
  doubledRows,
  inGenerations,
  type NamedRecipients,
  type Resolved,
  type ResolveRowsDeps,
  resolveRecipients,
  type Uncertain,
} from './resolve-recipients.ts';
import { type SendMessageDeps, type SentMessage, sendMessage } from './send-message.ts';
import type { SendRequest } from './send-request.ts';

export interface SendToRequest extends Omit<SendRequest, 'recipients' | 'generation'>, NamedRecipients {
  /** Null: what each recipient is known to understand. */
  readonly generation: Generation | null;
}

export type SendToDeps = SendMessageDeps & ResolveRowsDeps;

/** Why nothing was registered; each recipient that is not certain, with what could be meant. */
export interface NotSent {
  readonly problem: Problem;
  readonly recipients: readonly Uncertain[];
}

export type SentTo = SentMessage & { readonly recipients: readonly Told[] };

/** A recipient as it was found when the message was sent, also when the answer is given again. */
type Told = Omit<Resolved, 'frozen' | 'observed'> & { readonly generation: Generation };

type Sent = { readonly ok: true; readonly value: SentTo } | ({ readonly ok: false } & NotSent);

export async function sendTo(office: Office, request: SendToRequest, deps: SendToDeps, call?: Call): Promise<Sent> {
  const sent = await resolveAndSend(office, request, deps, call);
  if (sent.ok || call === undefined) return sent;
  // The index may have changed since: what was sent before is not refused now.
  const before = await answeredBefore<SentTo>(office, call, deps.store);
  if (before === null) return sent;
  return before.ok ? before : refused(before.problem);
}

async function resolveAndSend(office: Office, asked: SendToRequest, deps: SendToDeps, call?: Call): Promise<Sent> {
  const { to, copies, addressAsItIs, ...request } = asked;
  const rows = await resolveRecipients(asked, deps);
  const uncertain = rows.flatMap((row) => (row.ok ? [] : [row.uncertain]));
  const [first] = uncertain;
  if (first !== undefined) return refused(first.problem, uncertain);
  const recipients = rows.flatMap((row) => (row.ok ? [row.recipient] : []));
  const [doubled] = doubledRows(recipients.map(({ address }) => address)).keys();
  if (doubled !== undefined) return refused(problem('index-recipient-doubled', '', recipients[doubled]?.address ?? ''));
  const each = inGenerations(office, recipients, request);
  const told = each.map(({ frozen, observed, ...one }): Told => one);
  const wish = { ...request, generation: '2013', recipients: each } as const;
  const sent = await sendMessage(office, wish, deps, call, { recipients: told });
  return sent.ok ? sent : refused(sent.problem);
}

const refused = (why: Problem, recipients: NotSent['recipients'] = []) =>
  ({ ok: false, problem: why, recipients }) as const;
