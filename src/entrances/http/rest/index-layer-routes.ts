import { Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { LAYER_FIELDS } from '../../../domain/index/model.ts';
import type { Result } from '../../../kernel/result.ts';
import { decideAnnouncement, type LayerDeps, receiveAnnouncement, setLayer } from '../../../service/index/layer.ts';
import { send } from '../problem-reply.ts';
import { presentMessage, presentRow } from './index-present.ts';

const closed = { additionalProperties: false } as const;
const Code = Type.String({ minLength: 1, maxLength: 16, pattern: '^[A-Za-z0-9._-]+$' });
const Sentence = Type.String({ minLength: 1, maxLength: 500, pattern: '^[^\\u0000]+$' });
const Day = Type.String({ format: 'date', maxLength: 10 });
/** A change without a value withdraws what was said before. */
const Change = Type.Object(
  {
    field: Type.Union(LAYER_FIELDS.map((field) => Type.Literal(field))),
    value: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 500 }), Type.Boolean()])),
    validFrom: Day,
    validTo: Type.Optional(Day),
  },
  closed,
);
const said = {
  body: Code,
  aoo: Type.Optional(Code),
  changes: Type.Array(Change, { minItems: 1, maxItems: LAYER_FIELDS.length }),
  author: Sentence,
  reason: Sentence,
};
const Id = Type.String({ format: 'uuid', maxLength: 36 });
const Layer = Type.Object(said, closed);
const Message = Type.Object({ messageId: Id, ...said }, closed);
const Decision = Type.Object(
  { state: Type.Union([Type.Literal('accepted'), Type.Literal('refused')]), by: Sentence, why: Sentence },
  closed,
);
const State = Type.Union([Type.Literal('received'), Type.Literal('accepted'), Type.Literal('refused')]);

/** The region's layer, and the messages by which AOOs announce changes to it. Never public. */
export function indexLayerRoutes(plain: FastifyInstance, deps: LayerDeps): void {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  const full = ({ aoo = '', changes, ...rest }: Said) => ({
    ...rest,
    aoo,
    changes: changes.map(({ value = null, validTo = null, ...change }) => ({ ...change, value, validTo })),
  });
  server.post('/index/layer', { config: { access: 'index:write' }, schema: { body: Layer } }, async ({ body }, reply) =>
    answer(reply, await setLayer(full(body), deps), (rows) => ({ items: rows.map(presentRow) })),
  );
  server.get(
    '/index/layer/:body',
    { config: { access: 'index:read' }, schema: { params: Type.Object({ body: Code }) } },
    async ({ params }) => ({
      items: (await deps.layer.historyOf(params.body)).map(presentRow),
    }),
  );
  server.post(
    '/index/messages',
    { config: { access: 'index:write' }, schema: { body: Message } },
    async ({ body }, reply) => {
      const received = await receiveAnnouncement({ messageId: body.messageId, ...full(body) }, deps);
      return answer(reply, received, ({ message, repeated }) => {
        if (!repeated) reply.code(201);
        return presentMessage(message);
      });
    },
  );
  const Asked = Type.Object(
    {
      state: Type.Optional(State),
      limit: Type.Optional(Type.Integer({ format: 'int32', minimum: 1, maximum: 500, default: 50 })),
    },
    closed,
  );
  server.get(
    '/index/messages',
    { config: { access: 'index:read' }, schema: { querystring: Asked } },
    async ({ query }) => ({
      items: (await deps.layer.messages(query.state ?? null, query.limit ?? 50)).map(presentMessage),
    }),
  );
  const One = Type.Object({ messageId: Id });
  server.get(
    '/index/messages/:messageId',
    { config: { access: 'index:read' }, schema: { params: One } },
    async ({ params }, reply) => {
      const found = await deps.layer.message(params.messageId);
      return found === null ? send(reply, 'not-found') : presentMessage(found);
    },
  );
  server.post(
    '/index/messages/:messageId/decision',
    { config: { access: 'index:write' }, schema: { params: One, body: Decision } },
    async ({ params, body }, reply) =>
      answer(reply, await decideAnnouncement(params.messageId, body, deps), presentMessage),
  );
}

type Said = Type.Static<typeof Layer>;

function answer<T>(reply: FastifyReply, result: Result<T>, show: (value: T) => unknown): unknown {
  return result.ok ? show(result.value) : send(reply, result.problem.code, '', result.problem.message);
}
