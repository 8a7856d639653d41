/**
 * Sends to recipients as a person names them. All of them are looked up in the index before anything is registered; one
 * that is not certain refuses the whole message, with what could be meant. What the index said is kept with the exchange.
 */
import type { Correspondent, Generation } from '../formats/segnatura/model.ts';
import { type MailAddress, mailAddress } from '../kernel/ids.ts';
import { LIMITS } from '../kernel/limits.ts';
import { type Problem, problem } from '../kernel/problems.ts';
import type { Suggestion } from './index/look-up.ts';
import type { FrozenRecipient, RecipientRequest, Resolution } from './index/resolve-recipient.ts';
import type { Office } from './office.ts';
import { type SendMessageDeps, type SendRequest, type SentMessage, sendMessage } from './send-message.ts';

type Sendable = SendRequest['generation'];

export interface SendToRequest extends Omit<SendRequest, 'recipients' | 'generation'> {
  /** IPA code, Codice_uni_aoo, `<IPA code>/<code of the AOO>`, or a certified address. */
  readonly to: readonly string[];
  /** An address that the index does not know is meant as it is. */
  readonly addressAsItIs: boolean;
  /** Null: what the recipients are known to understand. */
  readonly generation: Sendable | null;
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

export type SentTo = SentMessage & { readonly generation: Sendable; readonly recipients: readonly Resolved[] };

export interface Resolved {
  readonly named: string;
  readonly address: MailAddress;
  readonly correspondent: Correspondent;
  /** Absent for an address that is meant as it is. */
  readonly frozen?: FrozenRecipient;
}

export async function sendTo(
  office: Office,
  { to, addressAsItIs, ...request }: SendToRequest,
  deps: SendToDeps,
): Promise<{ readonly ok: true; readonly value: SentTo } | ({ readonly ok: false } & NotSent)> {
  const size = request.documents.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (size > LIMITS.sentBytes) return refused(problem('documents-too-large', '', String(LIMITS.sentBytes)));
  const recipients: Resolved[] = [];
  const uncertain: NotSent['recipients'][number][] = [];
  for (const named of to) {
    const found = await lookUp(named, deps.resolve);
    const asItIs = addressAsItIs && found.status === 'unknown' ? mailAddress(named) : null;
    if (found.status === 'resolved') recipients.push(toResolved(named, found.recipient));
    else if (asItIs !== null) recipients.push({ named, address: asItIs, correspondent: unknownAt(asItIs) });
    else uncertain.push({ named, problem: found.problem, suggestions: found.suggestions });
  }
  const [first] = uncertain;
  if (first !== undefined) return refused(first.problem, uncertain);
  const addresses = recipients.map(({ address }) => address);
  const doubled = addresses.find((address, index) => addresses.indexOf(address) !== index);
  if (doubled !== undefined) return refused(problem('index-recipient-doubled', '', doubled));
  const generation = request.generation ?? understood(recipients);
  const sent = await sendMessage(office, { ...request, generation, recipients }, deps);
  return sent.ok ? { ok: true, value: { ...sent.value, generation, recipients } } : refused(sent.problem);
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

const toResolved = (named: string, frozen: FrozenRecipient): Resolved => ({
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
});

const unknownAt = (address: MailAddress): Correspondent => ({
  kind: 'unknown',
  name: address,
  administration: null,
  aoo: null,
  aooName: null,
  office: null,
  address,
  taxCode: null,
});

/** Oldest first. */
const GENERATIONS = ['2001', '2009', '2013'] as const satisfies readonly Exclude<Generation, '3.0.0'>[];

/** One segnatura goes to all: in the oldest form that one of them is known to need, else in the newest that goes by mail. */
function understood(recipients: readonly Resolved[]): Sendable {
  const known = new Set(recipients.map(({ frozen }) => frozen?.generation));
  return GENERATIONS.find((generation) => known.has(generation)) ?? '2013';
}
