/**
 * What is true of an entry, field by field, and who says so: what the region adds or overrides, else the national index.
 * For an AOO its own row of the region counts first, then for some fields its body's. Where the region withdraws a value,
 * the national index shows again. What belongs to a body ends with it at the latest.
 */
import { type Basis, type EntryVersion, LAYER_FIELDS, type LayerField, type LayerRow, mailboxOf } from './model.ts';

export interface Fact {
  readonly value: string | boolean;
  /** `ipa` or another import's source; the source of the layer's row. */
  readonly source: string;
  /** The first day on which it held. */
  readonly since: string;
  readonly sinceBasis: Basis;
  /** These three: only where the region says it. */
  readonly author: string | null;
  readonly reason: string | null;
  readonly layerId: string | null;
}
export type Facts = Readonly<Partial<Record<LayerField, Fact>>>;

/** Fields that a body's row sets for all its AOOs. */
const INHERITED: ReadonlySet<LayerField> = new Set(['generation', 'carrier', 'network']);

/** The keys under which the region may say something about an entry: its body, its code, its Codice_uni_aoo. */
export function layerTargets(entry: Pick<EntryVersion, 'kind' | 'body' | 'code' | 'uniCode'>) {
  const body = entry.body.toLowerCase();
  if (entry.kind !== 'aoo') return [{ body, aoo: '' }];
  const codes = [entry.code, entry.uniCode].flatMap((code) => (code ? [code.toLowerCase()] : []));
  return [{ body, aoo: '' }, ...[...new Set(codes)].map((aoo) => ({ body, aoo }))];
}

/** `layer`: rows in the order in which they were recorded; the last one counts. */
export function factsOf(entry: BodilyEntry, layer: readonly LayerRow[]): Facts {
  const own = new Set(layerTargets(entry).map(({ body, aoo }) => `${body}/${aoo}`));
  const rows = layer.filter(({ body, aoo }) => own.has(`${body}/${aoo}`));
  const isBody = entry.kind === 'body';
  const facts: Partial<Record<LayerField, Fact>> = {};
  for (const field of LAYER_FIELDS) {
    const said = rows.filter((row) => row.field === field);
    const fact =
      latest(said.filter(({ aoo }) => (aoo === '') === isBody)) ??
      (isBody || entry.kind !== 'aoo' || !INHERITED.has(field) ? null : latest(said.filter(({ aoo }) => aoo === ''))) ??
      base(entry, field);
    if (fact !== null) facts[field] = fact;
  }
  return isBody ? facts : endingWithBody(entry, facts, rows);
}

/** `bodyEnded`: the day on which the index saw its body end. */
type BodilyEntry = EntryVersion & { readonly bodyEnded?: string | null };

/** Whichever ended first counts; who goes on for the body goes on for what belonged to it, unless another is named. */
function endingWithBody(entry: BodilyEntry, facts: Facts, rows: readonly LayerRow[]): Facts {
  const ofBody = (field: LayerField): Fact | null =>
    latest(rows.filter((row) => row.field === field && row.aoo === '' && entry.body !== ''));
  const { bodyEnded = null, source, fromBasis } = entry;
  const indexed = { value: bodyEnded ?? '', source, since: entry.validFrom, sinceBasis: fromBasis, ...UNLAYERED };
  const end = ofBody('ceased') ?? (bodyEnded === null ? null : indexed);
  const own = facts.ceased;
  const ceased = end !== null && (own === undefined || end.value < own.value) ? end : own;
  if (ceased === undefined) return facts;
  const successor = facts.successor ?? (end === null ? null : ofBody('successor'));
  return { ...facts, ceased, ...(successor !== null && { successor }) };
}

/** Whether it has ended by that day: a day to come is not yet its end. */
export const hasEnded = ({ ceased }: Facts, day: string): boolean =>
  typeof ceased?.value === 'string' && ceased.value <= day;

const UNLAYERED = { author: null, reason: null, layerId: null } as const;

function latest(rows: readonly LayerRow[]): Fact | null {
  const last = rows.at(-1);
  if (last === undefined || last.value === null) return null;
  const { value, source, author, reason, layerId, validFrom } = last;
  return { value, source, since: validFrom, sinceBasis: 'declared', author, reason, layerId };
}

function base(entry: EntryVersion, field: LayerField): Fact | null {
  const value = said(entry, field);
  if (value === null) return null;
  const { source, validFrom, fromBasis } = entry;
  return { value, source, since: validFrom, sinceBasis: fromBasis, ...UNLAYERED };
}

function said(entry: EntryVersion, field: LayerField): string | null {
  switch (field) {
    case 'name':
      return entry.name;
    case 'mailbox':
      return mailboxOf(entry);
    case 'established':
      return entry.established;
    case 'ceased':
      return entry.validTo;
    case 'successor':
      return entry.successor;
    default:
      return null;
  }
}
