import { type Facts, factsOf, hasEnded, layerTargets } from '../../domain/index/effective.ts';
import type { EntryVersion, Observation } from '../../domain/index/model.ts';
import { FACETS, type Facet, type SearchKind } from '../../domain/index/search-index.ts';
import type { SearchHit } from '../../domain/index/search-query.ts';
import { type Clock, legalTime } from '../../kernel/clock.ts';
import { mailAddress } from '../../kernel/ids.ts';
import type { EntryKind } from '../../kernel/index-keys.ts';
import type { Criteria, HeldEntry, IndexEntries, IndexLayer, Target } from './ports.ts';
import type { SearchEngine } from './search-engine.ts';
import { whoGoesOn } from './who-goes-on.ts';

/** An entry with what holds of it. */
export interface FoundEntry {
  readonly entry: HeldEntry;
  /** The national index and the region's layer above it, field by field. */
  readonly facts: Facts;
  /** 0 to 1: of a search by text. */
  readonly score: number | null;
  /** Of a search by text: it is not called all that was typed. */
  readonly similar: boolean;
  /** Who goes on for a ceased one, where known. */
  readonly successor: HeldEntry | null;
}

export interface EntryDetail extends FoundEntry {
  /** What traffic taught, apart from what is declared. */
  readonly observed: readonly Observation[];
}

export interface FindAsked extends Omit<Criteria, 'kinds' | 'versions'> {
  /** Null: bodies and AOOs; of an address alone, whoever bears it. */
  readonly kinds: readonly SearchKind[] | null;
  readonly text: string | null;
  readonly cursor: string | null;
  readonly limit: number;
}

export interface FoundPage {
  readonly items: readonly FoundEntry[];
  /** Opaque; null at the end. */
  readonly cursor: string | null;
  /** The cursor asked with is none that this list has given: there is nothing to show. */
  readonly forged?: true;
}

const FORGED: FoundPage = { items: [], cursor: null, forged: true };

export interface Suggestion {
  readonly kind: EntryKind;
  readonly key: string;
  readonly name: string;
  readonly bodyName: string | null;
  readonly municipality: string | null;
  readonly province: string | null;
}

export interface LookUpDeps {
  readonly entries: IndexEntries;
  readonly layer: Pick<IndexLayer, 'effective' | 'observations'>;
  readonly search: Pick<SearchEngine, 'find'>;
  readonly clock: Clock;
}

export type LookUp = ReturnType<typeof lookUp>;

/** So far a search by text is followed; who wants more must say more. */
const DEEPEST = 1_000;
export const BULK_KEYS = 1_000;
const KINDS = ['body', 'aoo', 'office'] as const satisfies readonly SearchKind[];
const USUAL = ['body', 'aoo'] as const satisfies readonly SearchKind[];
const CRITERIA = [
  ...FACETS,
  'body',
  'code',
  'uniCode',
  'taxCode',
  'address',
  'municipality',
  'network',
] as const satisfies readonly (keyof Criteria)[];
const KEYED = ['body', 'aoo', 'office', 'pec', 'category', 'municipality'] as const satisfies readonly EntryKind[];

export const lookUp = (deps: LookUpDeps) => ({
  find: (asked: FindAsked) => find(deps, asked),
  suggest: (text: string, kinds: readonly SearchKind[], limit: number) => suggest(deps, text, kinds, limit),
  show: (kind: EntryKind, key: string, day: string | null) => show(deps, kind, key, day),
  /** Whose address is this? Bodies, AOOs and offices, certified use or not. */
  whose: async (address: string, day: string | null): Promise<readonly FoundEntry[]> =>
    withFacts(deps, await deps.entries.byAddresses([address], day), day),
  bulk: (keys: readonly string[], day: string | null) => bulk(deps, keys, day),
});

async function find(deps: LookUpDeps, asked: FindAsked): Promise<FoundPage> {
  if (asked.text !== null) return findByText(deps, asked, asked.text);
  const from = fromCursor('v', asked.cursor);
  if (from === null) return FORGED;
  const kinds = asked.kinds ?? (asked.address === undefined ? USUAL : KEYED);
  const rows = await deps.entries.find({ ...criteriaOf(asked), kinds }, from, asked.limit + 1);
  const page = rows.slice(0, asked.limit);
  const last = rows.length > asked.limit ? page.at(-1) : undefined;
  return { items: await withFacts(deps, page, asked.day), cursor: last ? toCursor('v', last.version) : null };
}

