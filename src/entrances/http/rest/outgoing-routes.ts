/** Messages on their way out: submitted once, tracked for each recipient. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sha256 } from '../../../kernel/digest.ts';
import { problem } from '../../../kernel/problems.ts';
import { ok, type Result } from '../../../kernel/result.ts';
import type { Commands } from '../../../service/commands/commands.ts';
import type { Staging } from '../../../service/documents/documents.ts';
import type { NotSent, SendToRequest, SentTo } from '../../../service/outgoing/send-to.ts';
import type { OfficeViews } from '../../../service/queries/office-views.ts';
import type { Call } from '../../../service/register/idempotent-command.ts';
import type { Office } from '../../../service/register/office.ts';
import type { UploadDeps } from '../../../service/uploads/upload-lifetime.ts';
import { type UploadedDocument, uploadedDocuments } from '../../../service/uploads/use-uploads.ts';
import { acceptMultipart, readMultipartMessage } from '../body/multipart-message.ts';
import { canonical } from '../idempotency.ts';
import { operation, refused } from '../operation.ts';
import { PROBLEM_TYPE, problemBody, send } from '../reply/problem-reply.ts';
import { checkedBody } from '../schema-validation.ts';
import { closed, code, day, held, int32, line, listOf, matching, oneOf, type Static, Type, uuid } from '../schemas.ts';
import { known } from './index-answers.ts';
import { exchange, identifier, presentRegistration, RegistrationDetails } from './office-answers.ts';
import { callOf, configuredOffice, type Offices, ofOffice } from './office-request.ts';

const GENERATIONS = ['2001', '2009', '2013', '3.0.0'] as const;
const Recipient = closed({
  to: line(320, { description: 'Codice IPA, IPA/AOO, Codice_uni_aoo oppure indirizzo certificato.' }),
  copy: Type.Optional(Type.Boolean({ default: false, description: 'Per conoscenza.' })),
});
const Given = closed(
  {
    register: Type.Optional(code()),
    number: int32(1, 2_147_483_647),
    date: day(),
    time: matching('^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$', 8),
  },
  { description: 'Il numero assegnato dal proprio sistema di protocollo, se è quello a numerare.' },
);
const message = {
  subject: line(20_000),
  recipients: listOf(Recipient, 1_000, { minItems: 1 }),
  classification: Type.Optional(
    listOf(line(100), 10, { minItems: 1, description: 'I livelli del titolario, dal primo.' }),
  ),
  classificationName: Type.Optional(line(500)),
  confirmationRequested: Type.Optional(Type.Boolean({ default: true })),
  generation: Type.Optional(
    oneOf(GENERATIONS, { description: 'Se manca: quella che ciascun destinatario sa leggere.' }),
  ),
  addressAsItIs: Type.Optional(
    Type.Boolean({
      default: false,
      description: "Accetta anche un indirizzo che non è nell'indice, così com'è scritto.",
    }),
  ),
  registration: Type.Optional(Given),
};
const Message = closed(message);
const MessageOfUploads = closed(
  {
    ...message,
    documents: listOf(uuid(), 200, {
      minItems: 1,
      description: 'I caricamenti completi; il primo è il documento primario.',
    }),
  },
  {
    examples: [
      {
        subject: 'Trasmissione della delibera di Giunta n. 12 del 2 marzo 2026',
        recipients: [{ to: 'c_provaria' }],
        documents: ['019c0000-0000-7000-8000-0000000000d1'],
        classification: ['6', '3'],
        classificationName: 'Urbanistica',
      },
    ],
  },
);
const Sent = closed({
  registration: closed(identifier),
  recipients: listOf(
    closed({
      exchange: uuid({ description: 'Lo scambio con questo destinatario: stato, ricevute, risposte.' }),
      to: held(320),
      address: held(320),
      name: held(2_000),
      copy: Type.Boolean(),
      generation: oneOf(GENERATIONS),
      messageId: held(1_000),
    }),
    1_000,
  ),
});
/** Every 422 of a message; `recipients` where it is they that are not certain. */
const Uncertain = closed({
  type: held(100),
  title: held(10_000),
  status: int32(100, 599),
  code: held(64),
  instance: Type.Optional(held(200)),
  recipients: Type.Optional(
    listOf(
      closed({
        to: held(320),
        code: held(64),
        message: held(10_000),
        suggestions: listOf(closed({ to: held(400), name: held(4_000) }), 50),
      }),
      1_000,
    ),
  ),
});
export const ByNumber = closed({
  register: matching('^[0-9A-Za-z._-]{1,32}$', 32),
  year: matching('^[0-9]{4}$', 4),
  number: matching('^[0-9]{1,15}$', 15),
});
const Tracked = closed({ registration: RegistrationDetails, recipients: listOf(closed(exchange), 1_000) });

