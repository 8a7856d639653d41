/** Messages that arrived: in order and without a gap, and what the office's protocol system decides about each. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Sha256 } from '../../../kernel/ids.ts';
import { problem } from '../../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../../kernel/result.ts';
import type { Commands } from '../../../service/commands/commands.ts';
import type { Decided } from '../../../service/commands/decide-incoming.ts';
import type { DocumentReader } from '../../../service/documents/read-document.ts';
import { type EventWaiters, longPoll } from '../../../service/events/long-poll.ts';
import type { InboxItem, OfficeViews } from '../../../service/queries/office-views.ts';
import type { MessageDetail, Views } from '../../../service/queries/views.ts';
import { officeOf } from '../access/request-office.ts';
import { etagOf, isKnown } from '../etag.ts';
import { operation, refused } from '../operation.ts';
import { sendFile } from '../reply/file-reply.ts';
import { send } from '../reply/problem-reply.ts';
import {
  anything,
  closed,
  code,
  day,
  held,
  int32,
  int64,
  line,
  listOf,
  matching,
  oneOf,
  prose,
  type Static,
  sha256,
  Type,
  uuid,
} from '../schemas.ts';
import { known } from './index-answers.ts';
import { exchange, identifier } from './office-answers.ts';
import { callOf, configuredOffice, expectedVersion, type Offices, ofOffice } from './office-request.ts';

const arrived = {
  ...exchange,
  position: int64({ description: "La posizione nell'ordine di arrivo: cresce sempre e non cambia mai." }),
  message: Type.Optional(uuid({ description: 'Il messaggio di posta conservato.' })),
  plain: Type.Boolean({ description: 'Senza segnatura.' }),
};
const Arrived = closed(arrived);
const FileOf = closed({
  role: oneOf(['primary', 'attachment', 'undeclared']),
  name: held(2_000),
  mediaType: held(255),
  size: int64(),
  sha256: Type.Optional(sha256()),
  digest: held(20),
  signature: held(20),
  present: Type.Boolean(),
});
const ArrivedDetails = closed({
  ...arrived,
  from: Type.Optional(held(1_000)),
  arrivedAt: Type.Optional(held(40)),
  confirmationRequested: Type.Boolean(),
  problems: listOf(closed({ code: held(64), message: held(10_000) }), 1_000),
  documents: listOf(FileOf, 10_000),
  segnatura: Type.Optional(anything({ description: 'Ciò che la segnatura dichiara.' })),
});
const After = closed({
  ...ofOffice,
  after: Type.Optional(int64({ default: 0, description: "L'ultima posizione già letta." })),
  limit: Type.Optional(int32(1, 500, { default: 50 })),
  wait: Type.Optional(
    int32(0, 30, { default: 0, description: "Secondi per cui attendere se non c'è ancora nulla di nuovo." }),
  ),
});
const ById = closed({ id: uuid() });
const OfDocument = closed({ id: uuid(), sha256: sha256() });
const Registered = closed({
  exchange: uuid(),
  state: held(32),
  version: int32(0, 2_147_483_647),
  registration: Type.Optional(closed(identifier)),
});
const RegisterBody = closed(
  {
    registration: Type.Optional(
      closed({
        register: Type.Optional(code()),
        number: int32(1, 2_147_483_647),
        date: day(),
        time: matching('^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$', 8),
      }),
    ),
    subject: Type.Optional(line(20_000)),
    office: Type.Optional(line(200)),
    classification: Type.Optional(line(200)),
    confirm: Type.Optional(
      Type.Boolean({ description: "Se manca: come chiede il mittente e secondo la configurazione dell'ufficio." }),
    ),
  },
  {
    examples: [
      // The office's own protocol system numbers; then: this register does.
      { registration: { number: 1234, date: '2026-03-02', time: '10:15:00' }, office: 'Ufficio Tecnico' },
      { office: 'Ufficio Tecnico', classification: '6.3' },
    ],
  },
);
const Reason = closed(
  { reason: prose(2_000) },
  { examples: [{ reason: 'Il documento primario non è leggibile: si prega di inviarlo di nuovo.' }] },
);

export interface IncomingDeps {
  readonly offices: Offices;
  readonly commands: Pick<Commands, 'register' | 'refuse' | 'confirm' | 'setAside'>;
  readonly officeViews: Pick<OfficeViews, 'inbox' | 'inboxItem'>;
  readonly views: Pick<Views, 'message'>;
  readonly waiters: EventWaiters;
  readonly reader: DocumentReader;
}

export function incomingRoutes(plain: FastifyInstance, deps: IncomingDeps): void {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  const reads = { tag: 'incoming', access: 'messages:read' } as const;
  server.get(
    '/incoming-messages',
    operation({
      ...reads,
      id: 'listIncomingMessages',
      summary: "I messaggi arrivati, nell'ordine di arrivo",
      description: "Si prosegue con «after» uguale all'ultima «position» letta: nessun messaggio manca né si ripete.",
      querystring: After,
      answers: { 200: closed({ items: listOf(Arrived, 500), limit: int32(1, 500) }) },
    }),
    async (request, reply) => {
      const aoo = officeOf(request);
      if (!aoo.ok) return refused(reply, aoo.problem) as undefined;
      const { after = 0, limit = 50, wait = 0 } = request.query;
      const read = () => deps.officeViews.inbox(aoo.value, after, limit);
      const items = await longPoll(deps.waiters, aoo.value, read, wait * 1000, request.signal);
      return { items: items.map(known), limit } as never;
    },
  );
  server.get(
    '/incoming-messages/:id',
    operation({
      ...reads,
      id: 'getIncomingMessage',
      summary: 'Un messaggio arrivato, con i suoi documenti e i problemi rilevati',
      params: ById,
      querystring: closed(ofOffice),
      answers: { 200: ArrivedDetails },
      versioned: true,
    }),
    async (request, reply) => {
      const found = await arrivedOf(request, request.params.id, deps);
      if (!found.ok) return refused(reply, found.problem) as undefined;
      if (isKnown(request, reply, found.value.item.version)) return reply as never;
      return presentArrived(found.value.item, found.value.mail) as never;
    },
  );
  server.get(
    '/incoming-messages/:id/documents/:sha256',
    operation({
      ...reads,
      id: 'getIncomingDocument',
      summary: 'Un documento, intero o in parte (Range)',
      params: OfDocument,
      querystring: closed(ofOffice),
      answers: { 200: null },
      // What its sender says it is, where that cannot do harm.
      produces: ['*/*'],
      problems: ['range-not-satisfiable', 'document-unavailable'],
    }),
    async (request, reply) => {
      const found = await arrivedOf(request, request.params.id, deps);
      if (!found.ok) return refused(reply, found.problem) as never;
      const { mail } = found.value;
      if (mail === null) return send(reply, 'not-found') as never;
      const file = await deps.reader.inMail(mail.sha256 as Sha256, request.params.sha256 as Sha256);
      return (file.ok ? sendFile(request, reply, file.value) : refused(reply, file.problem)) as never;
    },
  );
  decisions(plain, deps);
}

