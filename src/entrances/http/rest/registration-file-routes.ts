/** The files of a message by its registration: documents, segnatura, mail. Bytes that were altered are not handed out. */
import { type Static, Type } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RegistrationFiles, WantedFile } from '../../../service/evidence/registration-files.ts';
import { requestedOffice } from '../access/request-office.ts';
import { type ApiServer, operation } from '../operation.ts';
import { sendFile } from '../reply/file-reply.ts';
import { sendProblem } from '../reply/problem-reply.ts';
import { closed, sha256Hex, uuid } from '../schemas.ts';
import { officeParameter } from './office-request.ts';
import { RegistrationNumber, registrationKeyOf } from './registration-number.ts';

export interface RegistrationFileDeps {
  readonly registrationFiles: RegistrationFiles;
}

export const PROBLEMS_OF_FILES = ['range-not-satisfiable', 'document-unavailable', 'document-lost'] as const;

const ofDocument = closed({ ...RegistrationNumber.properties, sha256: sha256Hex() });
const ofRecipient = closed({
  ...officeParameter,
  exchange: Type.Optional(
    uuid({
      description: 'Di un messaggio inviato a più destinatari: lo scambio con uno di questi. Se manca, il primo.',
    }),
  ),
});

/** By number, for whoever may read messages; those an office sent, for whoever may send. */
const PLACES = [
  {
    path: '/registrations',
    of: 'di una registrazione',
    direction: null,
    about: { tag: 'register', access: 'messages:read' },
    ids: ['readRegisteredDocument', 'readRegisteredSegnatura', 'readRegisteredMail'],
  },
  {
    path: '/outgoing-messages',
    of: 'di un messaggio inviato',
    direction: 'outgoing',
    about: { tag: 'messages', access: 'messages:send' },
    ids: ['readSentDocument', 'readSentSegnatura', 'readSentMail'],
  },
] as const;

export function registrationFileRoutes(server: ApiServer, { registrationFiles }: RegistrationFileDeps): void {
  for (const place of PLACES) filesAt(server, place, registrationFiles);
}

function filesAt(server: ApiServer, place: (typeof PLACES)[number], files: RegistrationFiles): void {
  const { path, of, direction, about, ids } = place;
  const [document, segnatura, mail] = ids;
  const base = `${path}/:register/:year/:number`;
  const reads = { ...about, answers: { 200: null }, problems: PROBLEMS_OF_FILES } as const;
  const send = async (
    request: FastifyRequest,
    reply: FastifyReply,
    key: Static<typeof RegistrationNumber>,
    wanted: WantedFile,
  ): Promise<FastifyReply> => {
    const aoo = requestedOffice(request);
    if (!aoo.ok) return sendProblem(reply, aoo.problem);
    const file = await files.file(aoo.value, registrationKeyOf(key), wanted, direction);
    return file.ok ? sendFile(request, reply, file.value) : sendProblem(reply, file.problem);
  };
  server.get(
    `${base}/documents/:sha256`,
    operation({
      ...reads,
      id: document,
      summary: `Un documento ${of}, intero o in parte (Range)`,
      params: ofDocument,
      querystring: closed(officeParameter),
      produces: ['*/*'],
    }),
    (request, reply) => send(request, reply, request.params, { document: request.params.sha256 }),
  );
  server.get(
    `${base}/segnatura`,
    operation({
      ...reads,
      id: segnatura,
      summary: `La segnatura ${of}, byte per byte`,
      params: RegistrationNumber,
      querystring: ofRecipient,
      produces: ['application/xml'],
    }),
    (request, reply) =>
      send(request, reply, request.params, { part: 'segnatura', exchange: request.query.exchange ?? null }),
  );
  server.get(
    `${base}/mail`,
    operation({
      ...reads,
      id: mail,
      summary: `Il messaggio di posta ${of}, come è arrivato o partito, intero o in parte (Range)`,
      params: RegistrationNumber,
      querystring: ofRecipient,
      produces: ['message/rfc822'],
    }),
    (request, reply) =>
      send(request, reply, request.params, { part: 'mail', exchange: request.query.exchange ?? null }),
  );
}
