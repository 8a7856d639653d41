/** Entries of the index as the API shows them: what is not known is left out. */
import { Type } from '@fastify/type-provider-typebox';
import type { EntryVersion, LayerRow, Observation, UpdateMessage } from '../../../domain/index/model.ts';
import type { EntryDetail, FoundEntry } from '../../../service/index/look-up.ts';

const text = (maxLength: number) => Type.Optional(Type.String({ maxLength }));
const date = Type.Optional(Type.String({ format: 'date', maxLength: 10 }));
const time = Type.Optional(Type.String({ format: 'date-time', maxLength: 30 }));
const closed = { additionalProperties: false } as const;

const Fact = Type.Object(
  {
    value: Type.Union([Type.String({ maxLength: 2000 }), Type.Boolean()]),
    source: text(100),
    since: date,
    sinceBasis: text(10),
    author: text(500),
    reason: text(500),
  },
  closed,
);
const Mail = Type.Object({ address: text(320), kind: text(10) }, closed);
const facts = {
  kind: text(10),
  key: text(400),
  ipa: text(50),
  code: text(400),
  uniCode: text(50),
  parent: text(50),
  name: text(2000),
  bodyName: text(2000),
  taxCode: text(50),
  category: text(50),
  type: text(500),
  istat: text(20),
  cadastral: text(20),
  municipality: text(500),
  province: text(10),
  region: text(200),
  postalCode: text(20),
  street: text(2000),
  phone: text(500),
  fax: text(500),
  site: text(2000),
  mails: Type.Optional(Type.Array(Mail, { maxItems: 20 })),
  established: date,
  updated: date,
  more: Type.Optional(Type.Record(Type.String({ maxLength: 200 }), Type.String({ maxLength: 10_000 }))),
  version: Type.Optional(Type.Integer({ format: 'int64' })),
  source: text(100),
  validFrom: date,
  fromBasis: text(10),
  validTo: date,
  toBasis: text(10),
  successor: text(400),
};
export const Version = Type.Object(facts, closed);
export const Found = Type.Object(
  {
    ...facts,
    score: Type.Optional(Type.Number({ format: 'double', minimum: 0, maximum: 1 })),
    effective: Type.Optional(Type.Record(Type.String({ maxLength: 64 }), Fact)),
  },
  closed,
);
const Seen = Type.Object(
  {
    what: text(64),
    times: Type.Optional(Type.Integer({ format: 'int64' })),
    firstAt: time,
    lastAt: time,
  },
  closed,
);
export const Detail = Type.Object(
  {
    ...Found.properties,
    observed: Type.Optional(Type.Array(Seen, { maxItems: 1000 })),
    successorEntry: Type.Optional(Version),
  },
  closed,
);

export type Known<T> = { [K in keyof T]?: Exclude<T[K], null> };
/** Nulls left out, one level deep. */
export const known = <T extends object>(value: T): Known<T> =>
  Object.fromEntries(Object.entries(value).filter(([, fact]) => fact !== null)) as Known<T>;

export function presentVersion(held: EntryVersion & { readonly layered?: boolean; readonly observed?: boolean }) {
  const { body, importId, closedBy, previous, layered, observed, ...entry } = held;
  return { ...known(entry), ...(body !== '' && { ipa: body }) } as Type.Static<typeof Version>;
}

export function present({ entry, facts: effective, score }: FoundEntry) {
  return {
    ...presentVersion(entry),
    ...(score !== null && { score: Math.round(score * 1000) / 1000 }),
    effective: Object.fromEntries(Object.entries(effective).map(([field, fact]) => [field, known(fact)])),
  } as Type.Static<typeof Found>;
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
