/** Schemas of what the index shows, and the functions that shape it: members that are not known are left out. */
import { Type } from '@fastify/type-provider-typebox';
import {
  type EntryVersion,
  LAYER_FIELDS,
  type LayerRow,
  type Observation,
  type UpdateMessage,
} from '../../../domain/index/model.ts';
import type { EntryDetail, FoundEntry } from '../../../service/index/look-up.ts';
import type { AnswerOf } from '../operation.ts';
import { anyValue, closed, day, int64, listOf, named, oneOf, storedText, timestamp, uuid } from '../schemas.ts';
import { withoutNulls } from '../without-nulls.ts';

export const ENTRY_KINDS = ['body', 'aoo', 'office', 'pec', 'category', 'municipality'] as const;
const BASES = ['observed', 'declared'] as const;
const maybe = (maxLength: number) => Type.Optional(storedText(maxLength));
export const EntryKindName = oneOf(ENTRY_KINDS, { title: 'EntryKind' });
export const LayerFieldName = oneOf(LAYER_FIELDS, { title: 'LayerField' });
export const AnnouncementState = oneOf(['received', 'accepted', 'refused'], { title: 'AnnouncementState' });
const Basis = oneOf(BASES, { title: 'DateBasis' });
const LayerValue = Type.Union([storedText(2_000), Type.Boolean()], { title: 'LayerValue' });

const LayeredFact = named('LayeredFact', {
  value: LayerValue,
  source: maybe(100),
  since: Type.Optional(day()),
  sinceBasis: Type.Optional(Basis),
  author: maybe(500),
  reason: maybe(500),
  layerId: Type.Optional(uuid()),
});
const entryMembers = {
  kind: EntryKindName,
  key: storedText(400),
  ipa: maybe(400),
  code: maybe(400),
  uniCode: maybe(400),
  parent: maybe(400),
  name: maybe(2_000),
  bodyName: maybe(2_000),
  taxCode: maybe(400),
  category: maybe(400),
  type: maybe(2_000),
  istat: maybe(400),
  cadastral: maybe(400),
  municipality: maybe(2_000),
  province: maybe(400),
  region: maybe(2_000),
  postalCode: maybe(400),
  street: maybe(2_000),
  phone: maybe(2_000),
  fax: maybe(2_000),
  site: maybe(2_000),
  mails: Type.Optional(listOf(named('IndexedAddress', { address: storedText(320), kind: maybe(10) }), 50)),
  established: Type.Optional(day()),
  updated: Type.Optional(day()),
  more: Type.Optional(
    Type.Unsafe<Record<string, string>>({
      type: 'object',
      description: 'Le altre colonne della riga, per nome.',
      maxProperties: 200,
      additionalProperties: storedText(10_000),
    }),
  ),
  version: Type.Optional(int64()),
  source: maybe(100),
  validFrom: Type.Optional(day()),
  fromBasis: Type.Optional(Basis),
  validTo: Type.Optional(day()),
  toBasis: Type.Optional(Basis),
  successor: maybe(400),
};
export const EntryVersionAnswer = named('IndexEntryVersion', entryMembers);
export const FoundEntryAnswer = named('IndexEntrySummary', {
  ...entryMembers,
  score: Type.Optional(Type.Number({ format: 'double', minimum: 0, maximum: 1 })),
  similar: Type.Optional(
    Type.Boolean({
      description: 'Trovata per somiglianza: non contiene tutte le parole cercate. Assente se le contiene.',
    }),
  ),
  successorEntry: Type.Optional(EntryVersionAnswer),
  effective: Type.Optional(
    named('EffectiveFacts', Object.fromEntries(LAYER_FIELDS.map((field) => [field, Type.Optional(LayeredFact)]))),
  ),
});
const ObservationAnswer = named('Observation', {
  what: maybe(64),
  times: Type.Optional(int64()),
  firstAt: Type.Optional(timestamp()),
  lastAt: Type.Optional(timestamp()),
});
export const EntryDetails = named('IndexEntry', {
  ...FoundEntryAnswer.properties,
  observed: Type.Optional(listOf(ObservationAnswer, 1_000)),
});
export const SuggestionAnswer = named('IndexSuggestion', {
  kind: EntryKindName,
  key: storedText(400),
  name: storedText(2_000),
  bodyName: maybe(2_000),
  municipality: maybe(2_000),
  province: maybe(400),
});
const layerChange = {
  field: LayerFieldName,
  value: Type.Optional(LayerValue),
  validFrom: Type.Optional(day()),
  validTo: Type.Optional(day()),
};
export const LayerRowAnswer = named('LayerRow', {
  layerId: uuid(),
  body: storedText(16),
  aoo: storedText(16),
  ...layerChange,
  source: storedText(100),
  author: storedText(500),
  reason: storedText(500),
  recordedAt: timestamp(),
  messageId: Type.Optional(uuid()),
});
export const AnnouncementAnswer = named('Announcement', {
  messageId: uuid(),
  node: storedText(100),
  body: storedText(16),
  aoo: storedText(16),
  changes: listOf(named('LayerChange', layerChange), 100),
  author: storedText(500),
  reason: storedText(500),
  receivedAt: timestamp(),
  state: AnnouncementState,
  decidedAt: Type.Optional(timestamp()),
  decidedBy: maybe(500),
  decision: maybe(500),
});
export const IndexChange = named('IndexChange', {
  seq: int64(),
  at: timestamp(),
  messageId: uuid(),
  content: anyValue({ description: "L'annuncio come l'ha scritto il nodo." }),
});
export const ResolutionAnswer = named('RecipientResolution', {
  status: oneOf(['resolved', 'ambiguous', 'unknown', 'ceased', 'unreachable']),
  recipient: Type.Optional(
    named('ResolvedRecipient', {
      administration: storedText(400),
      administrationName: storedText(2_000),
      taxCode: maybe(400),
      aoo: maybe(400),
      uniCode: maybe(400),
      aooName: maybe(2_000),
      address: storedText(320),
      endpoint: maybe(2_000),
      generation: maybe(2_000),
      carrier: maybe(2_000),
      network: maybe(2_000),
      resolvedAt: timestamp(),
      sources: closed({
        versions: listOf(
          closed({ kind: EntryKindName, key: storedText(400), version: int64(), importId: int64() }),
          100,
        ),
        layer: listOf(storedText(100), 1_000),
      }),
    }),
  ),
  observed: Type.Optional(listOf(storedText(64), 1_000)),
  problem: Type.Optional(closed({ code: storedText(64), at: storedText(500), message: storedText(2_000) })),
  suggestions: Type.Optional(listOf(SuggestionAnswer, 100)),
});