async function findByText(deps: LookUpDeps, asked: FindAsked, text: string): Promise<FoundPage> {
  const { entries, search } = deps;
  const from = fromCursor('o', asked.cursor);
  if (from === null) return FORGED;
  const offset = Math.min(DEEPEST, from);
  const limit = Math.min(asked.limit, DEEPEST - offset);
  const known =
    offset === 0 && isOneKey(text)
      ? ((await byExactKeys(deps, [text], asked.day)).get(text.trim().toLowerCase()) ?? [])
      : [];
  const kinds = asked.kinds ?? USUAL;
  const criteria: Criteria = { ...criteriaOf(asked), kinds };
  const wanted = CRITERIA.filter((name) => asked[name] !== undefined);
  // The index in memory knows how things are today, and not all that may be asked.
  const inMemory = wanted.length === 0 || (asked.day === null && wanted.every(isFacet));
  const hits = await search.find({
    text,
    kinds,
    facets: inMemory ? facetsOf(asked) : {},
    versions: inMemory ? null : await entries.lastVersionsOf(criteria),
    ceased: asked.ceased === true || asked.day !== null ? true : 'named',
    limit: offset + limit + 1,
    typing: false,
  });
  const page = hits.slice(offset, offset + limit);
  const scores = new Map(page.map((hit) => [hit.version, hit]));
  const rows = await inOrder(
    entries,
    page.map(({ version }) => version),
    asked.day,
  );
  const first =
    known.length === 0
      ? known
      : await entries.find({ ...criteria, versions: known.map(({ version }) => version) }, 0, known.length);
  for (const { version } of first) scores.set(version, { version, score: 1, similar: false });
  const firstVersions = new Set(first.map(({ version }) => version));
  const items = [...first, ...rows.filter(({ version }) => !firstVersions.has(version))].slice(
    0,
    Math.max(limit, first.length),
  );
  const more = hits.length > offset + limit && offset + limit < DEEPEST;
  return {
    items: await withFacts(deps, items, asked.day, scores),
    cursor: more ? toCursor('o', offset + limit) : null,
  };
}

/** Names that fit what is being typed, likeliest first. */
async function suggest(
  deps: LookUpDeps,
  text: string,
  kinds: readonly SearchKind[],
  limit: number,
): Promise<readonly Suggestion[]> {
  const question = { text, kinds, facets: {}, versions: null, ceased: false, limit, typing: true };
  const hits = await deps.search.find(question);
  const rows = await inOrder(
    deps.entries,
    hits.map(({ version }) => version),
    null,
  );
  const living = await goingOn(deps, rows);
  return living.filter(({ kind }) => kinds.some((asked) => asked === kind)).map(toSuggestion);
}

/** In place of each one that has ceased, who goes on for it, once; the index in memory does not know what the layer says. */
export async function goingOn(
  deps: Omit<LookUpDeps, 'search'>,
  entries: readonly HeldEntry[],
): Promise<readonly HeldEntry[]> {
  const today = legalTime(deps.clock.now()).date;
  const found = await withFacts(deps, entries, null);
  const living = found.flatMap(({ entry, facts, successor }) => (hasEnded(facts, today) ? (successor ?? []) : entry));
  return [...new Map(living.map((entry) => [entry.version, entry])).values()];
}

/** One entry by its key; a ceased one in its last version. Null: never known. */
async function show(deps: LookUpDeps, kind: EntryKind, key: string, day: string | null): Promise<EntryDetail | null> {
  const { entries, layer } = deps;
  const [body, code] = kind === 'aoo' ? key.split('/') : [key];
  const current =
    code === undefined || body === undefined
      ? await entries.byKeys([kind], [key], day)
      : await entries.byAooCodes([{ body, code }], day);
  const gone = async (): Promise<HeldEntry | undefined> => {
    if (day !== null) return undefined;
    const byKey = await entries.ceased([kind], [key]);
    if (byKey[0] !== undefined || code === undefined || body === undefined) return byKey[0];
    return (await entries.ceasedOfBodies([body])).find((entry) => entry.code.toLowerCase() === code.toLowerCase());
  };
  const entry = current[0] ?? (await gone());
  if (entry === undefined) return null;
  const own = layerTargets(entry).filter(({ aoo }) => kind !== 'aoo' || aoo !== '');
  const [found] = await withFacts(deps, [entry], day);
  const observed = entry.observed ? await layer.observations(own) : [];
  return found === undefined ? null : { ...found, observed };
}

/** Many keys at once, at most BULK_KEYS; in their order, each with the entries that have it. */
async function bulk(deps: LookUpDeps, keys: readonly string[], day: string | null) {
  const found = await byExactKeys(deps, keys, day);
  const versions = new Map([...found.values()].flat().map((entry) => [entry.version, entry]));
  const byVersion = new Map(
    (await withFacts(deps, [...versions.values()], day)).map((one) => [one.entry.version, one]),
  );
  return keys.map((key) => ({
    key,
    items: (found.get(key.trim().toLowerCase()) ?? []).flatMap(({ version }) => byVersion.get(version) ?? []),
  }));
}

