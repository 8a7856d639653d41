/** One entry of the index by its code, whose an address is, and the history of an entry. */
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import type { EntryKind } from '../../../kernel/index-keys.ts';
import { problem } from '../../../kernel/problems.ts';
import type { LookUp } from '../../../service/index/look-up.ts';
import type { IndexHistory } from '../../../service/index/ports.ts';
import { type ApiServer, operation } from '../operation.ts';
import { sendProblem } from '../reply/problem-reply.ts';
import { closed, day, line, listOf, named } from '../schemas.ts';
import {
  EntryDetails,
  EntryVersionAnswer,
  FoundEntryAnswer,
  presentDetail,
  presentEntry,
  presentVersion,
} from './index-answers.ts';

export interface EntryDeps {
  readonly lookUp: LookUp;
  readonly entries: IndexHistory;
}

/** Public where the configuration says so. */
const reads = { access: 'index:read', openIndex: true, tag: 'index' } as const;
const AsOf = closed({
  'as-of': Type.Optional(day({ description: "Lo stato dell'indice in questo giorno." })),
});
const ByCode = closed({ code: line(120) });
const ByBodyAndCode = closed({ ipa: line(50), code: line(120) });

const KINDS: readonly (readonly [path: string, kind: EntryKind, id: string, summary: string])[] = [
  ['bodies', 'body', 'readBody', "Un'amministrazione"],
  ['aoos', 'aoo', 'readAoo', "Un'AOO, per codice univoco"],
  ['offices', 'office', 'readOffice', 'Un ufficio, per codice univoco'],
  ['categories', 'category', 'readCategory', 'Una categoria di amministrazioni'],
];

export function indexEntryRoutes(server: ApiServer, deps: EntryDeps): void {
  entryRoutes(server, deps);
  addressRoute(server, deps);
  historyRoutes(server, deps);
}

function entryRoutes(server: ApiServer, { lookUp }: EntryDeps): void {
  const show = async (reply: FastifyReply, kind: EntryKind, key: string, asOf: string | undefined) => {
    const found = await lookUp.show(kind, key, asOf ?? null);
    return found === null ? sendProblem(reply, problem('not-found')) : presentDetail(found);
  };
  const detail = { ...reads, querystring: AsOf, answers: { 200: EntryDetails } } as const;
  for (const [path, kind, id, summary] of KINDS) {
    server.get(
      `/index/${path}/:code`,
      operation({ ...detail, id, summary, params: ByCode }),
      async ({ params, query }, reply) => show(reply, kind, params.code, query['as-of']),
    );
  }
  server.get(
    '/index/aoos/:ipa/:code',
    operation({
      ...detail,
      id: 'readAooOfBody',
      summary: "Un'AOO, per amministrazione e codice",
      params: ByBodyAndCode,
    }),
    async ({ params, query }, reply) => show(reply, 'aoo', `${params.ipa}/${params.code}`, query['as-of']),
  );
}

function addressRoute(server: ApiServer, { lookUp }: EntryDeps): void {
  server.get(
    '/index/addresses/:address',
    operation({
      ...reads,
      id: 'findAddress',
      summary: 'A chi appartiene un indirizzo',
      params: closed({ address: line(200) }),
      querystring: AsOf,
      answers: { 200: named('AddressHolders', { items: listOf(FoundEntryAnswer, 10_000) }) },
    }),
    async ({ params, query }) => ({
      items: (await lookUp.whose(params.address, query['as-of'] ?? null)).map(presentEntry),
    }),
  );
}

function historyRoutes(server: ApiServer, { entries }: EntryDeps): void {
  const history = async (code: string) => ({ items: (await entries.history(code)).map(presentVersion) });
  const versions = {
    ...reads,
    answers: { 200: named('IndexEntryHistory', { items: listOf(EntryVersionAnswer, 1_000) }) },
  } as const;
  server.get(
    '/index/history/:code',
    operation({ ...versions, id: 'readHistory', summary: 'Tutte le versioni di una voce', params: ByCode }),
    async ({ params }) => history(params.code),
  );
  server.get(
    '/index/history/:ipa/:code',
    operation({
      ...versions,
      id: 'readHistoryOfAoo',
      summary: "Tutte le versioni di un'AOO, per amministrazione e codice",
      params: ByBodyAndCode,
    }),
    async ({ params }) => history(`${params.ipa}/${params.code}`),
  );
}
