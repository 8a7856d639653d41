/** Mails as they arrived: messages, receipts and answers, with their raw bytes. */
import type { FastifyRequest } from 'fastify';
import type { Sha256 } from '../../../kernel/ids.ts';
import { problem } from '../../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../../kernel/result.ts';
import type { DocumentReader } from '../../../service/documents/read-document.ts';
import type { MessageDetail, Views } from '../../../service/queries/views.ts';
import { requestedOffice } from '../access/request-office.ts';
import { type ApiServer, operation } from '../operation.ts';
import { listQuery, pageOf, presentPage } from '../paging.ts';
import { sendFile } from '../reply/file-reply.ts';
import { sendProblem } from '../reply/problem-reply.ts';
import { closed, uuid } from '../schemas.ts';
import { withoutNulls } from '../without-nulls.ts';
import { Mail, MailDetails } from './office-answers.ts';
import { officeParameter } from './office-request.ts';

export interface MailDeps {
  readonly views: Pick<Views, 'message' | 'messages'>;
  readonly reader: Pick<DocumentReader, 'mail'>;
}

const reads = { tag: 'messages', access: 'messages:read' } as const;
const byId = { ...reads, params: closed({ id: uuid() }), querystring: closed(officeParameter) } as const;

export function mailRoutes(server: ApiServer, { views, reader }: MailDeps): void {
  const mailOf = async (request: FastifyRequest, id: string): Promise<Result<MessageDetail>> => {
    const aoo = requestedOffice(request);
    if (!aoo.ok) return aoo;
    const found = await views.message(id);
    return found?.aoo === aoo.value ? ok(found) : refuse(problem('not-found'));
  };
  server.get(
    '/mails',
    operation({
      ...reads,
      id: 'listMails',
      summary: 'La posta arrivata, dalla più recente: messaggi, ricevute, risposte',
      querystring: listQuery(officeParameter),
      answers: { 200: pageOf('MailPage', Mail) },
    }),
    async (request, reply) => {
      const aoo = requestedOffice(request);
      if (!aoo.ok) return sendProblem(reply, aoo.problem);
      const { cursor = null, limit = 50 } = request.query;
      return presentPage(await views.messages({ aoo: aoo.value, cursor, limit }), limit, withoutNulls);
    },
  );
  server.get(
    '/mails/:id',
    operation({
      ...byId,
      id: 'readMail',
      summary: "Un messaggio di posta arrivato, con l'esito dell'esame",
      answers: { 200: MailDetails },
    }),
    async (request, reply) => {
      const found = await mailOf(request, request.params.id);
      return found.ok ? withoutNulls(found.value) : sendProblem(reply, found.problem);
    },
  );
  server.get(
    '/mails/:id/raw',
    operation({
      ...byId,
      id: 'readRawMail',
      summary: 'I byte del messaggio di posta come è arrivato, per intero o in parte (Range)',
      answers: { 200: null },
      produces: ['message/rfc822'],
      problems: ['range-not-satisfiable', 'document-unavailable'],
    }),
    async (request, reply) => {
      const found = await mailOf(request, request.params.id);
      if (!found.ok) return sendProblem(reply, found.problem);
      const { id, sha256, size } = found.value;
      if (sha256 === '') return sendProblem(reply, problem('not-found'));
      const file = await reader.mail({ sha256: sha256 as Sha256, size }, `${id}.eml`);
      return file.ok ? sendFile(request, reply, file.value) : sendProblem(reply, file.problem);
    },
  );
}
