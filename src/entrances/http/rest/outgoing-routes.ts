/** Messages on their way out: submitted once, tracked for each recipient. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sha256 } from '../../../kernel/digest.ts';
import { type Problem, problem } from '../../../kernel/problems.ts';
import type { Commands } from '../../../service/commands/commands.ts';
import type { Staging } from '../../../service/documents/documents.ts';
import type { OfficeViews } from '../../../service/queries/office-views.ts';
import type { Call } from '../../../service/register/idempotent-command.ts';
import type { Office } from '../../../service/register/office.ts';
import type { UploadDeps } from '../../../service/uploads/upload-lifetime.ts';
import { uploadedDocuments } from '../../../service/uploads/use-uploads.ts';
import { acceptMultipart, type MultipartMessage, readMultipartMessage } from '../body/multipart-message.ts';
import { canonicalJson } from '../idempotency.ts';
import { type ApiServer, operation } from '../operation.ts';
import type { RequestPlace } from '../reply/problem-error.ts';
import { sendProblem } from '../reply/problem-reply.ts';
import { validateBody } from '../schema-validation.ts';
import { closed } from '../schemas.ts';
import { withoutNulls } from '../without-nulls.ts';
import { presentRegistration } from './office-answers.ts';
import { callOf, configuredOffice, type Offices, officeParameter } from './office-request.ts';
import {
  OutgoingMessage,
  OutgoingMessageOfUploads,
  presentSent,
  SentMessageAnswer,
  TrackedMessage,
  UncertainRecipients,
} from './outgoing-answers.ts';
import { RegistrationNumber, registrationKeyOf } from './registration-number.ts';
import { submitMessage } from './submit-message.ts';

export interface OutgoingDeps {
  readonly offices: Offices;
  readonly commands: Pick<Commands, 'send' | 'sentBefore'>;
  readonly officeViews: Pick<OfficeViews, 'outgoingMessage'>;
  readonly uploads: UploadDeps;
  readonly documents: Staging;
}

const submits = {
  tag: 'messages',
  access: 'messages:send',
  querystring: closed(officeParameter),
  command: true,
  tells: ['Location'],
  answers: { 201: SentMessageAnswer, 422: UncertainRecipients },
} as const;
const PROBLEMS_OF_MESSAGES = [
  'mail-limit',
  'number-missing',
  'number-not-ours',
  'number-taken',
  'number-date-future',
  'signer-missing',
  'reply-address-not-own',
  'segnatura-illegal-character',
  'segnatura-not-expressible',
  'index-recipient-unknown',
  'index-recipient-ambiguous',
  'index-recipient-ceased',
  'index-recipient-unreachable',
  'index-recipient-doubled',
  'file-name-invalid',
] as const;

export async function outgoingRoutes(server: ApiServer, deps: OutgoingDeps): Promise<void> {
  submitRoute(server, deps);
  trackRoute(server, deps);
  await server.register(async (own) => submitWithDocumentsRoute(own, deps));
}

function submitRoute(server: ApiServer, deps: OutgoingDeps): void {
  server.post(
    '/outgoing-messages',
    operation({
      ...submits,
      id: 'submitMessage',
      summary: 'Protocolla un messaggio e lo invia a tutti i destinatari',
      body: OutgoingMessageOfUploads,
      problems: [...PROBLEMS_OF_MESSAGES, 'upload-unknown', 'upload-expired', 'upload-incomplete', 'upload-repeated'],
    }),
    async (request, reply) => {
      const office = configuredOffice(request, deps.offices);
      if (!office.ok) return sendProblem(reply, office.problem);
      const { documents: uploadIds, ...message } = request.body;
      const documents = await uploadedDocuments(office.value.aoo, uploadIds, deps.uploads);
      const call = callOf(request);
      if (!documents.ok) {
        // Uploads expire; a message that was sent with them is still answered as before.
        const before = await deps.commands.sentBefore(office.value, call);
        if (before === null) return sendProblem(reply, documents.problem);
        return before.ok ? presentSent(request, reply, before.value) : sendProblem(reply, before.problem);
      }
      const submission = { office: office.value, message, documents: documents.value, call };
      const answer = await submitMessage(request, reply, submission, deps.commands);
      // Not before the message is registered: until then another try finds them.
      if (reply.statusCode === 201) {
        const { uploads, clock } = deps.uploads;
        await uploads.markUsed(office.value.aoo, uploadIds, call.client, clock.now());
      }
      return answer;
    },
  );
}

function trackRoute(server: ApiServer, { offices, officeViews }: OutgoingDeps): void {
  server.get(
    '/outgoing-messages/:register/:year/:number',
    operation({
      id: 'readOutgoingMessage',
      tag: 'messages',
      access: 'messages:send',
      summary: 'Un messaggio inviato, con lo stato per ciascun destinatario',
      params: RegistrationNumber,
      querystring: closed(officeParameter),
      answers: { 200: TrackedMessage },
    }),
    async (request, reply) => {
      const office = configuredOffice(request, offices);
      if (!office.ok) return sendProblem(reply, office.problem);
      const found = await officeViews.outgoingMessage(office.value.aoo, registrationKeyOf(request.params));
      if (found === null) return sendProblem(reply, problem('not-found'));
      const { registration, recipients } = found;
      return { registration: presentRegistration(registration), recipients: recipients.map(withoutNulls) };
    },
  );
}

const MULTIPART_EXAMPLE = [
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

function submitWithDocumentsRoute(server: ApiServer, deps: OutgoingDeps): void {
  acceptMultipart(server);
  server.post(
    '/outgoing-messages/with-documents',
    operation({
      ...submits,
      id: 'submitMessageWithDocuments',
      summary: 'Come submitMessage, con i documenti nella stessa richiesta',
      description:
        'Una parte «message» (JSON, come il corpo di submitMessage senza «documents») seguita dai file: il primo è il documento primario. ' +
        "Nell'esempio le parti sono divise da «confine» (Content-Type: multipart/form-data; boundary=confine).",
      example: MULTIPART_EXAMPLE,
      consumes: ['multipart/form-data'],
      bodyLimit: 256 * 1024 * 1024,
      problems: [...PROBLEMS_OF_MESSAGES, 'multipart-invalid', 'documents-too-large'],
    }),
    async (request, reply) => {
      const office = configuredOffice(request, deps.offices);
      if (!office.ok) return sendProblem(reply, office.problem);
      const read = await readMultipartMessage(request, deps.documents);
      if (!read.ok) return sendProblem(reply, read.problem, placesInMessage(read.problem));
      try {
        return await submitMultipart(request, reply, office.value, read.value, deps);
      } finally {
        await read.value.drop();
      }
    },
  );
}

/** What is wrong with the JSON of the part `message` has its pointer, like any JSON. */
const placesInMessage = ({ at, message }: Problem): readonly RequestPlace[] =>
  at.startsWith('/') ? [{ in: 'body', pointer: at, message }] : [];

function submitMultipart(
  request: FastifyRequest,
  reply: FastifyReply,
  office: Office,
  read: MultipartMessage,
  { commands }: OutgoingDeps,
) {
  const message = validateBody(request, OutgoingMessage, read.message);
  const { documents } = read;
  // The idempotency key covers the documents, too: by their digests.
  const described = documents.map(({ keep: _, ...document }) => document);
  const digest = sha256(canonicalJson([request.routeOptions.url, request.query, message, described]));
  const own = callOf(request);
  const call: Call = { ...own, idempotency: own.idempotency && { ...own.idempotency, digest } };
  return submitMessage(request, reply, { office, message, documents, call }, commands);
}
