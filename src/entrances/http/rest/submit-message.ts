/** One submission of a message, however its documents came. */
import type { Static } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Problem, problem } from '../../../kernel/problems.ts';
import type { Commands } from '../../../service/commands/commands.ts';
import type { SendToRequest } from '../../../service/outgoing/send-to.ts';
import type { Call } from '../../../service/register/idempotent-command.ts';
import type { Office } from '../../../service/register/office.ts';
import type { UploadedDocument } from '../../../service/uploads/use-uploads.ts';
import { sendProblem } from '../reply/problem-reply.ts';
import { faultsInDetails, toDetails } from './message-details.ts';
import { type OutgoingMessage, presentSent, sendUncertain } from './outgoing-answers.ts';

type Message = Static<typeof OutgoingMessage>;

export interface MessageSubmission {
  readonly office: Office;
  readonly message: Message;
  readonly documents: readonly UploadedDocument[];
  readonly call: Call;
}

export async function submitMessage(
  request: FastifyRequest,
  reply: FastifyReply,
  { office, message, documents, call }: MessageSubmission,
  commands: Pick<Commands, 'send'>,
) {
  const doubled = doubledName(documents);
  if (doubled !== null) return sendProblem(reply, doubled);
  const faults = faultsInDetails(message, documents.length);
  const [fault] = faults;
  if (fault !== undefined) return sendProblem(reply, problem('bad-request', fault.pointer, fault.message), faults);
  const sent = await commands.send(office, toRequest(office, message, documents), call);
  return sent.ok ? presentSent(request, reply, sent.value) : sendUncertain(reply, sent);
}

function toRequest(office: Office, message: Message, documents: readonly UploadedDocument[]): SendToRequest {
  const { recipients, classification, classificationName = null, registration, subject } = message;
  const details = toDetails(office, message);
  const named = (copy: boolean) => recipients.filter((one) => (one.copy ?? false) === copy).map(({ to }) => to);
  return {
    to: named(false),
    copies: named(true),
    subject,
    addressAsItIs: message.addressAsItIs ?? false,
    generation: message.generation ?? null,
    confirmationRequested: message.confirmationRequested ?? true,
    classifications: classification === undefined ? [] : [{ name: classificationName, levels: classification }],
    documents,
    ...(details !== undefined && { details }),
    ...(registration !== undefined && {
      given: { ...registration, register: registration.register ?? office.register },
    }),
  };
}

/** Recipients tell documents apart by name, and the segnatura takes one. */
function doubledName(documents: readonly UploadedDocument[]): Problem | null {
  const taken = new Set(['segnatura.xml']);
  for (const { name } of documents) {
    if (taken.has(name.toLowerCase())) return problem('file-name-invalid', '', `${name} (lo ha già un altro file)`);
    taken.add(name.toLowerCase());
  }
  return null;
}
