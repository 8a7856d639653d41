import { Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { AooId } from '../../../kernel/ids.ts';
import type { Asked, Page, Views } from '../../../service/views.ts';
import { send } from '../problem-reply.ts';

const Query = Type.Object(
  {
    aoo: Type.Optional(Type.String({ maxLength: 33, pattern: '^[A-Za-z0-9._-]{1,16}/[A-Za-z0-9._-]{1,16}$' })),
    cursor: Type.Optional(Type.String({ maxLength: 250, pattern: '^[0-9A-Za-z_-]+$' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 50 })),
  },
  { additionalProperties: false },
);

const One = Type.Object({ '*': Type.String({ maxLength: 120, pattern: '^[0-9A-Za-z._/-]+$' }) });

/** Read-only lists of messages, registrations and exchanges, newest first, and one of each. */
export function readRoutes(plain: FastifyInstance, views: Views): void {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  const kinds: readonly [string, (asked: Asked) => Promise<Page<unknown>>, (id: string) => Promise<unknown>][] = [
    ['messages', views.messages, views.message],
    ['registrations', views.registrations, views.registration],
    ['exchanges', views.exchanges, views.exchange],
  ];
  for (const [name, list, one] of kinds) {
    server.get(
      `/${name}`,
      { config: { access: 'register:read' }, schema: { querystring: Query } },
      async ({ query }) => {
        const { items, cursor } = await list({
          aoo: (query.aoo as AooId | undefined) ?? null,
          cursor: query.cursor ?? null,
          limit: query.limit ?? 50,
        });
        return { items, limit: query.limit ?? 50, ...(cursor !== null && { cursor }) };
      },
    );
    server.get(
      `/${name}/*`,
      { config: { access: 'register:read' }, schema: { params: One } },
      async (request, reply) => {
        const found = await one(request.params['*']);
        return found ?? send(reply, 'not-found');
      },
    );
  }
}
