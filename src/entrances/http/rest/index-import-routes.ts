/**
 * `POST …/index/imports` with a file of the national index as its body, of any media type. The file is read as it comes,
 * recognised by its content, and imported whole or not at all. Never public.
 */
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { LAYOUT_NAMES } from '../../../formats/ipa/read-index.ts';
import { problem } from '../../../kernel/problems.ts';
import { type ImportDeps, importIndex } from '../../../service/index/import-index.ts';
import type { Fault, ImportReport } from '../../../service/index/ports.ts';
import { commandKeyOf } from '../../../service/register/idempotent-command.ts';
import { limitedChunks } from '../body/body-chunks.ts';
import { type ApiServer, operation } from '../operation.ts';
import { ProblemError } from '../reply/problem-error.ts';
import { sendProblem } from '../reply/problem-reply.ts';
import {
  anyValue,
  closed,
  day,
  int64,
  listOf,
  matching,
  named,
  oneOf,
  sha256Hex,
  storedText,
  timestamp,
} from '../schemas.ts';
import { withoutNulls } from '../without-nulls.ts';
import { EntryKindName } from './index-answers.ts';
import { callOf } from './office-request.ts';

/** The largest data set of the national index has 60 MB as JSON; the rest is room to grow. */
const MOST_BYTES = 256 * 1024 * 1024;

const ImportQuery = closed({
  layout: Type.Optional(oneOf(LAYOUT_NAMES)),
  date: Type.Optional(day()),
  source: Type.Optional(matching('^[a-z0-9-]{1,32}$', 32)),
  partial: Type.Optional(Type.Boolean({ default: false })),
});

const BadRow = named('RefusedRow', { line: int64(), reason: storedText(2_000), code: Type.Optional(storedText(64)) });
const ChangedEntry = named('ChangedEntry', {
  change: oneOf(['added', 'changed', 'gone']),
  kind: EntryKindName,
  key: storedText(400),
  name: storedText(2_000),
  fields: listOf(
    closed({
      field: storedText(64),
      before: Type.Optional(anyValue({ description: 'Prima.' })),
      after: Type.Optional(anyValue({ description: 'Dopo.' })),
    }),
    100,
  ),
  successor: Type.Optional(storedText(400)),
});
const ImportAnswer = named('IndexImport', {
  importId: int64(),
  source: storedText(100),
  layout: storedText(32),
  origin: storedText(2_000),
  asOf: day(),
  startedAt: timestamp(),
  endedAt: timestamp(),
  outcome: oneOf(['applied', 'unchanged', 'refused']),
  rows: int64(),
  added: int64(),
  changed: int64(),
  gone: int64(),
  bad: int64(),
  sha256: Type.Optional(sha256Hex()),
  bytes: int64(),
  refusal: Type.Optional(BadRow),
  faults: listOf(BadRow, 10_000),
  changes: listOf(ChangedEntry, 10_000),
});

/** Why a whole file is refused. */
const REFUSED_FILES = [
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

export async function indexImportRoutes(server: ApiServer, deps: ImportDeps): Promise<void> {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
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
      querystring: ImportQuery,
      bodyLimit: MOST_BYTES,
      consumes: ['application/octet-stream', 'text/csv', 'application/json'],
      example:
        'Codice_categoria,Nome_categoria,Tipologia_categoria\nL6,Comuni e loro Consorzi e Associazioni,Pubbliche Amministrazioni\n',
      answers: { 201: ImportAnswer },
      problems: REFUSED_FILES,
    }),
    async (request, reply) => {
      const { query, body } = request;
      if (body === undefined || body === null)
        return sendProblem(reply, problem('bad-request', '', 'serve un file nel corpo della richiesta'));
      const tooLarge = () => new ProblemError('body-too-large', String(MOST_BYTES));
      const imported = await importIndex(
        {
          origin: 'API',
          bytes: limitedChunks(body as AsyncIterable<Uint8Array>, MOST_BYTES, tooLarge),
          layout: query.layout ?? null,
          asOf: query.date ?? null,
          partial: query.partial ?? false,
          ...(query.source !== undefined && { source: query.source }),
        },
        deps,
        commandKeyOf(callOf(request)),
      );
      if (!imported.ok) return sendProblem(reply, imported.problem);
      const { refusal, faults } = imported.value;
      if (refusal !== null) return sendRefusedFile(reply, refusal, faults);
      reply.code(201);
      return presentReport(imported.value);
    },
  );
}

/** Why the file was refused, with its first bad rows. Its report is kept like any other. */
function sendRefusedFile(
  reply: FastifyReply,
  { code = 'index-unreadable', reason }: Fault,
  faults: readonly Fault[],
): FastifyReply {
  const places = faults
    .slice(0, 100)
    .map((fault) => ({ in: 'body' as const, pointer: `line ${fault.line}`, message: fault.reason.slice(0, 500) }));
  return sendProblem(reply, { code, at: '', message: reason }, places);
}

const presentReport = ({ changes, ...report }: ImportReport) => ({
  ...withoutNulls(report),
  changes: changes.map(withoutNulls),
});
