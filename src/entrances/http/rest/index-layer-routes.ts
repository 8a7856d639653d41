import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { LAYER_FIELDS } from '../../../domain/index/model.ts';
import type { AooId } from '../../../kernel/ids.ts';
import type { Result } from '../../../kernel/result.ts';
import { decideAnnouncement, type LayerDeps, receiveAnnouncement, setLayer } from '../../../service/index/layer.ts';
import { operation } from '../operation.ts';
import { send } from '../reply/problem-reply.ts';
import { closed, code, day, int32, line, listOf, oneOf, prose, type Static, Type, uuid } from '../schemas.ts';
import { Message as MessageAnswer, presentMessage, presentRow, Row } from './index-answers.ts';
import { callOf } from './office-request.ts';

/** A change without a value withdraws what was said before. */
const Change = closed({
  field: oneOf(LAYER_FIELDS),
  value: Type.Optional(Type.Union([line(500), Type.Boolean()])),
  validFrom: day(),
  validTo: Type.Optional(day()),
});
const said = {
  body: code(),
  aoo: Type.Optional(code()),
  changes: listOf(Change, LAYER_FIELDS.length, { minItems: 1 }),
  author: prose(500),
  reason: prose(500),
};
const CHANGES = {
  body: 'c_esempio',
  aoo: 'AESEMP1',
  changes: [{ field: 'generation', value: '2013', validFrom: '2026-03-02' }],
  author: 'Ufficio di coordinamento',
  reason: "Comunicato dall'AOO.",
};
const Layer = closed(said, { examples: [CHANGES] });
const Announcement = closed(
  { messageId: uuid(), ...said },
  { examples: [{ messageId: '019c0000-0000-7000-8000-0000000000a1', ...CHANGES }] },
);
const Decision = closed(
  { state: oneOf(['accepted', 'refused']), by: prose(500), why: prose(500) },
  { examples: [{ state: 'accepted', by: 'Ufficio di coordinamento', why: "Verificato con l'AOO." }] },
);
const Asked = closed({
  state: Type.Optional(oneOf(['received', 'accepted', 'refused'])),
  limit: Type.Optional(int32(1, 500, { default: 50 })),
});
const One = closed({ messageId: uuid() });
const Rows = closed({ items: listOf(Row, 10_000) });

const reads = { access: 'index:read', tag: 'index' } as const;
const announces = { access: 'index:write', tag: 'index' } as const;
// What the region says is the node's own word; an office announces, and only of itself.
const decides = { access: 'node:admin', tag: 'index' } as const;
const problems = ['index-layer-target', 'index-layer-value'] as const;

/** The region's layer, and the messages by which AOOs announce changes to it. Never public. */
export function indexLayerRoutes(plain: FastifyInstance, deps: LayerDeps): void {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  server.post(
    '/index/layer',
    operation({
      ...decides,
      id: 'setLayer',
      summary: "Aggiunge o corregge dati dell'indice per la regione",
      body: Layer,
      command: true,
      answers: { 200: Rows },
      problems,
    }),
    async (request, reply) =>
      answer(reply, await setLayer(full(request.body), deps, callOf(request)), (rows) => ({
        items: rows.map(presentRow),
      })),
  );
  server.get(
    '/index/layer/:body',
    operation({
      ...reads,
      id: 'listLayer',
      summary: "Tutto ciò che la regione ha indicato per un'amministrazione",
      params: closed({ body: code() }),
      answers: { 200: Rows },
    }),
    async ({ params }) => ({ items: (await deps.layer.historyOf(params.body)).map(presentRow) }),
  );
  announcements(plain, deps);
}

function announcements(plain: FastifyInstance, deps: LayerDeps): void {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  server.post(
    '/index/messages',
    operation({
      ...announces,
      id: 'announceChange',
      summary: 'Annuncia al nodo una modifica dei propri dati',
      description:
        'Lo stesso annuncio ripetuto vale una volta sola, anche senza Idempotency-Key: lo identifica il suo «messageId».',
      body: Announcement,
      command: 'optional',
      answers: { 200: MessageAnswer, 201: MessageAnswer },
      problems: [...problems, 'index-message-conflict', 'forbidden-office'],
    }),
    async (request, reply) => {
      const { body } = request;
      if (!isOwn(request.client?.aoo ?? null, body)) return send(reply, 'forbidden-office') as undefined;
      const received = await receiveAnnouncement({ messageId: body.messageId, ...full(body) }, deps, callOf(request));
      return answer(reply, received, ({ message, repeated }) => {
        if (!repeated) reply.code(201);
        return presentMessage(message);
      });
    },
  );
  server.get(
    '/index/messages',
    operation({
      ...reads,
      id: 'listAnnouncements',
      summary: 'Gli annunci ricevuti, dal più recente',
      querystring: Asked,
      answers: { 200: closed({ items: listOf(MessageAnswer, 500) }) },
    }),
    async ({ query }) => ({
      items: (await deps.layer.messages(query.state ?? null, query.limit ?? 50)).map(presentMessage),
    }),
  );
  server.get(
    '/index/messages/:messageId',
    operation({
      ...reads,
      id: 'getAnnouncement',
      summary: 'Un annuncio',
      params: One,
      answers: { 200: MessageAnswer },
    }),
    async ({ params }, reply) => {
      const found = await deps.layer.message(params.messageId);
      return found === null ? send(reply, 'not-found') : presentMessage(found);
    },
  );
  server.post(
    '/index/messages/:messageId/decision',
    operation({
      ...decides,
      id: 'decideAnnouncement',
      summary: 'Accoglie o respinge un annuncio',
      params: One,
      description:
        'Si decide una volta sola: ripetere la stessa decisione non cambia nulla, una decisione diversa è rifiutata.',
      body: Decision,
      command: 'optional',
      answers: { 200: MessageAnswer },
      problems: [...problems, 'index-message-conflict'],
    }),
    async (request, reply) => {
      const { params, body } = request;
      return answer(reply, await decideAnnouncement(params.messageId, body, deps, callOf(request)), presentMessage);
    },
  );
}

type Said = Static<typeof Layer>;

/** Whether a caller speaks of itself or of its body; null: the node's administrator, who speaks for everybody. */
function isOwn(caller: AooId | null, { body, aoo }: Said): boolean {
  const [administration, code] = caller?.toLowerCase().split('/') ?? [];
  return caller === null || (body.toLowerCase() === administration && (aoo ?? code)?.toLowerCase() === code);
}

const full = ({ aoo = '', changes, ...rest }: Said) => ({
  ...rest,
  aoo,
  changes: changes.map(({ value = null, validTo = null, ...change }) => ({ ...change, value, validTo })),
});

function answer<T>(reply: FastifyReply, result: Result<T>, show: (value: T) => unknown): unknown {
  return result.ok ? show(result.value) : send(reply, result.problem.code, '', result.problem.message);
}
