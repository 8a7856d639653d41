import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { ExchangeDetail, MessageDetail, Views } from '../../../service/views.ts';
import { listQuery, pageOf, present } from '../cursor.ts';
import { maySee, officeOrAll } from '../office-of.ts';
import { operation } from '../operation.ts';
import { send } from '../problem-reply.ts';
import {
  anything,
  closed,
  code,
  day,
  held,
  int32,
  int64,
  listOf,
  matching,
  office,
  oneOf,
  sha256,
  Type,
  time,
  uuid,
} from '../schemas.ts';
import { known } from './index-present.ts';

const maybe = (maxLength: number) => Type.Optional(held(maxLength));
const Query = listQuery({ aoo: Type.Optional(office({ description: 'Solo di questo ufficio.' })) });
const ById = closed({ id: matching('^[0-9A-Za-z-]{1,64}$', 64) });
const ByNumber = closed({
  administration: code(),
  aoo: code(),
  register: matching('^[0-9A-Za-z._-]{1,32}$', 32),
  year: matching('^[0-9]{1,4}$', 4),
  number: matching('^[0-9]{1,15}$', 15),
});
const DIRECTIONS = ['incoming', 'outgoing'] as const;

const message = {
  id: uuid(),
  aoo: office(),
  mailbox: held(320),
  arrivedAt: time(),
  state: oneOf(['kept', 'settled', 'failed']),
  kind: maybe(64),
  action: maybe(64),
  sender: maybe(1_000),
  subject: maybe(100_000),
  exchange: Type.Optional(uuid()),
  note: maybe(10_000),
};
const registration = {
  id: held(120),
  aoo: office(),
  register: held(100),
  year: int32(1900, 9999),
  number: held(15),
  date: day(),
  time: matching('^[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,6})?$', 15),
  direction: oneOf(DIRECTIONS),
  subject: held(100_000),
  correspondent: held(2_000),
  peerNumber: maybe(100),
  flags: listOf(held(64), 200),
};
const exchange = {
  id: uuid(),
  aoo: office(),
  direction: oneOf(DIRECTIONS),
  state: held(32),
  peer: held(3_000),
  subject: held(100_000),
  ourNumber: maybe(100),
  peerNumber: maybe(100),
  createdAt: time(),
  updatedAt: time(),
};
const Document = closed({ role: held(32), name: held(2_000), mediaType: held(255), size: int64(), sha256: sha256() });
const Event = closed({
  version: int32(0, 2_147_483_647),
  type: held(64),
  at: time(),
  message: Type.Optional(uuid()),
  data: anything({ description: 'Ciò che il fatto ha di particolare.' }),
});
const Queued = closed({
  purpose: held(32),
  messageId: held(1_000),
  recipient: held(320),
  state: held(32),
  attempts: int32(0, 2_147_483_647),
  sentAt: Type.Optional(time()),
  lastError: maybe(10_000),
});
const MessageDetails = closed({
  ...message,
  sha256: sha256(),
  size: int64(),
  inspection: Type.Optional(anything({ description: 'Il giudizio sul messaggio.' })),
});
const RegistrationDetails = closed({
  ...registration,
  documents: listOf(Document, 10_000),
  message: Type.Optional(uuid()),
});
const ExchangeDetails = closed({ ...exchange, events: listOf(Event, 10_000), outbox: listOf(Queued, 10_000) });

/** Read-only lists of messages, registrations and exchanges, newest first, and one of each. */
export function readRoutes(plain: FastifyInstance, views: Views): void {
  lists(plain, views);
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  const shared = { access: 'register:read', tag: 'register' } as const;
  const one = { ...shared, params: ById };
  server.get(
    '/messages/:id',
    operation({ ...one, id: 'getMessage', summary: 'Un messaggio arrivato', answers: { 200: MessageDetails } }),
    async (request, reply) => {
      const found = await views.message(request.params.id);
      return found === null || !maySee(request, found.aoo) ? send(reply, 'not-found') : known<MessageDetail>(found);
    },
  );
  server.get(
    '/exchanges/:id',
    operation({ ...one, id: 'getExchange', summary: 'Uno scambio', answers: { 200: ExchangeDetails } }),
    async (request, reply) => {
      const found = await views.exchange(request.params.id);
      return found === null || !maySee(request, found.aoo) ? send(reply, 'not-found') : presentExchange(found);
    },
  );
  server.get(
    '/registrations/:administration/:aoo/:register/:year/:number',
    operation({
      ...shared,
      params: ByNumber,
      id: 'getRegistration',
      summary: 'Una registrazione',
      answers: { 200: RegistrationDetails },
    }),
    async (request, reply) => {
      const { administration, aoo, register, year, number } = request.params;
      if (!maySee(request, `${administration}/${aoo}`)) return send(reply, 'not-found');
      const found = await views.registration([administration, aoo, register, year, number].join('/'));
      return found === null ? send(reply, 'not-found') : known(found);
    },
  );
}

function lists(plain: FastifyInstance, views: Views): void {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  const kinds = [
    ['messages', 'listMessages', 'Messaggi arrivati, dal più recente', closed(message), views.messages],
    [
      'registrations',
      'listRegistrations',
      'Registrazioni, dalla più recente',
      closed(registration),
      views.registrations,
    ],
    ['exchanges', 'listExchanges', 'Scambi, dal più recente', closed(exchange), views.exchanges],
  ] as const;
  for (const [path, id, summary, item, list] of kinds) {
    server.get(
      `/${path}`,
      operation({
        id,
        summary,
        tag: 'register',
        access: 'register:read',
        querystring: Query,
        answers: { 200: pageOf(item) },
      }),
      async (request, reply) => {
        const { cursor = null, limit = 50 } = request.query;
        const office = officeOrAll(request);
        if (!office.ok) return send(reply, office.problem.code) as undefined;
        const page = await list({ aoo: office.value, cursor, limit });
        return present<object, object>(page, limit, known);
      },
    );
  }
}

const presentExchange = ({ events, outbox, ...rest }: ExchangeDetail) => ({
  ...known(rest),
  events: events.map(known),
  outbox: outbox.map(known),
});
