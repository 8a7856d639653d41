/**
 * Before anything is registered: who is meant by a recipient, and where is it reached today? One answer, or none with
 * what a person may choose from. What is answered is to be kept with the message: which versions of which rows said so.
 */
import { type Facts, factsOf, hasEnded } from '../../domain/index/effective.ts';
import { type Clock, italianDay, legalTime } from '../../kernel/clock.ts';
import { type MailAddress, mailAddress } from '../../kernel/ids.ts';
import type { EntryKind } from '../../kernel/index-keys.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { goneBy } from './gone-recipient.ts';
import { distinctTargets, goingOn, type Suggestion, toSuggestion } from './look-up.ts';
import type { HeldEntry, IndexEntries, IndexLayer } from './ports.ts';
import type { SearchEngine } from './search-engine.ts';
import { whoGoesOn } from './who-goes-on.ts';

export interface RecipientRequest {
  /** IPA code. */
  readonly body?: string | null;
  /** Code of the AOO within the body, or Codice_uni_aoo. */
  readonly aoo?: string | null;
  readonly address?: string | null;
  /** As the sender knows it: for suggestions alone. */
  readonly name?: string | null;
}

/** What the exchange uses of a recipient, and where it is from: to be kept with the message. */
export interface FrozenRecipient {
  readonly administration: string;
  readonly administrationName: string;
  readonly taxCode: string | null;
  /** Code within the administration; null where only the body is known. */
  readonly aoo: string | null;
  readonly uniCode: string | null;
  readonly aooName: string | null;
  readonly address: MailAddress;
  readonly endpoint: string | null;
  readonly generation: string | null;
  readonly carrier: string | null;
  readonly network: string | null;
  readonly resolvedAt: string;
  /** Versions of the index's rows, and rows of the layer. */
  readonly sources: {
    readonly versions: readonly {
      readonly kind: EntryKind;
      readonly key: string;
      readonly version: number;
      readonly importId: number;
    }[];
    readonly layer: readonly string[];
  };
}

export type Resolution =
  | { readonly status: 'resolved'; readonly recipient: FrozenRecipient; readonly observed: readonly string[] }
  | {
      readonly status: 'ambiguous' | 'unknown' | 'ceased' | 'unreachable';
      readonly problem: Problem;
      readonly suggestions: readonly Suggestion[];
    };

export interface ResolveDeps {
  readonly entries: IndexEntries;
  readonly layer: Pick<IndexLayer, 'effective' | 'observations' | 'targetsWith'>;
  readonly search: Pick<SearchEngine, 'find'>;
  readonly clock: Clock;
}

interface Known {
  readonly entry: HeldEntry;
  readonly facts: Facts;
}

const SUGGESTIONS = 5;

export async function resolveRecipient(request: RecipientRequest, deps: ResolveDeps): Promise<Resolution> {
  const named = [request.body, request.aoo, request.address].filter(Boolean).join(' / ');
  const byCodes = await candidatesByCodes(request, deps);
  const byAddress = await candidatesByAddress(request, deps);
  if (byCodes !== null && byCodes.length === 0) return ceasedOrUnknown(request, named, deps);
  if (byCodes === null && byAddress !== null && byAddress.length === 0) return ceasedOrUnknown(request, named, deps);
  const codes = await withFacts(byCodes ?? [], deps);
  const bearers = await withFacts(byAddress ?? [], deps);
  const chosen = chooseLiving(codes, bearers, request, legalTime(deps.clock.now()).date);
  if ('gone' in chosen) return ceased(chosen.gone, deps);
  if ('entry' in chosen) return reach(chosen, request, named, deps);
  const detail = chosen.disagree ? `${named}: l'indirizzo e i codici indicano uffici diversi` : named;
  return {
    status: 'ambiguous',
    problem: problem('index-recipient-ambiguous', '', detail),
    suggestions: chosen.among.slice(0, 20).map(({ entry }) => toSuggestion(entry)),
  };
}

async function reach(
  chosen: Known,
  { address: named }: RecipientRequest,
  what: string,
  deps: ResolveDeps,
): Promise<Resolution> {
  const address = mailAddress(String(chosen.facts.mailbox?.value ?? ''));
  const asked = mailAddress(named ?? '');
  if (address === null && asked === null) {
    return { status: 'unreachable', problem: problem('index-recipient-unreachable', '', what), suggestions: [] };
  }
  const recipient = await freeze(chosen, reachable(chosen, asked) ?? address ?? asked, deps);
  const observed = await deps.layer.observations(
    distinctTargets([chosen.entry]).filter(({ aoo }) => chosen.entry.kind !== 'aoo' || aoo !== ''),
  );
  return { status: 'resolved', recipient, observed: observed.map(({ what }) => what) };
}