export interface OutgoingDeps {
  readonly offices: Offices;
  readonly commands: Pick<Commands, 'send' | 'sentBefore'>;
  readonly officeViews: Pick<OfficeViews, 'outgoingMessage'>;
  readonly uploads: UploadDeps;
  readonly documents: Staging;
}

const SUBMITS = {
  tag: 'messages',
  access: 'messages:send',
  querystring: closed(ofOffice),
  command: true,
  tells: ['Location'],
  answers: { 201: Sent, 422: Uncertain },
  problems: [
    'mail-limit',
    'number-missing',
    'number-not-ours',
    'number-taken',
    'number-date-future',
    'signer-missing',
    'segnatura-illegal-character',
    'segnatura-not-expressible',
    'index-recipient-unknown',
    'index-recipient-ambiguous',
    'index-recipient-ceased',
    'index-recipient-unreachable',
    'index-recipient-doubled',
    'file-name-invalid',
  ],
} as const;

export async function outgoingRoutes(plain: FastifyInstance, deps: OutgoingDeps): Promise<void> {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  server.post(
    '/outgoing-messages',
    operation({
      ...SUBMITS,
      id: 'submitMessage',
      summary: 'Protocolla un messaggio e lo invia a tutti i destinatari',
      body: MessageOfUploads,
      problems: [...SUBMITS.problems, 'upload-unknown', 'upload-expired', 'upload-incomplete', 'upload-repeated'],
    }),
    async (request, reply) => {
      const office = configuredOffice(request, deps.offices);
      if (!office.ok) return refused(reply, office.problem) as undefined;
      const { documents: ids, ...said } = request.body;
      const documents = await uploadedDocuments(office.value.aoo, ids, deps.uploads);
      const call = callOf(request);
      if (!documents.ok) {
        // Uploads end and are taken back; what was sent with them long ago has its answer all the same.
        const before = await deps.commands.sentBefore(office.value, call);
        if (before === null) return refused(reply, documents.problem) as undefined;
        return (before.ok ? presentSent(request, reply, before.value) : refused(reply, before.problem)) as undefined;
      }
      const answer = await submit(
        request,
        reply,
        { office: office.value, said, documents: documents.value, call },
        deps,
      );
      // Until the message is registered they stay what they were: another try finds them.
      if (reply.statusCode === 201) {
        const { uploads, clock } = deps.uploads;
        await uploads.markUsed(office.value.aoo, ids, call.client, clock.now());
      }
      return answer as undefined;
    },
  );
  server.get(
    '/outgoing-messages/:register/:year/:number',
    operation({
      id: 'getOutgoingMessage',
      tag: 'messages',
      access: 'messages:send',
      summary: 'Un messaggio inviato, con lo stato per ciascun destinatario',
      params: ByNumber,
      querystring: closed(ofOffice),
      answers: { 200: Tracked },
    }),
    async (request, reply) => {
      const office = configuredOffice(request, deps.offices);
      if (!office.ok) return refused(reply, office.problem) as undefined;
      const { register, year, number } = request.params;
      const key = { register, year: Number(year), number: Number(number) };
      const found = await deps.officeViews.outgoingMessage(office.value.aoo, key);
      if (found === null) return send(reply, 'not-found') as undefined;
      const { registration, recipients } = found;
      return { registration: presentRegistration(registration), recipients: recipients.map(known) } as never;
    },
  );
  await plain.register((own) => multipartRoute(own, deps));
}

const MULTIPART = [
  '--confine',
  'Content-Disposition: form-data; name="message"',
  'Content-Type: application/json',
  '',
  '{"subject":"Convocazione della conferenza dei servizi","recipients":[{"to":"c_provaria"}]}',
  '--confine',
  'Content-Disposition: form-data; name="file"; filename="convocazione.txt"',
  'Content-Type: text/plain',
  '',
  'Si convoca la conferenza dei servizi per il giorno 2 marzo 2026.',
  '--confine--',
  '',
].join('\r\n');

