/**
 * What is true of an entry, field by field, and who says so: what the region adds or overrides, else the national index.
 * For an AOO its own row of the region counts first, then for some fields its body's. Where the region withdraws a value,
 * the national index shows again.
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
export function factsOf(entry: EntryVersion, layer: readonly LayerRow[]): Facts {
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
  return facts;
}

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
  return { value, source, since: validFrom, sinceBasis: fromBasis, author: null, reason: null, layerId: null };
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