/** Each is a command: with an Idempotency-Key, and against the version that was read where If-Match says so. */
function decisions(plain: FastifyInstance, deps: IncomingDeps): void {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  const decides = {
    tag: 'incoming',
    access: 'messages:receive',
    params: ById,
    querystring: closed(ofOffice),
    command: true,
    ifMatch: 'optional',
    answers: { 200: Registered },
    problems: ['state-conflict'],
  } as const;
  server.post(
    '/incoming-messages/:id/registration',
    operation({
      ...decides,
      id: 'registerIncomingMessage',
      summary: 'Registra un messaggio, con il numero del proprio sistema se è quello a numerare, e ne dà conferma',
      body: RegisterBody,
      problems: ['state-conflict', 'number-missing', 'number-not-ours', 'number-taken', 'number-date-future'],
    }),
    async (request, reply) => {
      const asked = commandOf(request, deps);
      if (!asked.ok) return refused(reply, asked.problem) as undefined;
      const { office, version } = asked.value;
      const { registration, confirm = null, ...wishes } = request.body;
      const given =
        registration === undefined ? null : { ...registration, register: registration.register ?? office.register };
      const wish = { exchangeId: request.params.id, version, given, answer: confirm, ...wishes };
      return decided(reply, await deps.commands.register(office, wish, callOf(request))) as never;
    },
  );
  server.post(
    '/incoming-messages/:id/confirmation',
    operation({ ...decides, id: 'confirmIncomingMessage', summary: 'Conferma al mittente un messaggio registrato' }),
    async (request, reply) => {
      const asked = commandOf(request, deps);
      if (!asked.ok) return refused(reply, asked.problem) as undefined;
      const wish = { exchangeId: request.params.id, version: asked.value.version };
      return decided(reply, await deps.commands.confirm(asked.value.office, wish, callOf(request))) as never;
    },
  );
  server.post(
    '/incoming-messages/:id/refusal',
    operation({
      ...decides,
      id: 'refuseIncomingMessage',
      summary: 'Rifiuta un messaggio: al mittente va una notifica di eccezione con il motivo',
      body: Reason,
    }),
    async (request, reply) => {
      const asked = commandOf(request, deps);
      if (!asked.ok) return refused(reply, asked.problem) as undefined;
      const wish = { exchangeId: request.params.id, version: asked.value.version, reason: request.body.reason };
      return decided(reply, await deps.commands.refuse(asked.value.office, wish, callOf(request))) as never;
    },
  );
  const aside = [
    ['taking', 'takeIncomingMessage', 'take', 'Segnala che il sistema di protocollo ha preso in carico il messaggio'],
    ['hand-over', 'handOverIncomingMessage', 'hand-over', 'Affida il messaggio a un operatore'],
    ['closure', 'closeIncomingMessage', 'close', 'Archivia il messaggio senza registrarlo'],
  ] as const;
  for (const [path, id, how, summary] of aside)
    server.post(
      `/incoming-messages/:id/${path}`,
      operation({ ...decides, id, summary, body: Reason }),
      async (request, reply) => {
        const asked = commandOf(request, deps);
        if (!asked.ok) return refused(reply, asked.problem) as undefined;
        const wish = { exchangeId: request.params.id, version: asked.value.version, reason: request.body.reason, how };
        return decided(reply, await deps.commands.setAside(asked.value.office, wish, callOf(request))) as never;
      },
    );
}

