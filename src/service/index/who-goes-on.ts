/** Who goes on for what has ceased: an entry that itself goes on today, never one that has ended as well. */
import { type Facts, factsOf, hasEnded, layerTargets } from '../../domain/index/effective.ts';
import type { EntryKind } from '../../kernel/index-keys.ts';
import { townAfter } from './former-towns.ts';
import type { HeldEntry, IndexEntries, IndexLayer } from './ports.ts';

export interface SuccessorDeps {
  readonly entries: Pick<
    IndexEntries,
    'byKeys' | 'byAooCodes' | 'ceased' | 'ceasedOfBodies' | 'townsNow' | 'formerTowns'
  >;
  readonly layer: Pick<IndexLayer, 'effective'>;
}

/** Successors of successors are followed this far; those that name each other lead nowhere. */
const MOST_STEPS = 5;

export async function whoGoesOn(
  deps: SuccessorDeps,
  entry: HeldEntry,
  facts: Facts,
  today: string,
): Promise<HeldEntry | undefined> {
  let [last, known]: readonly [HeldEntry, Facts] = [entry, facts];
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const next = await nextAfter(deps.entries, last, known);
    if (next === undefined) return undefined;
    const rows = next.layered ? await deps.layer.effective(layerTargets(next), today) : [];
    [last, known] = [next, factsOf(next, rows)];
    if (!hasEnded(known, today)) return last;
  }
  return undefined;
}

/** The index or the layer says it, of itself or of its body; of municipalities ISTAT may. */
async function nextAfter(
  entries: SuccessorDeps['entries'],
  entry: HeldEntry,
  { successor }: Facts,
): Promise<HeldEntry | undefined> {
  const next = successor?.value;
  const named = typeof next === 'string' ? await entryCalled(entries, entry.kind, next) : undefined;
  if (named !== undefined) return named;
  if (entry.kind === 'municipality' || isTown(entry)) return townAfter(entries, entry);
  if (entry.bodyEnded === null) return undefined;
  const [body] = await entries.ceased(['body'], [entry.body]);
  return body === undefined ? undefined : nextAfter(entries, body, factsOf(body, []));
}

/** The layer names a successor as `<IPA>/<AOO>` or by its code, an AOO or a body; the index by its key. */
async function entryCalled(
  entries: SuccessorDeps['entries'],
  kind: EntryKind,
  name: string,
): Promise<HeldEntry | undefined> {
  const [body = '', code] = name.split('/');
  const kinds = [...new Set<EntryKind>([kind, 'body', 'aoo'])];
  const likeliest = (found: readonly HeldEntry[]): HeldEntry | undefined =>
    found.find((entry) => entry.kind === kind) ?? found[0];
  const living =
    likeliest(await entries.byKeys(kinds, [name], null)) ??
    (code === undefined ? undefined : (await entries.byAooCodes([{ body, code }], null))[0]);
  if (living !== undefined) return living;
  if (code === undefined) return likeliest(await entries.ceased(kinds, [name]));
  return (await entries.ceasedOfBodies([body])).find((entry) => entry.code.toLowerCase() === code.toLowerCase());
}

/** Who goes on for a school or a union in a municipality that is no more is another question. */
const isTown = ({ kind, category, code, name }: HeldEntry): boolean =>
  kind === 'body' &&
  (category === 'L6' || /^c_[a-z]\d{3}$/i.test(code) || (category === null && /^ *comune +d/i.test(name)));
