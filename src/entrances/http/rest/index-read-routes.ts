import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { BULK_KEYS, type LookUp } from '../../../service/index/look-up.ts';
import type { IndexHistory, IndexLayer } from '../../../service/index/ports.ts';
import type { RecipientRequest, Resolution } from '../../../service/index/resolve-recipient.ts';
import { operation } from '../operation.ts';
import { listQuery, present as page, pageOf } from '../paging.ts';
import { closed, day, int32, int64, line, listOf, oneOf, Type } from '../schemas.ts';
import { Change, Found, known, present, Resolved, Suggested } from './index-answers.ts';
import { indexEntryRoutes } from './index-entry-routes.ts';

export interface IndexReading {
  readonly lookUp: LookUp;
  readonly entries: IndexHistory;
  readonly layer: Pick<IndexLayer, 'feed'>;
  resolve(request: RecipientRequest): Promise<Resolution>;
}

/** Public where the configuration says so. */
const OPEN = { access: 'index:read', openIndex: true, tag: 'index' } as const;
const word = (maxLength: number) => Type.Optional(line(maxLength));
const Kinds = Type.Optional(listOf(oneOf(['body', 'aoo', 'office']), 3, { minItems: 1 }));

const FindQuery = listQuery(
  {
    text: word(200),
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
    'as-of': Type.Optional(day()),
  },
  { most: 100, usual: 20 },
);
const Suggest = closed({
  text: line(200),
  kind: Kinds,
  limit: Type.Optional(int32(1, 20, { default: 8 })),
});
const Bulk = closed(
  { keys: listOf(line(254), BULK_KEYS, { minItems: 1 }), asOf: Type.Optional(day()) },
  { examples: [{ keys: ['c_esempio', 'protocollo@pec.provaria.example.it'] }] },
);
const Recipient = closed({ ipa: word(50), aoo: word(50), address: word(254), name: word(200) });
const After = closed({
  after: Type.Optional(int64({ default: 0 })),
  limit: Type.Optional(int32(1, 500, { default: 200 })),
});

/** Looking up bodies, AOOs and offices; public where the configuration says so. */
export function indexReadRoutes(plain: FastifyInstance, reading: IndexReading): void {
  indexEntryRoutes(plain, reading);
  const { lookUp, layer, resolve } = reading;
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  server.get(
    '/index/entries',
    operation({
      ...OPEN,
      id: 'findEntries',
      summary: 'Cerca amministrazioni, AOO e uffici',
      querystring: FindQuery,
      // What is found by its exact key comes first, however many there are.
      answers: { 200: pageOf(Found, 1_000) },
    }),
    async ({ query }) => {
      const limit = query.limit ?? 20;
      const found = await lookUp.find({
        ...toCriteria(query),
        kinds: query.kind ?? null,
        day: query['as-of'] ?? null,
        text: query.text ?? null,
        ceased: query.ceased ?? false,
        cursor: query.cursor ?? null,
        limit,
      });
      return page(found, limit, present);
    },
  );
  server.get(
    '/index/suggestions',
    operation({
      ...OPEN,
      id: 'suggestEntries',
      summary: 'Suggerimenti di nomi mentre si scrive',
      querystring: Suggest,
      answers: { 200: closed({ items: listOf(Suggested, 20) }) },
    }),
    async ({ query }) => {
      const found = await lookUp.suggest(query.text, query.kind ?? ['body', 'aoo'], query.limit ?? 8);
      return { items: found.map(known) };
    },
  );
  server.post(
    '/index/look-ups',
    operation({
      ...OPEN,
      id: 'lookUpEntries',
      summary: 'Cerca fino a mille codici o indirizzi in una volta',
      body: Bulk,
      bodyLimit: 512 * 1024,
      answers: { 200: closed({ items: listOf(closed({ key: line(254), items: listOf(Found, 10_000) }), BULK_KEYS) }) },
    }),
    async ({ body }) => ({
      items: (await lookUp.bulk(body.keys, body.asOf ?? null)).map(({ key, items }) => ({
        key,
        items: items.map(present),
      })),
    }),
  );
  server.get(
    '/index/recipients',
    operation({
      ...OPEN,
      id: 'resolveRecipient',
      summary: 'A chi e a quale indirizzo sarebbe inviato un messaggio',
      querystring: Recipient,
      answers: { 200: Resolved },
    }),
    async ({ query: { ipa = null, ...others } }) => {
      const resolution = await resolve({ body: ipa, ...others });
      return resolution.status === 'resolved'
        ? { ...resolution, recipient: known(resolution.recipient) }
        : { ...resolution, suggestions: resolution.suggestions.map(known) };
    },
  );
  server.get(
    '/index/changes',
    operation({
      ...OPEN,
      id: 'listIndexChanges',
      summary: "Le modifiche accolte all'indice della regione, in ordine",
      querystring: After,
      answers: { 200: closed({ items: listOf(Change, 500) }) },
    }),
    async ({ query }) => ({
      items: (await layer.feed(query.after ?? 0, query.limit ?? 200)).map((item) => ({
        ...item,
        at: item.at.toISOString(),
      })),
    }),
  );
}

/** From the names of the API to those of the criteria, those that were given. */
function toCriteria(query: Readonly<Record<string, unknown>>): Record<string, string> {
  const names = {
    ipa: 'body',
    code: 'code',
    'uni-code': 'uniCode',
    'tax-code': 'taxCode',
    address: 'address',
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
