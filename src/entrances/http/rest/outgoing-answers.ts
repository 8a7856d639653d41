/** Schemas of outgoing messages, as they are submitted, answered and tracked. */
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Problem } from '../../../kernel/problems.ts';
import { GENERATIONS } from '../../../model/segnatura.ts';
import type { NotSent, SentTo } from '../../../service/outgoing/send-to.ts';
import type { AnswerOf } from '../operation.ts';
import type { RequestPlace } from '../reply/problem-error.ts';
import { ProblemPlaces } from '../reply/problem-places.ts';
import { PROBLEM_TYPE, problemBody, sendProblem } from '../reply/problem-reply.ts';
import { int32, line, listOf, named, oneOf, storedText, uuid } from '../schemas.ts';
import { withoutNulls } from '../without-nulls.ts';
import { messageDetailMembers, presentLoss } from './message-details.ts';
import { ExchangeSummary, GivenRegistration, RegistrationDetails, RegistrationIdentifier } from './office-answers.ts';
import { SegnaturaGeneration } from './segnatura-answers.ts';

const Recipient = named('Recipient', {
  to: line(320, { description: 'Codice IPA, IPA/AOO, Codice_uni_aoo oppure indirizzo certificato.' }),
  copy: Type.Optional(Type.Boolean({ default: false, description: 'Per conoscenza.' })),
});
export const OutgoingMessage = named('OutgoingMessageData', {
  subject: line(20_000),
  recipients: listOf(Recipient, 1_000, { minItems: 1 }),
  classification: Type.Optional(
    listOf(line(100), 10, { minItems: 1, description: 'I livelli del titolario, dal primo.' }),
  ),
  classificationName: Type.Optional(line(500)),
  confirmationRequested: Type.Optional(Type.Boolean({ default: true })),
  generation: Type.Optional(
    oneOf(GENERATIONS, {
      title: 'SegnaturaGeneration',
      description: 'Se manca: quella che ciascun destinatario sa leggere.',
    }),
  ),
  addressAsItIs: Type.Optional(
    Type.Boolean({
      default: false,
      description: "Accetta anche un indirizzo che non è nell'indice, così com'è scritto.",
    }),
  ),
  registration: Type.Optional(GivenRegistration),
  ...messageDetailMembers,
});
export const OutgoingMessageOfUploads = named(
  'OutgoingMessage',
  {
    ...OutgoingMessage.properties,
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
        text: 'Si trasmette la delibera in oggetto.',
        sender: { offices: [{ name: 'Ufficio Urbanistica' }], persons: [{ firstName: 'Anna', familyName: 'Prova' }] },
        documentDetails: [{ title: 'Delibera di Giunta', type: 'Delibera' }],
      },
    ],
  },
);
export const SentMessageAnswer = named('SentMessage', {
  registration: RegistrationIdentifier,
  recipients: listOf(
    named('SentRecipient', {
      exchange: uuid({ description: 'Lo scambio con questo destinatario: stato, ricevute, risposte.' }),
      to: storedText(320),
      address: storedText(320),
      name: storedText(2_000),
      copy: Type.Boolean(),
      generation: SegnaturaGeneration,
      messageId: storedText(1_000),
      warnings: Type.Optional(
        listOf(
          named('RecipientWarning', { code: storedText(64), pointer: storedText(200), message: storedText(10_000) }),
          10_000,
          {
            description: 'Ciò che la versione di questo destinatario non prevede e che quindi non gli arriva.',
          },
        ),
      ),
    }),
    1_000,
  ),
});
/** Every 422 of a message; with `recipients` where recipients are not certain. */
export const UncertainRecipients = named('RecipientsProblem', {
  type: storedText(100),
  title: storedText(10_000),
  status: int32(100, 599),
  detail: Type.Optional(storedText(10_000)),
  code: storedText(64),
  instance: Type.Optional(storedText(200)),
  errors: ProblemPlaces,
  recipients: Type.Optional(
    listOf(
      named('UncertainRecipient', {
        to: storedText(320),
        code: storedText(64),
        message: storedText(10_000),
        suggestions: listOf(named('RecipientSuggestion', { to: storedText(400), name: storedText(4_000) }), 50),
      }),
      1_000,
    ),
  ),
});
export const TrackedMessage = named('TrackedMessage', {
  registration: RegistrationDetails,
  recipients: listOf(ExchangeSummary, 1_000),
});

export function presentSent(
  request: FastifyRequest,
  reply: FastifyReply,
  { identifier, recipients, exchanges }: SentTo,
): AnswerOf<typeof SentMessageAnswer> {
  const { register, number, date } = identifier;
  const collection = `${request.routeOptions.url?.replace(/\/outgoing-messages.*$/, '')}/outgoing-messages`;
  reply.code(201).header('location', `${collection}/${register}/${date.slice(0, 4)}/${Number(number)}`);
  return {
    registration: withoutNulls(identifier),
    recipients: recipients.map(({ named, address, correspondent, copy, generation }, index) => ({
      exchange: exchanges[index]?.exchangeId ?? '',
      to: named,
      address,
      name: correspondent.name,
      copy,
      generation,
      messageId: exchanges[index]?.messageId ?? '',
      ...(exchanges[index]?.warnings !== undefined && {
        warnings: exchanges[index].warnings.map((loss) => presentLoss(loss, generation)),
      }),
    })),
  };
}

/** Members of the request that only a use case can judge. */
function placesOf({ code, message }: Problem): readonly RequestPlace[] {
  return code === 'reply-address-not-own' ? [{ in: 'body', pointer: '/replyTo', message }] : [];
}

/** Nothing was registered. Each recipient that is not certain is told with the entries that may be meant. */
export function sendUncertain(reply: FastifyReply, { problem, recipients }: NotSent): FastifyReply {
  if (recipients.length === 0) return sendProblem(reply, problem, placesOf(problem));
  const body = {
    ...problemBody(problem, reply.request.id),
    recipients: recipients.map(({ named, problem: why, suggestions }) => ({
      to: named,
      code: why.code,
      message: why.message,
      suggestions: suggestions.map((one) => ({
        to: one.key,
        name: [one.bodyName, one.name].filter(Boolean).join(' / '),
      })),
    })),
  };
  return reply.code(422).header('content-type', `${PROBLEM_TYPE}; charset=utf-8`).send(body);
}
