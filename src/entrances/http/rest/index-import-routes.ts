import { Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { LAYOUT_NAMES } from '../../../formats/ipa/read-index.ts';
import { type ImportDeps, importIndex } from '../../../service/index/import-index.ts';
import { send } from '../problem-reply.ts';

/** The largest data set of the national index is 60 MB as JSON; the rest is room to grow. */
const MOST_BYTES = 256 * 1024 * 1024;

const Query = Type.Object(
  {
    layout: Type.Optional(Type.Union(LAYOUT_NAMES.map((name) => Type.Literal(name)))),
    date: Type.Optional(Type.String({ format: 'date', maxLength: 10 })),
    source: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,32}$', maxLength: 32 })),
    partial: Type.Optional(Type.Boolean({ default: false })),
  },
  { additionalProperties: false },
);

/**
 * `POST …/index/imports` with a file of the national index as its body, of any type: it is read as it comes, recognised
 * by its content and imported whole or not at all. Never public. The answer is the report, also of a file that was refused.
 */
export async function indexImportRoutes(plain: FastifyInstance, deps: ImportDeps): Promise<void> {
  plain.removeAllContentTypeParsers();
  plain.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  server.post(
    '/index/imports',
    { config: { access: 'node:admin' }, schema: { querystring: Query } },
    async ({ query, body }, reply) => {
      if (body === undefined || body === null)
        return send(reply, 'bad-request', 'serve un file nel corpo della richiesta');
      const result = await importIndex(
        {
          origin: 'API',
          bytes: bounded(body as AsyncIterable<Uint8Array>),
          layout: query.layout ?? null,
          asOf: query.date ?? null,
          partial: query.partial ?? false,
          ...(query.source !== undefined && { source: query.source }),
        },
        deps,
      );
      if (!result.ok) return send(reply, result.problem.code);
      return reply.code(result.value.outcome === 'refused' ? 422 : 201).send(result.value);
    },
  );
}

async function* bounded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const piece of bytes) {
    size += piece.byteLength;
    if (size > MOST_BYTES) throw Object.assign(new Error(`more than ${MOST_BYTES} bytes`), { statusCode: 413 });
    yield piece;
  }
}
