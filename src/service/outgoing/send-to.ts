/**
 * Sends to recipients as a person names them. All are looked up in the index before anything is registered; if one is
 * uncertain, the whole message is refused, with suggestions. What the index said is kept with the exchange.
 */

import { type MailAddress, mailAddress } from '../../kernel/ids.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { type Correspondent, GENERATIONS, type Generation, unknownCorrespondent } from '../../model/segnatura.ts';
import type { Suggestion } from '../index/look-up.ts';
import { confirmsIn } from '../index/observe-peers.ts';
import type { FrozenRecipient, RecipientRequest, Resolution } from '../index/resolve-recipient.ts';
import { answeredBefore, type Call } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';
import { type SendMessageDeps, type SentMessage, sendMessage } from './send-message.ts';
import type { SendRequest } from './send-request.ts';

export interface SendToRequest extends Omit<SendRequest, 'recipients' | 'generation'> {
  /** IPA code, Codice_uni_aoo, `<IPA code>/<code of the AOO>`, or a certified address. */
  readonly to: readonly string[];
  /** An address that the index does not know is used as it is. */
  readonly addressAsItIs: boolean;
  /** As `to`: those that get it for information only. */
  readonly copies?: readonly string[];
  /** Null: what each recipient is known to understand. */
  readonly generation: Generation | null;
}

export interface SendToDeps extends SendMessageDeps {
  readonly resolve: (request: RecipientRequest) => Promise<Resolution>;
}

/** Why nothing was registered; each recipient that is not certain, with what could be meant. */
export interface NotSent {
  readonly problem: Problem;
  readonly recipients: readonly {
    readonly named: string;
    readonly problem: Problem;
    readonly suggestions: readonly Suggestion[];
  }[];
}

export type SentTo = SentMessage & { readonly recipients: readonly Told[] };

/** A recipient as it was found when the message was sent, also when the answer is given again. */
type Told = Omit<Resolved, 'frozen' | 'observed'> & { readonly generation: Generation };

export interface Resolved {
  readonly named: string;
  readonly address: MailAddress;
  readonly correspondent: Correspondent;
  readonly copy: boolean;
  /** Absent for an address that is used as it is. */
  readonly frozen?: FrozenRecipient;
  /** What traffic taught about it: `confirms-2013`, … */
  readonly observed?: readonly string[];
}

type Sent = { readonly ok: true; readonly value: SentTo } | ({ readonly ok: false } & NotSent);

export async function sendTo(office: Office, request: SendToRequest, deps: SendToDeps, call?: Call): Promise<Sent> {
  const sent = await resolveAndSend(office, request, deps, call);
  if (sent.ok || call === undefined) return sent;
  // The index may have changed since: what was sent before is not refused now.
  const before = await answeredBefore<SentTo>(office, call, deps.store);
  if (before === null) return sent;
  return before.ok ? before : refused(before.problem);
}

async function resolveAndSend(
  office: Office,
  { to, copies = [], addressAsItIs, ...request }: SendToRequest,
  deps: SendToDeps,
  call?: Call,
): Promise<Sent> {
  const recipients: Resolved[] = [];
  const uncertain: NotSent['recipients'][number][] = [];
  for (const [position, named] of [...to, ...copies].entries()) {
    const copy = position >= to.length;
    const found = await lookUp(named, deps.resolve);
    const asItIs = addressAsItIs && found.status === 'unknown' ? mailAddress(named) : null;
    if (found.status === 'resolved') recipients.push({ ...toResolved(named, found.recipient, found.observed), copy });
    else if (asItIs !== null)
      recipients.push({ named, address: asItIs, correspondent: unknownCorrespondent(asItIs, asItIs), copy });
    else uncertain.push({ named, problem: found.problem, suggestions: found.suggestions });
  }
  const [first] = uncertain;
  if (first !== undefined) return refused(first.problem, uncertain);
  const addresses = recipients.map(({ address }) => address);
  const doubled = addresses.find((address, index) => addresses.indexOf(address) !== index);
  if (doubled !== undefined) return refused(problem('index-recipient-doubled', '', doubled));
  const { generation } = request;
  const writable = writableFor(office, request);
  const each = recipients.map((one) => ({ ...one, generation: generation ?? understood(one, writable) }));
  const told = each.map(({ frozen, observed, ...one }): Told => one);
  const wish = { ...request, generation: '2013', recipients: each } as const;
  const sent = await sendMessage(office, wish, deps, call, { recipients: told });
  return sent.ok ? sent : refused(sent.problem);
}

const refused = (why: Problem, recipients: NotSent['recipients'] = []) =>
  ({ ok: false, problem: why, recipients }) as const;

async function lookUp(named: string, resolve: SendToDeps['resolve']): Promise<Resolution> {
  const text = named.trim();
  if (text.includes('@')) return resolve({ address: text });
  const slash = text.indexOf('/');
  if (slash > 0) return resolve({ body: text.slice(0, slash).trim(), aoo: text.slice(slash + 1).trim() });
  const asBody = await resolve({ body: text });
  if (asBody.status !== 'unknown') return asBody;
  const asAoo = await resolve({ aoo: text });
  return asAoo.status === 'unknown' ? asBody : asAoo;
}

const toResolved = (named: string, frozen: FrozenRecipient, observed: readonly string[]): Omit<Resolved, 'copy'> => ({
  named,
  address: frozen.address,
  correspondent: {
    kind: 'administration',
    name: frozen.administrationName,
    administration: frozen.administration,
    aoo: frozen.aoo,
    aooName: frozen.aooName,
    office: null,
    address: frozen.address,
    taxCode: frozen.taxCode,
  },
  frozen,
  observed,
});

/** 3.0.0 needs a seal of this office and a classification of the message: without them its readers get 2013. */
const writableFor = ({ signer }: Office, { classifications }: Pick<SendRequest, 'classifications'>) =>
  signer === null || classifications.length === 0 ? GENERATIONS.slice(0, 3) : GENERATIONS;

/** The generation a recipient reads: the declared one; else the newest in which it has confirmed before; else 2013. */
function understood({ frozen, observed = [] }: Resolved, writable: readonly Generation[]): Generation {
  const declared = writable.find((generation) => generation === frozen?.generation);
  return declared ?? writable.findLast((generation) => observed.includes(confirmsIn(generation))) ?? '2013';
}
