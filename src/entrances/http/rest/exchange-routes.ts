/** Exchanges: their state, what proves it, and sending their mail again. */
import type { Readable } from 'node:stream';
import { Type } from '@fastify/type-provider-typebox';
import { INCOMING_STATES } from '../../../domain/exchange/incoming.ts';
import { OUTGOING_STATES } from '../../../domain/exchange/outgoing.ts';
import type { AooId } from '../../../kernel/ids.ts';
import { problem } from '../../../kernel/problems.ts';
import type { Commands } from '../../../service/commands/commands.ts';
import type { Views } from '../../../service/queries/views.ts';
import { requestedOffice } from '../access/request-office.ts';
import { etagOf, notModified } from '../etag.ts';
import { type ApiServer, operation } from '../operation.ts';
import { listQuery, pageOf, presentPage } from '../paging.ts';
import { attachment } from '../reply/content-disposition.ts';
import { sendProblem } from '../reply/problem-reply.ts';
import { closed, line, oneOf, uuid } from '../schemas.ts';
import { withoutNulls } from '../without-nulls.ts';
import { Direction, ExchangeDetails, ExchangeStateAnswer, ExchangeSummary, presentExchange } from './office-answers.ts';
import { callOf, configuredOffice, expectedVersion, type Offices, officeParameter } from './office-request.ts';

export interface ExchangeDeps {
  readonly offices: Offices;
  readonly commands: Pick<Commands, 'resend'>;
  readonly views: Pick<Views, 'exchange' | 'exchanges'>;
  readonly evidence: (
    aoo: AooId,
    exchangeId: string,
  ) => Promise<{ readonly name: string; readonly stream: Readable } | null>;
}

const STATES = [...new Set([...INCOMING_STATES, ...OUTGOING_STATES])];
const byId = { params: closed({ id: uuid() }), querystring: closed(officeParameter), tag: 'messages' } as const;

export function exchangeRoutes(server: ApiServer, deps: ExchangeDeps): void {
  readRoutes(server, deps);
  evidenceRoute(server, deps);
  resendRoute(server, deps);
}

function readRoutes(server: ApiServer, { views }: ExchangeDeps): void {
  const filters = {
    ...officeParameter,
    direction: Type.Optional(Direction),
    state: Type.Optional(oneOf(STATES)),
    subject: Type.Optional(line(200, { description: "Parole dell'oggetto." })),
  };
  server.get(
    '/exchanges',
    operation({
      id: 'listExchanges',
      tag: 'messages',
      access: 'messages:read',
      summary: 'Gli scambi, dal più recente: uno per messaggio e corrispondente',
      querystring: listQuery(filters),
      answers: { 200: pageOf('ExchangePage', ExchangeSummary) },
    }),
    async (request, reply) => {
      const aoo = requestedOffice(request);
      if (!aoo.ok) return sendProblem(reply, aoo.problem);
      const { cursor = null, limit = 50, aoo: _, ...filter } = request.query;
      return presentPage(await views.exchanges({ aoo: aoo.value, cursor, limit, filter }), limit, withoutNulls);
    },
  );
  server.get(
    '/exchanges/:id',
    operation({
      ...byId,
      id: 'readExchange',
      access: 'messages:read',
      summary: 'Uno scambio: stato, ricevute, risposte e invii in coda',
      answers: { 200: ExchangeDetails },
      versioned: true,
    }),
    async (request, reply) => {
      const aoo = requestedOffice(request);
      if (!aoo.ok) return sendProblem(reply, aoo.problem);
      const found = await views.exchange(request.params.id);
      if (found?.aoo !== aoo.value) return sendProblem(reply, problem('not-found'));
      return notModified(request, reply, found.version) ? reply : presentExchange(found);
    },
  );
}

function evidenceRoute(server: ApiServer, { evidence }: ExchangeDeps): void {
  server.get(
    '/exchanges/:id/evidence',
    operation({
      ...byId,
      id: 'readEvidence',
      access: 'messages:read',
      summary: 'Tutte le prove dello scambio, in un file ZIP',
      answers: { 200: null },
      produces: ['application/zip'],
    }),
    async (request, reply) => {
      const aoo = requestedOffice(request);
      if (!aoo.ok) return sendProblem(reply, aoo.problem);
      const found = await evidence(aoo.value, request.params.id);
      if (found === null) return sendProblem(reply, problem('not-found'));
      return reply
        .header('content-type', 'application/zip')
        .header('content-disposition', attachment(found.name))
        .send(found.stream);
    },
  );
}

function resendRoute(server: ApiServer, { offices, commands }: ExchangeDeps): void {
  server.post(
    '/exchanges/:id/resend',
    operation({
      ...byId,
      id: 'resendMessage',
      access: 'messages:send',
      summary: 'Invia di nuovo lo stesso messaggio, o la stessa risposta',
      description: 'Gli stessi byte con lo stesso identificativo: nessuna registrazione viene duplicata.',
      command: true,
      ifMatch: 'optional',
      answers: { 200: ExchangeStateAnswer },
      problems: ['state-conflict'],
    }),
    async (request, reply) => {
      const office = configuredOffice(request, offices);
      if (!office.ok) return sendProblem(reply, office.problem);
      const version = expectedVersion(request);
      if (!version.ok) return sendProblem(reply, version.problem);
      const wish = { exchangeId: request.params.id, version: version.value };
      const resent = await commands.resend(office.value, wish, callOf(request));
      if (!resent.ok) return sendProblem(reply, resent.problem);
      reply.header('etag', etagOf(resent.value.version));
      return { exchange: resent.value.exchangeId, state: resent.value.state, version: resent.value.version };
    },
  );
}
