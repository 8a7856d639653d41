/** Which entry that no longer holds a recipient means; undefined where the index never knew it, or it only moved. */
import { mailAddress } from '../../kernel/ids.ts';
import { sameText } from '../../kernel/same-text.ts';
import type { HeldEntry, IndexEntries, IndexLayer, Target } from './ports.ts';

export interface GoneDeps {
  readonly entries: Pick<IndexEntries, 'byKeys' | 'byAddresses' | 'ceased' | 'ceasedOfBodies' | 'formerlyAt'>;
  readonly layer: Pick<IndexLayer, 'targetsWith'>;
}

interface Named {
  readonly body?: string | null;
  readonly aoo?: string | null;
  readonly address?: string | null;
}

export async function goneBy(
  { body, aoo, address }: Named,
  deps: GoneDeps,
  today: string,
): Promise<HeldEntry | undefined> {
  const { entries } = deps;
  if (body && aoo) return (await entries.ceasedOfBodies([body])).find((entry) => isCalled(entry, { body, aoo }));
  if (aoo) return (await entries.ceased(['aoo'], [aoo]))[0];
  if (body) return goneBody(body, entries, today);
  return goneAt(address ?? '', deps, today);
}

/** Of a body that is still to end, its AOO where it has only one left. */
async function goneBody(body: string, entries: GoneDeps['entries'], today: string): Promise<HeldEntry | undefined> {
  const [itself] = await entries.ceased(['body'], [body]);
  if (itself === undefined || (itself.validTo ?? '') <= today) return itself;
  const left = (await entries.ceasedOfBodies([body])).filter(({ validTo }) => (validTo ?? '') > today);
  return left.length === 1 ? left[0] : itself;
}

async function goneAt(address: string, { entries, layer }: GoneDeps, today: string): Promise<HeldEntry | undefined> {
  const wanted = mailAddress(address);
  if (wanted === null) return undefined;
  const [former, owners, targets] = await Promise.all([
    entries.formerlyAt(wanted),
    entries.byAddresses([wanted], null),
    layer.targetsWith('mailbox', wanted, today),
  ]);
  const bearers = former.filter(({ kind }) => kind === 'aoo' || kind === 'body');
  const keys = bearers.map(({ key }) => key);
  const current = await entries.byKeys(['aoo', 'body'], keys, null);
  // The address was given up by a row that goes on: not ceased, only moved; that is for a person to decide.
  const own = bearers.find(({ kind, key }) => !current.some((row) => row.kind === kind && row.key === key));
  if (own !== undefined) return own;
  // It is an office's or a listed one, or the layer gives it: what it stands for may have ceased.
  const uniCodes = [...owners, ...former].flatMap(({ kind, uniCode }) => (kind === 'office' ? (uniCode ?? []) : []));
  const bodies = [...new Set([...owners, ...former, ...targets].map((one) => one.body.toLowerCase()))];
  const [aoos, ofTargets, gone] = await Promise.all([
    entries.ceased(['aoo'], uniCodes),
    entries.ceasedOfBodies(targets.filter(({ aoo }) => aoo !== '').map((target) => target.body)),
    entries.ceased(['body'], bodies),
  ]);
  return aoos[0] ?? ofTargets.find((entry) => targets.some((target) => isCalled(entry, target))) ?? gone[0];
}

const isCalled = (entry: HeldEntry, { body, aoo }: Target): boolean =>
  sameText(entry.body, body) && (sameText(entry.code, aoo) || sameText(entry.uniCode, aoo));