export function presentVersion(
  stored: EntryVersion & {
    readonly layered?: boolean;
    readonly observed?: boolean;
    readonly bodyEnded?: string | null;
  },
): AnswerOf<typeof EntryVersionAnswer> {
  const { body, importId, closedBy, previous, layered, observed, bodyEnded, ...entry } = stored;
  return { ...withoutNulls(entry), ...(body !== '' && { ipa: body }) };
}

export function presentEntry({
  entry,
  facts,
  score,
  similar,
  successor,
}: FoundEntry): AnswerOf<typeof FoundEntryAnswer> {
  return {
    ...presentVersion(entry),
    ...(score !== null && { score: Math.round(score * 1000) / 1000 }),
    ...(similar && { similar }),
    ...(successor !== null && { successorEntry: presentVersion(successor) }),
    effective: Object.fromEntries(Object.entries(facts).map(([field, fact]) => [field, withoutNulls(fact)])),
  };
}

export const presentDetail = ({ observed, ...found }: EntryDetail) => ({
  ...presentEntry(found),
  observed: observed.map(presentObservation),
});

const presentObservation = ({ what, times, firstAt, lastAt }: Observation) => ({
  what,
  times,
  firstAt: firstAt.toISOString(),
  lastAt: lastAt.toISOString(),
});

/** A row that withdraws a value is shown without one. */
export const presentLayerRow = ({ recordedAt, ...row }: LayerRow) => ({
  ...withoutNulls(row),
  recordedAt: recordedAt.toISOString(),
});

export const presentAnnouncement = ({ receivedAt, decidedAt, changes, ...message }: UpdateMessage) => ({
  ...withoutNulls(message),
  changes: changes.map(withoutNulls),
  receivedAt: receivedAt.toISOString(),
  ...(decidedAt !== null && { decidedAt: decidedAt.toISOString() }),
});