async function multipartRoute(plain: FastifyInstance, deps: OutgoingDeps): Promise<void> {
  await acceptMultipart(plain);
  plain.post(
    '/outgoing-messages/with-documents',
    operation({
      ...SUBMITS,
      id: 'submitMessageWithDocuments',
      summary: 'Come submitMessage, con i documenti nella stessa richiesta',
      description:
        'Una parte «message» (JSON, come il corpo di submitMessage senza «documents») seguita dai file: il primo è il documento primario. ' +
        "Nell'esempio le parti sono divise da «confine» (Content-Type: multipart/form-data; boundary=confine).",
      example: MULTIPART,
      consumes: ['multipart/form-data'],
      bodyLimit: 256 * 1024 * 1024,
      problems: [...SUBMITS.problems, 'multipart-invalid', 'documents-too-large'],
    }),
    async (request, reply) => {
      const office = configuredOffice(request, deps.offices);
      if (!office.ok) return refused(reply, office.problem);
      const read = await readMultipartMessage(request, deps.documents);
      if (!read.ok) return refused(reply, read.problem);
      try {
        const said = checkedBody<Static<typeof Message>>(request, Message, read.value.message);
        const { documents } = read.value;
        const call = callOf(request);
        // The documents are part of what is asked: what stands for them are their digests.
        const named = documents.map(({ keep: _, ...document }) => document);
        const digest = sha256(canonical([request.routeOptions.url, request.query, said, named]));
        const idempotency = call.idempotency && { ...call.idempotency, digest };
        const wish = { office: office.value, said, documents, call: { ...call, idempotency } };
        return await submit(request, reply, wish, deps);
      } finally {
        await read.value.drop();
      }
    },
  );
}

interface Submission {
  readonly office: Office;
  readonly said: Static<typeof Message>;
  readonly documents: readonly UploadedDocument[];
  readonly call: Call;
}

async function submit(
  request: FastifyRequest,
  reply: FastifyReply,
  { office, said, documents, call }: Submission,
  { commands }: OutgoingDeps,
): Promise<unknown> {
  const named = checkNames(documents);
  if (!named.ok) return refused(reply, named.problem);
  const sent = await commands.send(office, toRequest(office, said, documents), call);
  return sent.ok ? presentSent(request, reply, sent.value) : notSent(reply, sent);
}

function toRequest(
  office: Office,
  said: Static<typeof Message>,
  documents: readonly UploadedDocument[],
): SendToRequest {
  const { recipients, classification, classificationName = null, registration: given, subject } = said;
  const named = (copy: boolean) => recipients.filter((one) => (one.copy ?? false) === copy).map(({ to }) => to);
  return {
    to: named(false),
    copies: named(true),
    subject,
    addressAsItIs: said.addressAsItIs ?? false,
    generation: said.generation ?? null,
    confirmationRequested: said.confirmationRequested ?? true,
    classifications: classification === undefined ? [] : [{ name: classificationName, levels: classification }],
    documents,
    ...(given !== undefined && { given: { ...given, register: given.register ?? office.register } }),
  };
}

/** A recipient finds documents by their names, and the segnatura has one of its own. */
function checkNames(documents: readonly UploadedDocument[]): Result<null> {
  const taken = new Set(['segnatura.xml']);
  for (const { name } of documents) {
    if (taken.has(name.toLowerCase()))
      return { ok: false, problem: problem('file-name-invalid', '', `${name} (lo ha già un altro file)`) };
    taken.add(name.toLowerCase());
  }
  return ok(null);
}

function presentSent(request: FastifyRequest, reply: FastifyReply, sent: SentTo): unknown {
  const { identifier: registered, recipients, exchanges } = sent;
  const { register, number, date } = registered;
  const place = `${request.routeOptions.url?.replace(/\/outgoing-messages.*$/, '')}/outgoing-messages`;
  reply.code(201).header('location', `${place}/${register}/${date.slice(0, 4)}/${Number(number)}`);
  return {
    registration: known(registered),
    recipients: recipients.map(({ named, address, correspondent, copy, generation }, index) => ({
      exchange: exchanges[index]?.exchangeId,
      to: named,
      address,
      name: correspondent.name,
      copy,
      generation,
      messageId: exchanges[index]?.messageId,
    })),
  };
}

/** Nothing was registered; every recipient that is not certain, with what could be meant. */
function notSent(reply: FastifyReply, { problem: why, recipients }: NotSent): unknown {
  if (recipients.length === 0) return refused(reply, why);
  const body = {
    ...problemBody(why.code, why.message, reply.request.id),
    recipients: recipients.map(({ named, problem: own, suggestions }) => ({
      to: named,
      code: own.code,
      message: own.message,
      suggestions: suggestions.map((one) => ({
        to: one.key,
        name: [one.bodyName, one.name].filter(Boolean).join(' / '),
      })),
    })),
  };
  return reply.code(422).header('content-type', `${PROBLEM_TYPE}; charset=utf-8`).send(body);
}
