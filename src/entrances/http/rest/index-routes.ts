import { Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { EntryKind } from '../../../domain/index/model.ts';
import { BULK_KEYS, type LookUp } from '../../../service/index/look-up.ts';
import type { IndexHistory, IndexLayer } from '../../../service/index/ports.ts';
import type { RecipientRequest, Resolution } from '../../../service/index/resolve-recipient.ts';
import { send } from '../problem-reply.ts';
import { Detail, Found, known, present, presentDetail, presentVersion, Version } from './index-present.ts';

export interface IndexReading {
  readonly lookUp: LookUp;
  readonly entries: IndexHistory;
  readonly layer: Pick<IndexLayer, 'feed'>;
  resolve(request: RecipientRequest): Promise<Resolution>;
}

const OPEN = { access: 'index:read', openIndex: true } as const;
const closed = { additionalProperties: false } as const;
const word = (maxLength: number) =>
  Type.Optional(Type.String({ minLength: 1, maxLength, pattern: '^[^\\u0000-\\u001f]+$' }));
const Day = Type.Optional(Type.String({ format: 'date', maxLength: 10 }));
const Kind = Type.Union([Type.Literal('body'), Type.Literal('aoo'), Type.Literal('office')]);
const Kinds = Type.Optional(Type.Array(Kind, { maxItems: 3, minItems: 1 }));
const Text = Type.String({ minLength: 1, maxLength: 200 });
const limit = (maximum: number, standard: number) =>
  Type.Optional(Type.Integer({ format: 'int32', minimum: 1, maximum, default: standard }));

const FindQuery = Type.Object(
  {
    text: Type.Optional(Text),
    kind: Kinds,
    ipa: word(50),
    code: word(50),
    'uni-code': word(50),
    'tax-code': word(16),
    address: word(254),
    municipality: word(100),
    istat: word(6),
    cadastral: word(4),
    province: word(2),
    region: word(60),
    category: word(10),
    network: word(300),
    ceased: Type.Optional(Type.Boolean()),
    'as-of': Day,
    cursor: Type.Optional(Type.String({ maxLength: 50, pattern: '^[0-9A-Za-z_-]+$' })),
    limit: limit(100, 20),
  },
  closed,
);
const List = <T extends ReturnType<typeof Type.Object>>(item: T, most: number) =>
  Type.Object(
    {
      items: Type.Array(item, { maxItems: most }),
      limit: Type.Optional(Type.Integer({ format: 'int32' })),
      cursor: Type.Optional(Type.String({ maxLength: 50 })),
    },
    closed,
  );
const One = Type.Object({ '*': Type.String({ maxLength: 120, pattern: '^[^\\u0000-\\u001f]+$' }) });
const AsOf = Type.Object({ 'as-of': Day }, closed);

const KINDS: Readonly<Record<string, EntryKind>> = {
  bodies: 'body',
  aoos: 'aoo',
  offices: 'office',
  categories: 'category',
};

/** Looking up bodies, AOOs and offices; public where the configuration says so. */
export function indexReadRoutes(plain: FastifyInstance, { lookUp, entries, layer, resolve }: IndexReading): void {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  server.get(
    '/index/entries',
    { config: OPEN, schema: { querystring: FindQuery, response: { 200: List(Found, 1000) } } },
    async ({ query }) => {
      const found = await lookUp.find({
        ...toCriteria(query),
        kinds: query.kind ?? ['body', 'aoo'],
        day: query['as-of'] ?? null,
        text: query.text ?? null,
        address: query.address ?? null,
        ceased: query.ceased ?? false,
        cursor: query.cursor ?? null,
        limit: query.limit ?? 20,
      });
      return {
        items: found.items.map(present),
        limit: query.limit ?? 20,
        ...(found.cursor !== null && { cursor: found.cursor }),
      };
    },
  );
  const Suggest = Type.Object({ text: Text, kind: Kinds, limit: limit(20, 8) }, closed);
  server.get('/index/suggestions', { config: OPEN, schema: { querystring: Suggest } }, async ({ query }) => {
    const found = await lookUp.suggest(query.text, query.kind ?? ['body', 'aoo'], query.limit ?? 8);
    return { items: found.map(known) };
  });
  for (const [path, kind] of Object.entries(KINDS)) {
    server.get(
      `/index/${path}/*`,
      { config: OPEN, schema: { params: One, querystring: AsOf, response: { 200: Detail } } },
      async ({ params, query }, reply) => {
        const found = await lookUp.show(kind, params['*'], query['as-of'] ?? null);
        return found === null ? (send(reply, 'not-found') as undefined) : presentDetail(found);
      },
    );
  }
  server.get(
    '/index/addresses/*',
    { config: OPEN, schema: { params: One, querystring: AsOf, response: { 200: List(Found, 10_000) } } },
    async ({ params, query }) => ({
      items: (await lookUp.whose(params['*'], query['as-of'] ?? null)).map(present),
    }),
  );
  server.get(
    '/index/history/*',
    { config: OPEN, schema: { params: One, response: { 200: List(Version, 1000) } } },
    async ({ params }) => ({ items: (await entries.history(params['*'])).map(presentVersion) }),
  );
  const Bulk = Type.Object(
    {
      keys: Type.Array(Type.String({ minLength: 1, maxLength: 254, pattern: '^[^\\u0000-\\u001f]+$' }), {
        minItems: 1,
        maxItems: BULK_KEYS,
      }),
      asOf: Day,
    },
    closed,
  );
  server.post('/index/look-ups', { bodyLimit: 512 * 1024, config: OPEN, schema: { body: Bulk } }, async ({ body }) => ({
    items: (await lookUp.bulk(body.keys, body.asOf ?? null)).map(({ key, items }) => ({
      key,
      items: items.map(present),
    })),
  }));
  const Recipient = Type.Object({ ipa: word(50), aoo: word(50), address: word(254), name: word(200) }, closed);
  server.get('/index/recipients', { config: OPEN, schema: { querystring: Recipient } }, async ({ query }) => {
    const { ipa = null, ...others } = query;
    const resolution = await resolve({ body: ipa, ...others });
    if (resolution.status !== 'resolved') {
      return { ...resolution, suggestions: resolution.suggestions.map(known) };
    }
    return { ...resolution, recipient: known(resolution.recipient) };
  });
  const After = Type.Object(
    {
      after: Type.Optional(Type.Integer({ format: 'int64', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 })),
      limit: limit(500, 200),
    },
    closed,
  );
  server.get('/index/changes', { config: OPEN, schema: { querystring: After } }, async ({ query }) => ({
    items: (await layer.feed(query.after ?? 0, query.limit ?? 200)).map((item) => ({
      ...item,
      at: item.at.toISOString(),
    })),
  }));
}

/** From the names of the API to those of the criteria, those that were given. */
function toCriteria(query: Readonly<Record<string, unknown>>): Record<string, string> {
  const names = {
    ipa: 'body',
    code: 'code',
    'uni-code': 'uniCode',
    'tax-code': 'taxCode',
    municipality: 'municipality',
    istat: 'istat',
    cadastral: 'cadastral',
    province: 'province',
    region: 'region',
    category: 'category',
    network: 'network',
  };
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, criterion]) => {
      const value = query[name];
      return typeof value === 'string' ? [[criterion, value]] : [];
    }),
  );
}
