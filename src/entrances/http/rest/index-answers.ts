/** Entries of the index as the API shows them: what is not known is left out. */
import {
  type EntryVersion,
  LAYER_FIELDS,
  type LayerRow,
  type Observation,
  type UpdateMessage,
} from '../../../domain/index/model.ts';
import type { EntryDetail, FoundEntry } from '../../../service/index/look-up.ts';
import { anything, closed, day, held, int64, listOf, oneOf, type Static, Type, time, uuid } from '../schemas.ts';

export const KINDS = ['body', 'aoo', 'office', 'pec', 'category'] as const;
const BASES = ['observed', 'declared'] as const;
const maybe = (maxLength: number) => Type.Optional(held(maxLength));
const Value = Type.Union([held(2_000), Type.Boolean()]);

const Fact = closed({
  value: Value,
  source: maybe(100),
  since: Type.Optional(day()),
  sinceBasis: Type.Optional(oneOf(BASES)),
  author: maybe(500),
  reason: maybe(500),
  layerId: Type.Optional(uuid()),
});
const facts = {
  kind: oneOf(KINDS),
  key: held(400),
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
  mails: Type.Optional(listOf(closed({ address: held(320), kind: maybe(10) }), 50)),
  established: Type.Optional(day()),
  updated: Type.Optional(day()),
  more: Type.Optional(
    Type.Unsafe<Record<string, string>>({
      type: 'object',
      description: 'Le altre colonne della riga, per nome.',
      maxProperties: 200,
      additionalProperties: held(10_000),
    }),
  ),
  version: Type.Optional(int64()),
  source: maybe(100),
  validFrom: Type.Optional(day()),
  fromBasis: Type.Optional(oneOf(BASES)),
  validTo: Type.Optional(day()),
  toBasis: Type.Optional(oneOf(BASES)),
  successor: maybe(400),
};
export const Version = closed(facts);
export const Found = closed({
  ...facts,
  score: Type.Optional(Type.Number({ format: 'double', minimum: 0, maximum: 1 })),
  effective: Type.Optional(closed(Object.fromEntries(LAYER_FIELDS.map((field) => [field, Type.Optional(Fact)])))),
});
const Seen = closed({
  what: maybe(64),
  times: Type.Optional(int64()),
  firstAt: Type.Optional(time()),
  lastAt: Type.Optional(time()),
});
export const Detail = closed({
  ...Found.properties,
  observed: Type.Optional(listOf(Seen, 1_000)),
  successorEntry: Type.Optional(Version),
});
export const Suggested = closed({
  kind: oneOf(KINDS),
  key: held(400),
  name: held(2_000),
  bodyName: maybe(2_000),
  municipality: maybe(2_000),
  province: maybe(400),
});
const change = {
  field: oneOf(LAYER_FIELDS),
  value: Type.Optional(Value),
  validFrom: Type.Optional(day()),
  validTo: Type.Optional(day()),
};
export const Row = closed({
  layerId: uuid(),
  body: held(16),
  aoo: held(16),
  ...change,
  source: held(100),
  author: held(500),
  reason: held(500),
  recordedAt: time(),
  messageId: Type.Optional(uuid()),
});
export const Message = closed({
  messageId: uuid(),
  node: held(100),
  body: held(16),
  aoo: held(16),
  changes: listOf(closed(change), 100),
  author: held(500),
  reason: held(500),
  receivedAt: time(),
  state: oneOf(['received', 'accepted', 'refused']),
  decidedAt: Type.Optional(time()),
  decidedBy: maybe(500),
  decision: maybe(500),
});
export const Change = closed({
  seq: int64(),
  at: time(),
  messageId: uuid(),
  content: anything({ description: "L'annuncio come l'ha scritto il nodo." }),
});
export const Resolved = closed({
  status: oneOf(['resolved', 'ambiguous', 'unknown', 'ceased', 'unreachable']),
  recipient: Type.Optional(
    closed({
      administration: held(400),
      administrationName: held(2_000),
      taxCode: maybe(400),
      aoo: maybe(400),
      uniCode: maybe(400),
      aooName: maybe(2_000),
      address: held(320),
      endpoint: maybe(2_000),
      generation: maybe(2_000),
      carrier: maybe(2_000),
      network: maybe(2_000),
      resolvedAt: time(),
      sources: closed({
        versions: listOf(closed({ kind: oneOf(KINDS), key: held(400), version: int64(), importId: int64() }), 100),
        layer: listOf(held(100), 1_000),
      }),
    }),
  ),
  observed: Type.Optional(listOf(held(64), 1_000)),
  problem: Type.Optional(closed({ code: held(64), at: held(500), message: held(2_000) })),
  suggestions: Type.Optional(listOf(Suggested, 100)),
});

export type Known<T> = { [K in keyof T]?: Exclude<T[K], null> };
/** Nulls left out, one level deep. */
export function known<T extends object>(value: T): Known<T> {
  const shown: Partial<T> = {};
  for (const name in value) if (value[name] !== null) shown[name] = value[name];
  return shown as Known<T>;
}

export function presentVersion(held: EntryVersion & { readonly layered?: boolean; readonly observed?: boolean }) {
  const { body, importId, closedBy, previous, layered, observed, ...entry } = held;
  return { ...known(entry), ...(body !== '' && { ipa: body }) } as Static<typeof Version>;
}

export function present({ entry, facts: effective, score }: FoundEntry) {
  return {
    ...presentVersion(entry),
    ...(score !== null && { score: Math.round(score * 1000) / 1000 }),
    effective: Object.fromEntries(Object.entries(effective).map(([field, fact]) => [field, known(fact)])),
  } as Static<typeof Found>;
}

export const presentDetail = ({ observed, successor, ...found }: EntryDetail) => ({
  ...present(found),
  observed: observed.map(presentObservation),
  ...(successor !== null && { successorEntry: presentVersion(successor) }),
});

const presentObservation = ({ what, times, firstAt, lastAt }: Observation) => ({
  what,
  times,
  firstAt: firstAt.toISOString(),
  lastAt: lastAt.toISOString(),
});

/** A withdrawal is shown without a value. */
export const presentRow = ({ recordedAt, ...row }: LayerRow) => ({
  ...known(row),
  recordedAt: recordedAt.toISOString(),
});

export const presentMessage = ({ receivedAt, decidedAt, changes, ...message }: UpdateMessage) => ({
  ...known(message),
  changes: changes.map(known),
  receivedAt: receivedAt.toISOString(),
  ...(decidedAt !== null && { decidedAt: decidedAt.toISOString() }),
});
