import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { LAYOUT_NAMES } from '../../../formats/ipa/read-index.ts';
import { type ImportDeps, importIndex } from '../../../service/index/import-index.ts';
import type { Fault, ImportReport } from '../../../service/index/ports.ts';
import { commandKeyOf } from '../../../service/register/idempotent-command.ts';
import { operation } from '../operation.ts';
import { send } from '../reply/problem-reply.ts';
import { anything, closed, day, held, int64, listOf, matching, oneOf, sha256, Type, time } from '../schemas.ts';
import { KINDS, known } from './index-answers.ts';
import { callOf } from './office-request.ts';

/** The largest data set of the national index is 60 MB as JSON; the rest is room to grow. */
const MOST_BYTES = 256 * 1024 * 1024;

const Query = closed({
  layout: Type.Optional(oneOf(LAYOUT_NAMES)),
  date: Type.Optional(day()),
  source: Type.Optional(matching('^[a-z0-9-]{1,32}$', 32)),
  partial: Type.Optional(Type.Boolean({ default: false })),
});

const BadRow = closed({ line: int64(), reason: held(2_000), code: Type.Optional(held(64)) });
const Changed = closed({
  change: oneOf(['added', 'changed', 'gone']),
  kind: oneOf(KINDS),
  key: held(400),
  name: held(2_000),
  fields: listOf(
    closed({
      field: held(64),
      before: Type.Optional(anything({ description: 'Prima.' })),
      after: Type.Optional(anything({ description: 'Dopo.' })),
    }),
    100,
  ),
  successor: Type.Optional(held(400)),
});
const Report = closed({
  importId: int64(),
  source: held(100),
  layout: held(32),
  origin: held(2_000),
  asOf: day(),
  startedAt: time(),
  endedAt: time(),
  outcome: oneOf(['applied', 'unchanged', 'refused']),
  rows: int64(),
  added: int64(),
  changed: int64(),
  gone: int64(),
  bad: int64(),
  sha256: Type.Optional(sha256()),
  bytes: int64(),
  refusal: Type.Optional(BadRow),
  faults: listOf(BadRow, 10_000),
  changes: listOf(Changed, 10_000),
});

/** Why a file is refused whole. */
const REFUSALS = [
  'index-busy',
  'index-older',
  'index-shrunken',
  'index-too-large',
  'index-encoding',
  'index-header',
  'index-truncated',
  'index-unreadable',
  'index-empty',
] as const;

/**
 * `POST …/index/imports` with a file of the national index as its body, of any type: it is read as it comes, recognised
 * by its content and imported whole or not at all. Never public. The answer is the report; of a file that was
 * refused, why.
 */
export async function indexImportRoutes(plain: FastifyInstance, deps: ImportDeps): Promise<void> {
  plain.removeAllContentTypeParsers();
  plain.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  server.post(
    '/index/imports',
    operation({
      id: 'importIndex',
      tag: 'index',
      summary: "Importa un file dell'indice nazionale",
      description:
        'Il corpo è il file intero, di qualunque tipo: è riconosciuto dal contenuto. Con la stessa Idempotency-Key lo stesso ' +
        'file è importato una volta sola; chi ripete la richiesta a importazione in corso riceve `index-busy`.',
      command: 'optional',
      access: 'node:admin',
      querystring: Query,
      bodyLimit: MOST_BYTES,
      consumes: ['application/octet-stream', 'text/csv', 'application/json'],
      example:
        'Codice_categoria,Nome_categoria,Tipologia_categoria\nL6,Comuni e loro Consorzi e Associazioni,Pubbliche Amministrazioni\n',
      answers: { 201: Report },
      problems: REFUSALS,
    }),
    async (request, reply) => {
      const { query, body } = request;
      if (body === undefined || body === null)
        return send(reply, 'bad-request', 'serve un file nel corpo della richiesta');
      const result = await importIndex(
        {
          origin: 'API',
          bytes: bounded(body as AsyncIterable<Uint8Array>),
          layout: LAYOUT_NAMES.find((name) => name === query.layout) ?? null,
          asOf: query.date ?? null,
          partial: query.partial ?? false,
          ...(query.source !== undefined && { source: query.source }),
        },
        deps,
        commandKeyOf(callOf(request)),
      );
      if (!result.ok) return send(reply, result.problem.code, '', result.problem.message);
      if (result.value.refusal !== null) return sendRefusal(reply, result.value.refusal, result.value.faults);
      return reply.code(201).send(presentReport(result.value));
    },
  );
}

/** A file that was refused whole, with its first bad rows; the report of it is kept as of any other. */
function sendRefusal(
  reply: FastifyReply,
  { code = 'index-unreadable', reason }: Fault,
  faults: readonly Fault[],
): unknown {
  const places = faults
    .slice(0, 100)
    .map((fault) => ({ in: 'body' as const, pointer: `line ${fault.line}`, message: fault.reason.slice(0, 500) }));
  return send(reply, code, '', reason, places);
}

const presentReport = ({ changes, ...report }: ImportReport) => ({ ...known(report), changes: changes.map(known) });

async function* bounded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const piece of bytes) {
    size += piece.byteLength;
    if (size > MOST_BYTES) throw Object.assign(new Error(`more than ${MOST_BYTES} bytes`), { statusCode: 413 });
    yield piece;
  }
}
