/** Who goes on for a municipality that is no more: the index says it, or ISTAT's variations, or it is not known. */
import type { EntryVersion } from '../../domain/index/model.ts';
import { VARIATION } from '../../formats/ipa/istat-variations.ts';
import type { HeldEntry, IndexEntries } from './ports.ts';

/** Mergers of mergers are followed this far. */
const MOST_STEPS = 5;

/** The body that is the municipality now; undefined where none is known. */
export async function townAfter(
  entries: Pick<IndexEntries, 'townsNow' | 'formerTowns'>,
  entry: EntryVersion,
): Promise<HeldEntry | undefined> {
  let former: EntryVersion | undefined =
    entry.kind === 'municipality' ? entry : await lastOf(entries, entry.municipality, entry.province);
  for (let step = 0; former !== undefined && step < MOST_STEPS; step += 1) {
    const istat = former.more[VARIATION.nextIstat] ?? '';
    const name = former.more[VARIATION.nextName] ?? '';
    const towns = await entries.townsNow(istat, name);
    const { province } = former;
    const found =
      towns.find((town) => town.istat === istat) ?? towns.find((town) => town.province === province) ?? towns[0];
    if (found !== undefined) return found;
    former = await lastOf(entries, name, province);
  }
  return undefined;
}

async function lastOf(
  entries: Pick<IndexEntries, 'formerTowns'>,
  name: string | null,
  province: string | null,
): Promise<EntryVersion | undefined> {
  if (name === null || name === '') return undefined;
  const known = await entries.formerTowns(name);
  return known
    .filter((town) => province === null || town.province === null || town.province === province)
    .toSorted((one, other) => ((one.validTo ?? '') < (other.validTo ?? '') ? 1 : -1))[0];
}
