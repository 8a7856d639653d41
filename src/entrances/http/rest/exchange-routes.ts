/** One exchange with everything that proves it, the mails behind it, and having its mail sent once more. */

import type { Readable } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { INCOMING_STATES } from '../../../domain/exchange/incoming.ts';
import { OUTGOING_STATES } from '../../../domain/exchange/outgoing.ts';
import type { AooId, Sha256 } from '../../../kernel/ids.ts';
import { problem } from '../../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../../kernel/result.ts';
import type { Commands } from '../../../service/commands/commands.ts';
import type { DocumentReader } from '../../../service/documents/read-document.ts';
import type { MessageDetail, Views } from '../../../service/queries/views.ts';
import { officeOf } from '../access/request-office.ts';
import { etagOf, isKnown } from '../etag.ts';
import { operation, refused } from '../operation.ts';
import { listQuery, pageOf, present } from '../paging.ts';
import { attachment } from '../reply/content-disposition.ts';
import { sendFile } from '../reply/file-reply.ts';
import { send } from '../reply/problem-reply.ts';
import { closed, held, int32, line, oneOf, Type, uuid } from '../schemas.ts';
import { known } from './index-answers.ts';
import {
  DIRECTIONS,
  ExchangeDetails,
  exchange,
  MailDetails,
  mail,
  presentExchange,
  presentMail,
} from './office-answers.ts';
import { callOf, configuredOffice, expectedVersion, type Offices, ofOffice } from './office-request.ts';

export interface ExchangeDeps {
  readonly offices: Offices;
  readonly commands: Pick<Commands, 'resend'>;
  readonly views: Pick<Views, 'exchange' | 'exchanges' | 'message' | 'messages'>;
  readonly reader: DocumentReader;
  readonly evidence: (
    aoo: AooId,
    exchangeId: string,
  ) => Promise<{ readonly name: string; readonly stream: Readable } | null>;
}

const ById = closed({ id: uuid() });
const STATES = [...new Set([...INCOMING_STATES, ...OUTGOING_STATES])];
const one = { params: ById, querystring: closed(ofOffice), tag: 'messages', access: 'messages:read' } as const;

export function exchangeRoutes(plain: FastifyInstance, deps: ExchangeDeps): void {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  const filters = {
    ...ofOffice,
    direction: Type.Optional(oneOf(DIRECTIONS)),
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
      answers: { 200: pageOf(closed(exchange)) },
    }),
    async (request, reply) => {
      const aoo = officeOf(request);
      if (!aoo.ok) return refused(reply, aoo.problem) as never;
      const { cursor = null, limit = 50, aoo: _, ...filter } = request.query;
      return present(await deps.views.exchanges({ aoo: aoo.value, cursor, limit, filter }), limit, known) as never;
    },
  );
  server.get(
    '/exchanges/:id',
    operation({
      ...one,
      id: 'getExchange',
      summary: 'Uno scambio: stato, ricevute, risposte e invii in coda',
      answers: { 200: ExchangeDetails },
      versioned: true,
    }),
    async (request, reply) => {
      const aoo = officeOf(request);
      if (!aoo.ok) return refused(reply, aoo.problem) as never;
      const found = await deps.views.exchange(request.params.id);
      if (found === null || found.aoo !== aoo.value) return send(reply, 'not-found') as never;
      return (isKnown(request, reply, found.version) ? reply : presentExchange(found)) as never;
    },
  );
  server.get(
    '/exchanges/:id/evidence',
    operation({
      ...one,
      id: 'getEvidence',
      summary: 'Tutte le prove dello scambio, in un file ZIP',
      answers: { 200: null },
      produces: ['application/zip'],
    }),
    async (request, reply) => {
      const aoo = officeOf(request);
      if (!aoo.ok) return refused(reply, aoo.problem) as never;
      const found = await deps.evidence(aoo.value, request.params.id);
      if (found === null) return send(reply, 'not-found') as never;
      reply.header('content-type', 'application/zip').header('content-disposition', attachment(found.name));
      return reply.send(found.stream) as never;
    },
  );
  server.post(
    '/exchanges/:id/resend',
    operation({
      ...one,
      id: 'resendMessage',
      access: 'messages:send',
      summary: 'Invia di nuovo lo stesso messaggio, o la stessa risposta',
      description: 'Gli stessi byte con lo stesso identificativo: nessuna registrazione viene duplicata.',
      command: true,
      ifMatch: 'optional',
      answers: { 200: closed({ exchange: uuid(), state: held(32), version: int32(0, 2_147_483_647) }) },
      problems: ['state-conflict'],
    }),
    async (request, reply) => {
      const office = configuredOffice(request, deps.offices);
      if (!office.ok) return refused(reply, office.problem) as never;
      const version = expectedVersion(request);
      if (!version.ok) return refused(reply, version.problem) as never;
      const wish = { exchangeId: request.params.id, version: version.value };
      const done = await deps.commands.resend(office.value, wish, callOf(request));
      if (!done.ok) return refused(reply, done.problem) as never;
      reply.header('etag', etagOf(done.value.version));
      return { exchange: done.value.exchangeId, state: done.value.state, version: done.value.version } as never;
    },
  );
  mailRoutes(plain, deps);
}

function mailRoutes(plain: FastifyInstance, deps: ExchangeDeps): void {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  const mailOf = async (request: FastifyRequest, id: string): Promise<Result<MessageDetail>> => {
    const aoo = officeOf(request);
    if (!aoo.ok) return aoo;
    const found = await deps.views.message(id);
    return found?.aoo === aoo.value ? ok(found) : refuse(problem('not-found'));
  };
  server.get(
    '/mails',
    operation({
      id: 'listMails',
      tag: 'messages',
      access: 'messages:read',
      summary: 'La posta arrivata, dalla più recente: messaggi, ricevute, risposte',
      querystring: listQuery(ofOffice),
      answers: { 200: pageOf(closed(mail)) },
    }),
    async (request, reply) => {
      const aoo = officeOf(request);
      if (!aoo.ok) return refused(reply, aoo.problem) as never;
      const { cursor = null, limit = 50 } = request.query;
      return present(await deps.views.messages({ aoo: aoo.value, cursor, limit }), limit, known) as never;
    },
  );
  server.get(
    '/mails/:id',
    operation({
      ...one,
      id: 'getMail',
      summary: "Un messaggio di posta arrivato, con l'esito dell'esame",
      answers: { 200: MailDetails },
    }),
    async (request, reply) => {
      const found = await mailOf(request, request.params.id);
      return (found.ok ? presentMail(found.value) : refused(reply, found.problem)) as never;
    },
  );
  server.get(
    '/mails/:id/raw',
    operation({
      ...one,
      id: 'getRawMail',
      summary: 'I byte del messaggio di posta come è arrivato, per intero o in parte (Range)',
      answers: { 200: null },
      produces: ['message/rfc822'],
      problems: ['range-not-satisfiable', 'document-unavailable'],
    }),
    async (request, reply) => {
      const found = await mailOf(request, request.params.id);
      if (!found.ok) return refused(reply, found.problem) as never;
      const { id, sha256, size } = found.value;
      if (sha256 === '') return send(reply, 'not-found') as never;
      const file = await deps.reader.mail({ sha256: sha256 as Sha256, size }, `${id}.eml`);
      return (file.ok ? sendFile(request, reply, file.value) : refused(reply, file.problem)) as never;
    },
  );
}