/** Each entry with what holds of it on that day. */
async function withFacts(
  deps: Omit<LookUpDeps, 'search'>,
  versions: readonly HeldEntry[],
  day: string | null,
  scores: ReadonlyMap<number, SearchHit> = new Map(),
): Promise<readonly FoundEntry[]> {
  const today = legalTime(deps.clock.now()).date;
  const layered = versions.filter((entry) => entry.layered);
  const rows = layered.length === 0 ? [] : await deps.layer.effective(distinctTargets(layered), day ?? today);
  const byBody = Map.groupBy(rows, ({ body }) => body);
  return Promise.all(
    versions.map(async (entry) => {
      const facts = factsOf(entry, byBody.get(entry.body.toLowerCase()) ?? []);
      const hit = scores.get(entry.version);
      // A version of a past day may only have been followed by another of the same row.
      const isGone = facts.ceased !== undefined && (day === null || facts.successor !== undefined);
      const successor = isGone ? await whoGoesOn(deps, entry, facts, today) : undefined;
      return { entry, facts, score: hit?.score ?? null, similar: hit?.similar ?? false, successor: successor ?? null };
    }),
  );
}

/** By any exact key: IPA code, Codice_uni_aoo, Codice_uni_uo, `<IPA>/<AOO>`, tax code, address. */
async function byExactKeys(
  { entries }: LookUpDeps,
  keys: readonly string[],
  day: string | null,
): Promise<ReadonlyMap<string, HeldEntry[]>> {
  const wanted = new Map(keys.map((key) => [key.trim().toLowerCase(), [] as HeldEntry[]]));
  const asked = [...wanted.keys()];
  const pairs = asked.flatMap((key) => {
    const [body = '', code = '', more] = key.split('/');
    return body !== '' && code !== '' && more === undefined ? [{ body, code }] : [];
  });
  const found = await Promise.all([
    entries.byKeys(KEYED, asked, day),
    entries.byAooCodes(pairs, day),
    entries.byTaxCodes(asked.filter(isTaxCode), day),
    entries.byAddresses(asked.filter(isAddress), day),
  ]);
  const seen = new Set<string>();
  const put = (key: string | null, entry: HeldEntry): void => {
    const list = key === null ? undefined : wanted.get(key.toLowerCase());
    if (list === undefined || seen.has(`${key?.toLowerCase()} ${entry.version}`)) return;
    seen.add(`${key?.toLowerCase()} ${entry.version}`);
    list.push(entry);
  };
  for (const entry of found.flat()) {
    put(entry.key, entry);
    if (entry.kind === 'aoo') put(`${entry.body}/${entry.code}`, entry);
    if (entry.kind === 'body') put(entry.taxCode, entry);
    for (const { address } of entry.mails) put(address, entry);
  }
  return wanted;
}

/** Versions in the order given; of a day, those of the same rows that held then. */
async function inOrder(
  entries: IndexEntries,
  versions: readonly number[],
  day: string | null,
): Promise<readonly HeldEntry[]> {
  const place = new Map(versions.map((version, index) => [version, index]));
  const rows = (await entries.byVersions(versions)).toSorted(
    (a, b) => (place.get(a.version) ?? 0) - (place.get(b.version) ?? 0),
  );
  if (day === null) return rows;
  const then = await entries.byKeys(
    KINDS,
    rows.map(({ key }) => key),
    day,
  );
  const byKey = new Map(then.map((entry) => [`${entry.kind} ${entry.key}`, entry]));
  return rows.flatMap(({ kind, key }) => byKey.get(`${kind} ${key}`) ?? []);
}

export const toSuggestion = ({ kind, key, name, bodyName, municipality, province }: EntryVersion): Suggestion => ({
  kind,
  key,
  name,
  bodyName,
  municipality,
  province,
});

export function distinctTargets(versions: readonly EntryVersion[]): readonly Target[] {
  const targets = new Map<string, Target>();
  for (const entry of versions) {
    for (const target of layerTargets(entry)) targets.set(`${target.body}/${target.aoo}`, target);
  }
  return [...targets.values()];
}

const isFacet = (name: string): name is Facet => FACETS.some((facet) => facet === name);

/** What is asked, without how it is asked. */
function criteriaOf({ kinds, text, cursor, limit, ...criteria }: FindAsked): Omit<Criteria, 'kinds'> {
  return criteria;
}

function facetsOf(asked: FindAsked): Partial<Record<Facet, string>> {
  return Object.fromEntries(FACETS.flatMap((facet) => (asked[facet] === undefined ? [] : [[facet, asked[facet]]])));
}

const isTaxCode = (key: string): boolean => /^(\d{11}|[a-z0-9]{16})$/.test(key);
const isAddress = (key: string): boolean => mailAddress(key) !== null;
/** A word with a digit, an underscore, a slash or an at sign may be a code: names rarely have them. */
const isOneKey = (text: string): boolean => /^\S{1,254}$/.test(text.trim()) && /[\d_/@]/.test(text);

const toCursor = (sort: 'o' | 'v', value: number): string => Buffer.from(`${sort}${value}`).toString('base64url');

/** 0, the beginning, without a cursor; null: what was given is none of this sort. */
function fromCursor(sort: 'o' | 'v', cursor: string | null): number | null {
  if (cursor === null) return 0;
  const [, value] = new RegExp(`^${sort}(\\d{1,15})$`).exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  return value === undefined ? null : Number(value);
}
