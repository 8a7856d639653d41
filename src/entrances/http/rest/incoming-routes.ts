/** Messages that arrived, in order and without gaps, with their documents. */
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import type { Sha256 } from '../../../kernel/ids.ts';
import { problem } from '../../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../../kernel/result.ts';
import {
  judgedMessage,
  type MessageContent,
  type MessageContents,
} from '../../../service/documents/message-content.ts';
import type { DocumentReader } from '../../../service/documents/read-document.ts';
import { type EventWaiters, longPoll } from '../../../service/events/long-poll.ts';
import { inMemory } from '../../../service/evidence/registration-files.ts';
import type { InboxItem, OfficeViews } from '../../../service/queries/office-views.ts';
import type { MessageDetail, Views } from '../../../service/queries/views.ts';
import { requestedOffice } from '../access/request-office.ts';
import { notModified } from '../etag.ts';
import { type AnswerOf, type ApiServer, operation } from '../operation.ts';
import { sendFile } from '../reply/file-reply.ts';
import { sendProblem } from '../reply/problem-reply.ts';
import { closed, int32, int64, listOf, named, oneOf, sha256Hex, storedText, uuid } from '../schemas.ts';
import { withoutNulls } from '../without-nulls.ts';
import { exchangeMembers } from './office-answers.ts';
import { officeParameter } from './office-request.ts';
import { PROBLEMS_OF_FILES } from './registration-file-routes.ts';
import { presentSegnatura, ReadSegnatura } from './segnatura-answers.ts';

const inboxMembers = {
  ...exchangeMembers,
  position: int64({ description: "La posizione nell'ordine di arrivo: cresce sempre e non cambia mai." }),
  message: Type.Optional(uuid({ description: 'Il messaggio di posta conservato.' })),
  plain: Type.Boolean({ description: 'Senza segnatura.' }),
};
const IncomingMessage = named('IncomingMessageSummary', inboxMembers);
const IncomingDocument = named('IncomingDocument', {
  role: oneOf(['primary', 'attachment', 'undeclared']),
  name: storedText(2_000),
  mediaType: storedText(255),
  size: int64(),
  sha256: Type.Optional(sha256Hex()),
  digest: oneOf(['matches', 'differs', 'not-declared'], {
    title: 'DigestVerdict',
    description: "Se il documento ha l'impronta dichiarata nella segnatura.",
  }),
  signature: oneOf(['intact', 'broken', 'unreadable', 'absent'], {
    title: 'DocumentSignatureVerdict',
    description: 'Se il documento è quello firmato; chi ha firmato non è verificato.',
  }),
  present: Type.Boolean(),
});
const IncomingMessageDetails = named('IncomingMessage', {
  ...inboxMembers,
  from: Type.Optional(storedText(1_000)),
  arrivedAt: Type.Optional(storedText(40)),
  confirmationRequested: Type.Boolean(),
  problems: listOf(closed({ code: storedText(64), message: storedText(10_000) }), 1_000),
  documents: listOf(IncomingDocument, 10_000),
  text: Type.Optional(
    storedText(100_000, { description: 'Il testo del messaggio di posta, che la segnatura accompagna.' }),
  ),
  segnatura: Type.Optional(ReadSegnatura),
});
const InboxQuery = closed({
  ...officeParameter,
  after: Type.Optional(int64({ default: 0, description: "L'ultima posizione già letta." })),
  limit: Type.Optional(int32(1, 500, { default: 50 })),
  wait: Type.Optional(
    int32(0, 30, { default: 0, description: "Secondi per cui attendere se non c'è ancora nulla di nuovo." }),
  ),
});
const ById = closed({ id: uuid() });
const OfDocument = closed({ id: uuid(), sha256: sha256Hex() });

export interface IncomingDeps {
  readonly officeViews: Pick<OfficeViews, 'inbox' | 'inboxItem'>;
  readonly views: Pick<Views, 'message'>;
  readonly waiters: EventWaiters;
  readonly reader: Pick<DocumentReader, 'inMail' | 'mail'>;
  readonly contents: MessageContents;
}

const reads = { tag: 'incoming', access: 'messages:read' } as const;

export function incomingRoutes(server: ApiServer, deps: IncomingDeps): void {
  server.get(
    '/incoming-messages',
    operation({
      ...reads,
      id: 'listIncomingMessages',
      summary: "I messaggi arrivati, nell'ordine di arrivo",
      description: "Si prosegue con «after» uguale all'ultima «position» letta: nessun messaggio manca né si ripete.",
      querystring: InboxQuery,
      answers: { 200: named('IncomingMessageList', { items: listOf(IncomingMessage, 500), limit: int32(1, 500) }) },
    }),
    async (request, reply) => {
      const aoo = requestedOffice(request);
      if (!aoo.ok) return sendProblem(reply, aoo.problem);
      const { after = 0, limit = 50, wait = 0 } = request.query;
      const read = () => deps.officeViews.inbox(aoo.value, after, limit);
      const items = await longPoll(deps.waiters, aoo.value, read, wait * 1000, request.signal);
      return { items: items.map(withoutNulls), limit };
    },
  );
  server.get(
    '/incoming-messages/:id',
    operation({
      ...reads,
      id: 'readIncomingMessage',
      summary: 'Un messaggio arrivato, con i suoi documenti e i problemi rilevati',
      params: ById,
      querystring: closed(officeParameter),
      answers: { 200: IncomingMessageDetails },
      versioned: true,
    }),
    async (request, reply) => {
      const found = await findIncoming(request, request.params.id, deps);
      if (!found.ok) return sendProblem(reply, found.problem);
      if (notModified(request, reply, found.value.item.version)) return reply;
      const { mail } = found.value;
      return presentIncoming(found.value, mail === null ? null : await deps.contents.of(mail));
    },
  );
  documentRoute(server, deps);
  mailRoute(server, deps);
  segnaturaRoute(server, deps);
}

