/** Recipients as a person names them, looked up in the index: each is one address, or uncertain, with suggestions. */
import { type MailAddress, mailAddress } from '../../kernel/ids.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { type Correspondent, GENERATIONS, type Generation, unknownCorrespondent } from '../../model/segnatura.ts';
import type { Suggestion } from '../index/look-up.ts';
import { confirmsIn } from '../index/observe-peers.ts';
import type { FrozenRecipient, RecipientRequest, Resolution } from '../index/resolve-recipient.ts';
import type { Office } from '../register/office.ts';
import type { SendRequest } from './send-request.ts';

/**
 * A firm or citizen with a mailbox of its own. An address that the index gives to an office is written to as that office
 * instead.
 */
export interface PlainRecipient {
  readonly name: string;
  readonly address: string;
  readonly taxCode: string | null;
}

/** IPA code, Codice_uni_aoo, `<IPA code>/<code of the AOO>`, or a certified address; or who is in no index. */
export type NamedRecipient = string | PlainRecipient;

export interface Resolved {
  readonly named: string;
  readonly address: MailAddress;
  readonly correspondent: Correspondent;
  readonly copy: boolean;
  /** A firm or citizen: no segnatura, no confirmation. */
  readonly plain?: boolean;
  /** Absent for an address that is used as it is. */
  readonly frozen?: FrozenRecipient;
  /** What traffic taught about it: `confirms-2013`, … */
  readonly observed?: readonly string[];
}

export interface Uncertain {
  readonly named: string;
  readonly problem: Problem;
  readonly suggestions: readonly Suggestion[];
}

export type ResolvedRow =
  | { readonly ok: true; readonly recipient: Resolved }
  | { readonly ok: false; readonly uncertain: Uncertain };

export interface NamedRecipients {
  readonly to: readonly NamedRecipient[];
  /** Those that get it for information only. */
  readonly copies?: readonly NamedRecipient[];
  /** An address that the index does not know is used as it is. */
  readonly addressAsItIs: boolean;
}

export interface ResolveRowsDeps {
  readonly resolve: (request: RecipientRequest) => Promise<Resolution>;
}

/** So many look-ups at once: a list of a thousand recipients takes seconds, and the pool is left for others. */
const AT_ONCE = 4;

/** One row for each, in their order, the copies last. */
export async function resolveRecipients(
  { to, copies = [], addressAsItIs }: NamedRecipients,
  { resolve }: ResolveRowsDeps,
): Promise<readonly ResolvedRow[]> {
  const rows: ResolvedRow[] = [];
  const named = [...to, ...copies];
  for (let start = 0; start < named.length; start += AT_ONCE) {
    const those = named.slice(start, start + AT_ONCE);
    const found = those.map((one, index) => resolveOne(one, start + index >= to.length, addressAsItIs, resolve));
    rows.push(...(await Promise.all(found)));
  }
  return rows;
}

async function resolveOne(
  wanted: NamedRecipient,
  copy: boolean,
  addressAsItIs: boolean,
  resolve: ResolveRowsDeps['resolve'],
): Promise<ResolvedRow> {
  const named = typeof wanted === 'string' ? wanted : wanted.address;
  const found = await lookUp(named, resolve);
  if (found.status === 'resolved')
    return { ok: true, recipient: { ...toResolved(named, found.recipient, found.observed), copy } };
  const address = found.status === 'unknown' ? mailAddress(named.trim()) : null;
  if (address !== null && typeof wanted !== 'string') {
    if (wanted.name.trim() === '') return nameless(named, address);
    const correspondent = { ...unknownCorrespondent(wanted.name, address), taxCode: wanted.taxCode };
    return { ok: true, recipient: { named, address, correspondent, copy, plain: true } };
  }
  if (address !== null && addressAsItIs)
    return { ok: true, recipient: { named, address, correspondent: unknownCorrespondent(address, address), copy } };
  const why = typeof wanted === 'string' || found.status !== 'unknown' ? found.problem : addressInvalid(named);
  return { ok: false, uncertain: { named, problem: why, suggestions: found.suggestions } };
}

const nameless = (named: string, address: MailAddress): ResolvedRow => ({
  ok: false,
  uncertain: { named, problem: problem('recipient-name-missing', '', address), suggestions: [] },
});

const addressInvalid = (named: string): Problem => problem('recipient-address-invalid', '', named);

async function lookUp(named: string, resolve: ResolveRowsDeps['resolve']): Promise<Resolution> {
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

/** Each recipient with the generation that it reads, of those that can be written: the one that was asked for, if any. */
export function inGenerations(
  office: Office,
  recipients: readonly Resolved[],
  { generation, classifications }: Pick<SendRequest, 'classifications'> & { readonly generation: Generation | null },
): readonly (Resolved & { readonly generation: Generation })[] {
  const writable = writableFor(office, { classifications });
  return recipients.map((one) => ({ ...one, generation: generation ?? understood(one, writable) }));
}

/** 3.0.0 needs a seal of this office and a classification of the message: without them its readers get 2013. */
const writableFor = ({ signer }: Office, { classifications }: Pick<SendRequest, 'classifications'>) =>
  signer === null || classifications.length === 0 ? GENERATIONS.slice(0, 3) : GENERATIONS;

/** The generation a recipient reads: the declared one; else the newest in which it has confirmed before; else 2013. */
function understood({ frozen, observed = [] }: Resolved, writable: readonly Generation[]): Generation {
  const declared = writable.find((generation) => generation === frozen?.generation);
  return declared ?? writable.findLast((generation) => observed.includes(confirmsIn(generation))) ?? '2013';
}

/** The places in the list of those that repeat an address named before. */
export function doubledRows(addresses: readonly string[]): ReadonlyMap<number, number> {
  const first = new Map<string, number>();
  const doubled = new Map<number, number>();
  for (const [row, address] of addresses.entries()) {
    const before = first.get(address);
    if (before === undefined) first.set(address, row);
    else doubled.set(row, before);
  }
  return doubled;
}