function commandOf(request: FastifyRequest, { offices }: IncomingDeps) {
  const office = configuredOffice(request, offices);
  if (!office.ok) return office;
  const version = expectedVersion(request);
  return version.ok ? ok({ office: office.value, version: version.value }) : version;
}

function decided(reply: FastifyReply, done: Result<Decided>): unknown {
  if (!done.ok) return refused(reply, done.problem);
  const { exchangeId, state, version, identifier: registered } = done.value;
  reply.header('etag', etagOf(version));
  return { exchange: exchangeId, state, version, ...(registered !== null && { registration: known(registered) }) };
}

async function arrivedOf(
  request: FastifyRequest,
  id: string,
  { officeViews, views }: IncomingDeps,
): Promise<Result<{ readonly item: InboxItem; readonly mail: MessageDetail | null }>> {
  const aoo = officeOf(request);
  if (!aoo.ok) return aoo;
  const item = await officeViews.inboxItem(aoo.value, id);
  if (item === null) return refuse(problem('not-found'));
  return ok({ item, mail: item.message === null ? null : await views.message(item.message) });
}

function presentArrived(item: InboxItem, mail: MessageDetail | null): Static<typeof ArrivedDetails> {
  const { segnatura = null, problems = [], documents = [] } = mail?.inspection ?? {};
  const found = [...problems, ...(segnatura?.problems ?? [])];
  return {
    ...(known(item) as Static<typeof Arrived>),
    ...(mail?.sender != null && { from: mail.sender }),
    ...(mail !== null && { arrivedAt: mail.arrivedAt }),
    confirmationRequested: segnatura?.confirmationRequested ?? false,
    problems: found.map(({ code: which, message }) => ({ code: which, message })),
    documents: documents.map((document) => known(document) as Static<typeof FileOf>),
    ...(segnatura !== null && { segnatura: known({ ...segnatura, problems: undefined }) }),
  };
}