function documentRoute(server: ApiServer, deps: IncomingDeps): void {
  server.get(
    '/incoming-messages/:id/documents/:sha256',
    operation({
      ...reads,
      id: 'readIncomingDocument',
      summary: 'Un documento, intero o in parte (Range)',
      params: OfDocument,
      querystring: closed(officeParameter),
      answers: { 200: null },
      // As its sender calls it, where that is a safe type: see `sendFile`.
      produces: ['*/*'],
      problems: ['range-not-satisfiable', 'document-unavailable'],
    }),
    async (request, reply) => {
      const found = await findIncoming(request, request.params.id, deps);
      if (!found.ok) return sendProblem(reply, found.problem);
      const { mail } = found.value;
      if (mail === null) return sendProblem(reply, problem('not-found'));
      const file = await deps.reader.inMail(mail.sha256 as Sha256, request.params.sha256);
      return file.ok ? sendFile(request, reply, file.value) : sendProblem(reply, file.problem);
    },
  );
}

const file = { ...reads, params: ById, querystring: closed(officeParameter), answers: { 200: null } } as const;

function mailRoute(server: ApiServer, deps: IncomingDeps): void {
  server.get(
    '/incoming-messages/:id/mail',
    operation({
      ...file,
      id: 'readIncomingMail',
      summary: 'Il messaggio di posta come è arrivato, intero o in parte (Range)',
      produces: ['message/rfc822'],
      problems: PROBLEMS_OF_FILES,
    }),
    async (request, reply) => {
      const found = await findIncoming(request, request.params.id, deps);
      if (!found.ok) return sendProblem(reply, found.problem);
      const { mail } = found.value;
      if (mail === null || mail.sha256 === '') return sendProblem(reply, problem('not-found'));
      const kept = await deps.reader.mail({ sha256: mail.sha256 as Sha256, size: mail.size }, `${mail.id}.eml`);
      return kept.ok ? sendFile(request, reply, kept.value) : sendProblem(reply, kept.problem);
    },
  );
}

function segnaturaRoute(server: ApiServer, deps: IncomingDeps): void {
  server.get(
    '/incoming-messages/:id/segnatura',
    operation({
      ...file,
      id: 'readIncomingSegnatura',
      summary: 'La segnatura, byte per byte',
      description: 'Non esiste per un messaggio senza segnatura.',
      produces: ['application/xml'],
      problems: PROBLEMS_OF_FILES,
    }),
    async (request, reply) => {
      const found = await findIncoming(request, request.params.id, deps);
      if (!found.ok) return sendProblem(reply, found.problem);
      const { mail } = found.value;
      const isMessage = mail?.inspection?.kind === 'protocol-message';
      const segnatura = mail !== null && isMessage ? await deps.contents.segnatura(mail) : null;
      if (segnatura === null) return sendProblem(reply, problem('not-found'));
      return sendFile(request, reply, inMemory(segnatura.name, segnatura.bytes));
    },
  );
}

interface FoundIncoming {
  readonly item: InboxItem;
  readonly mail: MessageDetail | null;
}

async function findIncoming(
  request: FastifyRequest,
  id: string,
  { officeViews, views }: IncomingDeps,
): Promise<Result<FoundIncoming>> {
  const aoo = requestedOffice(request);
  if (!aoo.ok) return aoo;
  const item = await officeViews.inboxItem(aoo.value, id);
  if (item === null) return refuse(problem('not-found'));
  return ok({ item, mail: item.message === null ? null : await views.message(item.message) });
}

function presentIncoming(
  { item, mail }: FoundIncoming,
  content: MessageContent | null,
): AnswerOf<typeof IncomingMessageDetails> {
  const { segnatura = null, problems = [], documents = [] } = mail?.inspection ?? {};
  const all = [...problems, ...(segnatura?.problems ?? []), ...(content?.problem ? [content.problem] : [])];
  const message = content === null ? null : judgedMessage(mail?.inspection ?? null, content);
  return {
    ...withoutNulls(item),
    ...(mail?.sender != null && { from: mail.sender }),
    ...(mail !== null && { arrivedAt: mail.arrivedAt }),
    confirmationRequested: segnatura?.confirmationRequested ?? false,
    problems: all.map(({ code, message }) => ({ code, message })),
    documents: documents.map(withoutNulls),
    ...(content !== null && content.text !== null && { text: content.text }),
    ...(segnatura !== null && { segnatura: presentSegnatura(segnatura, message) }),
  };
}