/** An address that was asked for is used where the chosen one bears it as a certified one. */
function reachable({ entry }: Known, asked: MailAddress | null): MailAddress | null {
  return entry.mails.some(({ address, kind }) => address === asked && kind !== 'other') ? asked : null;
}

/** Null: no codes were named. */
async function candidatesByCodes({ body, aoo }: RecipientRequest, { entries }: ResolveDeps) {
  if (!body && !aoo) return null;
  if (!body) return entries.byKeys(['aoo'], [aoo ?? ''], null);
  if (aoo) {
    const found = await Promise.all([
      entries.byAooCodes([{ body, code: aoo }], null),
      entries.byKeys(['aoo'], [aoo], null),
    ]);
    const own = found.flat().filter((entry) => entry.body.toLowerCase() === body.toLowerCase());
    return [...new Map(own.map((entry) => [entry.version, entry])).values()];
  }
  const aoos = await entries.ofBodies('aoo', [body], null);
  return aoos.length > 0 ? aoos : entries.byKeys(['body'], [body], null);
}

/** Null: no address was named. AOOs that have it, by the index or the layer; else the bodies that have it. */
async function candidatesByAddress({ address }: RecipientRequest, { entries, layer, clock }: ResolveDeps) {
  if (!address) return null;
  const wanted = mailAddress(address);
  if (wanted === null) return [];
  const owners = await entries.byAddresses([wanted], null);
  const targets = await layer.targetsWith('mailbox', wanted, legalTime(clock.now()).date);
  const overridden = await Promise.all([
    entries.byAooCodes(
      targets.filter(({ aoo }) => aoo !== '').map(({ body, aoo }) => ({ body, code: aoo })),
      null,
    ),
    entries.byKeys(
      ['aoo'],
      targets.map(({ aoo }) => aoo),
      null,
    ),
    entries.byKeys(
      ['body'],
      targets.filter(({ aoo }) => aoo === '').map(({ body }) => body),
      null,
    ),
  ]);
  const certified = owners.filter(({ mails }) =>
    mails.some((mail) => mail.address === wanted && mail.kind !== 'other'),
  );
  const all = [...new Map([...certified, ...overridden.flat()].map((entry) => [entry.version, entry])).values()];
  const aoos = all.filter(({ kind }) => kind === 'aoo');
  if (aoos.length > 0) return aoos;
  // An office's mailbox is its AOO's; a body's stands for its AOO where it has only one.
  const uniCodes = all.flatMap(({ kind, uniCode }) => (kind === 'office' && uniCode !== null ? [uniCode] : []));
  if (uniCodes.length > 0) return entries.byKeys(['aoo'], uniCodes, null);
  const bodies = [...new Set(all.map(({ body }) => body.toLowerCase()))];
  if (bodies.length === 0) return [];
  const below = await entries.ofBodies('aoo', bodies, null);
  return below.length === bodies.length ? below : entries.byKeys(['body'], bodies, null);
}

type Among = { readonly among: readonly Known[]; readonly disagree: boolean };

/** One that is meant alone may have ceased, by itself or with its body; among several, only those that go on can be meant. */
function chooseLiving(
  byCodes: readonly Known[],
  byAddress: readonly Known[],
  request: RecipientRequest,
  today: string,
): Known | Among | { readonly gone: Known } {
  const isLiving = ({ facts }: Known): boolean => !hasEnded(facts, today);
  const chosen = choose(byCodes, byAddress, request);
  if ('entry' in chosen) return isLiving(chosen) ? chosen : { gone: chosen };
  const [gone] = chosen.among;
  if (gone !== undefined && !chosen.among.some(isLiving)) return { gone };
  return choose(byCodes.filter(isLiving), byAddress.filter(isLiving), request);
}

/** The one that is meant, or those it could be. Where codes and address are named, both must mean it. */
function choose(
  byCodes: readonly Known[],
  byAddress: readonly Known[],
  { body, aoo, address }: RecipientRequest,
): Known | Among {
  if (!address) return one(byCodes);
  if (!body && !aoo) return one(byAddress);
  const wanted = mailAddress(address);
  const both = byCodes.filter(
    ({ entry, facts }) => facts.mailbox?.value === wanted || entry.mails.some((mail) => mail.address === wanted),
  );
  if (both.length > 0) return one(both);
  const sameBody = byCodes.filter(({ entry }) => byAddress.some((other) => other.entry.body === entry.body));
  if (sameBody.length === 1 && aoo === undefined) return one(sameBody);
  return { among: [...byCodes, ...byAddress], disagree: true };
}

