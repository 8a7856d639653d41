/** Searching the index, resolving a recipient, and the feed of changes. */
import { Type } from '@fastify/type-provider-typebox';
import { BULK_KEYS, type LookUp } from '../../../service/index/look-up.ts';
import type { IndexHistory, IndexLayer } from '../../../service/index/ports.ts';
import type { RecipientRequest, Resolution } from '../../../service/index/resolve-recipient.ts';
import { type ApiServer, operation } from '../operation.ts';
import { listQuery, pageOf, presentPage } from '../paging.ts';
import { closed, day, int32, int64, line, listOf, named, oneOf } from '../schemas.ts';
import { withoutNulls } from '../without-nulls.ts';
import { FoundEntryAnswer, IndexChange, presentEntry, ResolutionAnswer, SuggestionAnswer } from './index-answers.ts';

export interface IndexReading {
  readonly lookUp: LookUp;
  readonly entries: IndexHistory;
  readonly layer: Pick<IndexLayer, 'feed'>;
  resolve(request: RecipientRequest): Promise<Resolution>;
}

/** Public where the configuration says so. */
const reads = { access: 'index:read', openIndex: true, tag: 'index' } as const;

export function indexReadRoutes(server: ApiServer, reading: IndexReading): void {
  searchRoute(server, reading);
  suggestionRoute(server, reading);
  bulkRoute(server, reading);
  recipientRoute(server, reading);
  changesRoute(server, reading);
}

const word = (maxLength: number) => Type.Optional(line(maxLength));
const Kinds = Type.Optional(listOf(oneOf(['body', 'aoo', 'office'], { title: 'SearchedKind' }), 3, { minItems: 1 }));
const SearchQuery = listQuery(
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

function searchRoute(server: ApiServer, { lookUp }: IndexReading): void {
  server.get(
    '/index/entries',
    operation({
      ...reads,
      id: 'findEntries',
      summary: 'Cerca amministrazioni, AOO e uffici',
      querystring: SearchQuery,
      // More than a page: entries with exactly the key that was asked for come first, all of them.
      answers: { 200: pageOf('IndexEntryPage', FoundEntryAnswer, 1_000) },
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
      return presentPage(found, limit, presentEntry);
    },
  );
}

/** From the names of the API to those of the criteria, for those that were given. */
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

function suggestionRoute(server: ApiServer, { lookUp }: IndexReading): void {
  server.get(
    '/index/suggestions',
    operation({
      ...reads,
      id: 'suggestEntries',
      summary: 'Suggerimenti di nomi mentre si scrive',
      querystring: closed({
        text: line(200),
        kind: Kinds,
        limit: Type.Optional(int32(1, 20, { default: 8 })),
      }),
      answers: { 200: named('IndexSuggestionList', { items: listOf(SuggestionAnswer, 20) }) },
    }),
    async ({ query }) => {
      const found = await lookUp.suggest(query.text, query.kind ?? ['body', 'aoo'], query.limit ?? 8);
      return { items: found.map(withoutNulls) };
    },
  );
}

function bulkRoute(server: ApiServer, { lookUp }: IndexReading): void {
  server.post(
    '/index/look-ups',
    operation({
      ...reads,
      id: 'lookUpEntries',
      summary: 'Cerca fino a mille codici o indirizzi in una volta',
      body: named(
        'LookUp',
        { keys: listOf(line(254), BULK_KEYS, { minItems: 1 }), asOf: Type.Optional(day()) },
        { examples: [{ keys: ['c_esempio', 'protocollo@pec.provaria.example.it'] }] },
      ),
      bodyLimit: 512 * 1024,
      answers: {
        200: named('LookUpResult', {
          items: listOf(closed({ key: line(254), items: listOf(FoundEntryAnswer, 10_000) }), BULK_KEYS),
        }),
      },
    }),
    async ({ body }) => ({
      items: (await lookUp.bulk(body.keys, body.asOf ?? null)).map(({ key, items }) => ({
        key,
        items: items.map(presentEntry),
      })),
    }),
  );
}

function recipientRoute(server: ApiServer, { resolve }: IndexReading): void {
  server.get(
    '/index/recipients',
    operation({
      ...reads,
      id: 'resolveRecipient',
      summary: 'A chi e a quale indirizzo sarebbe inviato un messaggio',
      querystring: closed({ ipa: word(50), aoo: word(50), address: word(254), name: word(200) }),
      answers: { 200: ResolutionAnswer },
    }),
    async ({ query: { ipa = null, ...others } }) => {
      const resolution = await resolve({ body: ipa, ...others });
      return resolution.status === 'resolved'
        ? { ...resolution, recipient: withoutNulls(resolution.recipient) }
        : { ...resolution, suggestions: resolution.suggestions.map(withoutNulls) };
    },
  );
}

function changesRoute(server: ApiServer, { layer }: IndexReading): void {
  server.get(
    '/index/changes',
    operation({
      ...reads,
      id: 'listIndexChanges',
      summary: "Le modifiche accolte all'indice della regione, in ordine",
      querystring: closed({
        after: Type.Optional(int64({ default: 0 })),
        limit: Type.Optional(int32(1, 500, { default: 200 })),
      }),
      answers: { 200: named('IndexChangeList', { items: listOf(IndexChange, 500) }) },
    }),
    async ({ query }) => ({
      items: (await layer.feed(query.after ?? 0, query.limit ?? 200)).map((item) => ({
        ...item,
        at: item.at.toISOString(),
      })),
    }),
  );
}
