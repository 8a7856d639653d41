/** The region's layer over the national index, and the messages by which AOOs announce changes to it. Never public. */
import { type Static, Type } from '@fastify/type-provider-typebox';
import { LAYER_FIELDS } from '../../../domain/index/model.ts';
import type { AooId } from '../../../kernel/ids.ts';
import { problem } from '../../../kernel/problems.ts';
import { decideAnnouncement, type LayerDeps, receiveAnnouncement, setLayer } from '../../../service/index/layer.ts';
import { type ApiServer, operation } from '../operation.ts';
import { sendProblem } from '../reply/problem-reply.ts';
import { closed, day, int32, ipaCode, line, listOf, named, oneOf, prose, uuid } from '../schemas.ts';
import {
  AnnouncementAnswer,
  AnnouncementState,
  LayerFieldName,
  LayerRowAnswer,
  presentAnnouncement,
  presentLayerRow,
} from './index-answers.ts';
import { callOf } from './office-request.ts';

/** A change without a value withdraws the earlier one. */
const RequestedChange = named('RequestedLayerChange', {
  field: LayerFieldName,
  value: Type.Optional(Type.Union([line(500), Type.Boolean()])),
  validFrom: day(),
  validTo: Type.Optional(day()),
});
const layerMembers = {
  body: ipaCode(),
  aoo: Type.Optional(ipaCode()),
  changes: listOf(RequestedChange, LAYER_FIELDS.length, { minItems: 1 }),
  author: prose(500),
  reason: prose(500),
};
const EXAMPLE = {
  body: 'c_esempio',
  aoo: 'AESEMP1',
  changes: [{ field: 'generation', value: '2013', validFrom: '2026-03-02' }],
  author: 'Ufficio di coordinamento',
  reason: "Comunicato dall'AOO.",
};
const LayerChanges = named('LayerRequest', layerMembers, { examples: [EXAMPLE] });
const Announcement = named(
  'NewAnnouncement',
  { messageId: uuid(), ...layerMembers },
  { examples: [{ messageId: '019c0000-0000-7000-8000-0000000000a1', ...EXAMPLE }] },
);
const AnnouncementDecision = named(
  'AnnouncementDecision',
  { state: oneOf(['accepted', 'refused']), by: prose(500), why: prose(500) },
  { examples: [{ state: 'accepted', by: 'Ufficio di coordinamento', why: "Verificato con l'AOO." }] },
);
const AnnouncementQuery = closed({
  state: Type.Optional(AnnouncementState),
  limit: Type.Optional(int32(1, 500, { default: 50 })),
});
const ById = closed({ messageId: uuid() });
const LayerRows = named('LayerRowList', { items: listOf(LayerRowAnswer, 10_000) });

const reads = { access: 'index:read', tag: 'index' } as const;
/** Offices announce, each for itself. */
const announces = { access: 'index:write', tag: 'index' } as const;
/** The region decides: that is its node's administrator. */
const decides = { access: 'node:admin', tag: 'index' } as const;
const problems = ['index-layer-target', 'index-layer-value'] as const;

export function indexLayerRoutes(server: ApiServer, deps: LayerDeps): void {
  layerRoutes(server, deps);
  announceRoute(server, deps);
  announcementRoutes(server, deps);
  decisionRoute(server, deps);
}

function layerRoutes(server: ApiServer, deps: LayerDeps): void {
  server.post(
    '/index/layer',
    operation({
      ...decides,
      id: 'setLayer',
      summary: "Aggiunge o corregge dati dell'indice per la regione",
      body: LayerChanges,
      command: true,
      answers: { 200: LayerRows },
      problems,
    }),
    async (request, reply) => {
      const rows = await setLayer(toWish(request.body), deps, callOf(request));
      return rows.ok ? { items: rows.value.map(presentLayerRow) } : sendProblem(reply, rows.problem);
    },
  );
  server.get(
    '/index/layer/:body',
    operation({
      ...reads,
      id: 'listLayer',
      summary: "Tutto ciò che la regione ha indicato per un'amministrazione",
      params: closed({ body: ipaCode() }),
      answers: { 200: LayerRows },
    }),
    async ({ params }) => ({ items: (await deps.layer.historyOf(params.body)).map(presentLayerRow) }),
  );
}

function announceRoute(server: ApiServer, deps: LayerDeps): void {
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
      answers: { 200: AnnouncementAnswer, 201: AnnouncementAnswer },
      problems: [...problems, 'index-message-conflict', 'forbidden-office'],
    }),
    async (request, reply) => {
      const { body } = request;
      if (!mayAnnounce(request.client?.aoo ?? null, body)) return sendProblem(reply, problem('forbidden-office'));
      const wish = { messageId: body.messageId, ...toWish(body) };
      const received = await receiveAnnouncement(wish, deps, callOf(request));
      if (!received.ok) return sendProblem(reply, received.problem);
      const { message, repeated } = received.value;
      if (!repeated) reply.code(201);
      return presentAnnouncement(message);
    },
  );
}

function announcementRoutes(server: ApiServer, { layer }: LayerDeps): void {
  server.get(
    '/index/messages',
    operation({
      ...reads,
      id: 'listAnnouncements',
      summary: 'Gli annunci ricevuti, dal più recente',
      querystring: AnnouncementQuery,
      answers: { 200: named('AnnouncementList', { items: listOf(AnnouncementAnswer, 500) }) },
    }),
    async ({ query }) => ({
      items: (await layer.messages(query.state ?? null, query.limit ?? 50)).map(presentAnnouncement),
    }),
  );
  server.get(
    '/index/messages/:messageId',
    operation({
      ...reads,
      id: 'readAnnouncement',
      summary: 'Un annuncio',
      params: ById,
      answers: { 200: AnnouncementAnswer },
    }),
    async ({ params }, reply) => {
      const found = await layer.message(params.messageId);
      return found === null ? sendProblem(reply, problem('not-found')) : presentAnnouncement(found);
    },
  );
}

function decisionRoute(server: ApiServer, deps: LayerDeps): void {
  server.post(
    '/index/messages/:messageId/decision',
    operation({
      ...decides,
      id: 'decideAnnouncement',
      summary: 'Accoglie o respinge un annuncio',
      params: ById,
      description:
        'Si decide una volta sola: ripetere la stessa decisione non cambia nulla, una decisione diversa è rifiutata.',
      body: AnnouncementDecision,
      command: 'optional',
      answers: { 200: AnnouncementAnswer },
      problems: [...problems, 'index-message-conflict'],
    }),
    async (request, reply) => {
      const decided = await decideAnnouncement(request.params.messageId, request.body, deps, callOf(request));
      return decided.ok ? presentAnnouncement(decided.value) : sendProblem(reply, decided.problem);
    },
  );
}

type Wish = Static<typeof LayerChanges>;

/** An office announces only for itself or its body; null is the node's administrator, who may announce for anybody. */
function mayAnnounce(caller: AooId | null, { body, aoo }: Wish): boolean {
  const [administration, code] = caller?.toLowerCase().split('/') ?? [];
  return caller === null || (body.toLowerCase() === administration && (aoo ?? code)?.toLowerCase() === code);
}

const toWish = ({ aoo = '', changes, ...rest }: Wish) => ({
  ...rest,
  aoo,
  changes: changes.map(({ value = null, validTo = null, ...change }) => ({ ...change, value, validTo })),
});
