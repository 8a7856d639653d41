import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { EntryKind } from '../../../kernel/index-keys.ts';
import type { LookUp } from '../../../service/index/look-up.ts';
import type { IndexHistory } from '../../../service/index/ports.ts';
import { operation } from '../operation.ts';
import { send } from '../reply/problem-reply.ts';
import { closed, day, line, listOf, Type } from '../schemas.ts';
import { Detail, Found, present, presentDetail, presentVersion, Version } from './index-answers.ts';

const OPEN = { access: 'index:read', openIndex: true, tag: 'index' } as const;
const AsOf = closed({
  'as-of': Type.Optional(day({ description: "Lo stato dell'indice in questo giorno." })),
});
const One = closed({ code: line(120) });
const InBody = closed({ ipa: line(50), code: line(120) });
const Address = closed({ address: line(200) });
const Versions = closed({ items: listOf(Version, 1_000) });

const KINDS: readonly (readonly [string, EntryKind, string, string])[] = [
  ['bodies', 'body', 'getBody', "Un'amministrazione"],
  ['aoos', 'aoo', 'getAoo', "Un'AOO, per codice univoco"],
  ['offices', 'office', 'getOffice', 'Un ufficio, per codice univoco'],
  ['categories', 'category', 'getCategory', 'Una categoria di amministrazioni'],
];

/** One entry by its code, who has an address, and how an entry came to be what it is. */
export function indexEntryRoutes(
  plain: FastifyInstance,
  { lookUp, entries }: { readonly lookUp: LookUp; readonly entries: IndexHistory },
): void {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  const show = async (reply: FastifyReply, kind: EntryKind, key: string, asOf: string | undefined) => {
    const found = await lookUp.show(kind, key, asOf ?? null);
    return found === null ? send(reply, 'not-found') : presentDetail(found);
  };
  const detail = { ...OPEN, querystring: AsOf, answers: { 200: Detail } };
  for (const [path, kind, id, summary] of KINDS) {
    server.get(
      `/index/${path}/:code`,
      operation({ ...detail, id, summary, params: One }),
      async ({ params, query }, reply) => show(reply, kind, params.code, query['as-of']),
    );
  }
  server.get(
    '/index/aoos/:ipa/:code',
    operation({ ...detail, id: 'getAooOfBody', summary: "Un'AOO, per amministrazione e codice", params: InBody }),
    async ({ params, query }, reply) => show(reply, 'aoo', `${params.ipa}/${params.code}`, query['as-of']),
  );
  server.get(
    '/index/addresses/:address',
    operation({
      ...OPEN,
      id: 'findAddress',
      summary: 'A chi appartiene un indirizzo',
      params: Address,
      querystring: AsOf,
      answers: { 200: closed({ items: listOf(Found, 10_000) }) },
    }),
    async ({ params, query }) => ({
      items: (await lookUp.whose(params.address, query['as-of'] ?? null)).map(present),
    }),
  );
  const history = async (code: string) => ({ items: (await entries.history(code)).map(presentVersion) });
  server.get(
    '/index/history/:code',
    operation({
      ...OPEN,
      id: 'getHistory',
      summary: 'Tutte le versioni di una voce',
      params: One,
      answers: { 200: Versions },
    }),
    async ({ params }) => history(params.code),
  );
  server.get(
    '/index/history/:ipa/:code',
    operation({
      ...OPEN,
      id: 'getHistoryOfAoo',
      summary: "Tutte le versioni di un'AOO, per amministrazione e codice",
      params: InBody,
      answers: { 200: Versions },
    }),
    async ({ params }) => history(`${params.ipa}/${params.code}`),
  );
}