const one = (known: readonly Known[]): Known | Among => {
  const [first, ...others] = known;
  return first !== undefined && others.length === 0 ? first : { among: known, disagree: false };
};

async function withFacts(versions: readonly HeldEntry[], deps: ResolveDeps): Promise<readonly Known[]> {
  const layered = versions.filter((entry) => entry.layered);
  const today = legalTime(deps.clock.now()).date;
  const layer = layered.length === 0 ? [] : await deps.layer.effective(distinctTargets(layered), today);
  return versions.map((entry) => ({ entry, facts: factsOf(entry, layer) }));
}

async function ceasedOrUnknown(request: RecipientRequest, named: string, deps: ResolveDeps): Promise<Resolution> {
  const today = legalTime(deps.clock.now()).date;
  const gone = await goneBy(request, deps, today);
  const [known] = gone === undefined ? [] : await withFacts([gone], deps);
  if (known !== undefined)
    return hasEnded(known.facts, today) ? ceased(known, deps) : reach(known, request, named, deps);
  const { entries } = deps;
  const siblings = request.body ? await entries.ofBodies('aoo', [request.body], null) : [];
  const text = request.name ?? request.address?.split('@')[0] ?? request.body ?? request.aoo ?? '';
  const hits =
    siblings.length > 0
      ? []
      : await deps.search.find({
          text: text.replace(/[^\p{L}\p{N}]+/gu, ' '),
          kinds: ['aoo', 'body'],
          facets: {},
          versions: null,
          ceased: false,
          limit: SUGGESTIONS,
          typing: false,
        });
  const likely = hits.map(({ version }) => version);
  const found =
    siblings.length > 0
      ? siblings
      : (await entries.byVersions(likely)).toSorted(
          (one, other) => likely.indexOf(one.version) - likely.indexOf(other.version),
        );
  return {
    status: 'unknown',
    problem: problem('index-recipient-unknown', '', named),
    suggestions: (await goingOn(deps, found)).slice(0, SUGGESTIONS).map(toSuggestion),
  };
}

async function ceased({ entry, facts }: Known, deps: ResolveDeps): Promise<Resolution> {
  const successor = await whoGoesOn(deps, entry, facts, legalTime(deps.clock.now()).date);
  const others =
    successor === undefined ? await goingOn(deps, await deps.entries.ofBodies('aoo', [entry.body], null)) : [successor];
  const since = String(facts.ceased?.value ?? entry.validTo ?? '');
  const instead = successor === undefined ? '' : `; lo sostituisce ${nameOf(successor)} (${codeOf(successor)})`;
  return {
    status: 'ceased',
    problem: problem('index-recipient-ceased', '', `${nameOf(entry)}, dal ${italianDay(since)}${instead}`),
    suggestions: others.slice(0, SUGGESTIONS).map(toSuggestion),
  };
}

const nameOf = ({ kind, name, bodyName, body }: HeldEntry): string =>
  kind === 'aoo' ? `${bodyName ?? body} / ${name}` : name;
const codeOf = ({ kind, body, code }: HeldEntry): string => (kind === 'aoo' ? `${body}/${code}` : body);

async function freeze(
  { entry, facts }: Known,
  address: MailAddress | null,
  deps: ResolveDeps,
): Promise<FrozenRecipient> {
  const isAoo = entry.kind === 'aoo';
  const [body] = isAoo ? await deps.entries.byKeys(['body'], [entry.body], null) : [entry];
  const text = (field: keyof Facts): string | null => {
    const value = facts[field]?.value;
    return value === undefined ? null : String(value);
  };
  const name = text('name') ?? entry.name;
  const rows = isAoo && body !== undefined ? [entry, body] : [entry];
  return {
    administration: body?.body ?? entry.body,
    administrationName: body?.name ?? entry.bodyName ?? entry.body,
    taxCode: body?.taxCode ?? entry.taxCode,
    aoo: isAoo ? entry.code : null,
    uniCode: isAoo ? entry.uniCode : null,
    aooName: isAoo ? name : null,
    address: address as MailAddress,
    endpoint: text('endpoint'),
    generation: text('generation'),
    carrier: text('carrier'),
    network: text('network'),
    resolvedAt: deps.clock.now().toISOString(),
    sources: {
      versions: rows.map(({ kind, key, version, importId }) => ({ kind, key, version, importId })),
      layer: Object.values(facts).flatMap(({ layerId }) => (layerId === null ? [] : [layerId])),
    },
  };
}
