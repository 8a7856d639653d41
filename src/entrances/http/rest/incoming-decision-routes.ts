/**
 * What an office's protocol system decides about a message that arrived. Each decision is a command: it takes an
 * Idempotency-Key, and with If-Match it holds only for the version that was read.
 */
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ok, type Result } from '../../../kernel/result.ts';
import type { Commands } from '../../../service/commands/commands.ts';
import type { Decided } from '../../../service/commands/decide-incoming.ts';
import type { Office } from '../../../service/register/office.ts';
import { etagOf } from '../etag.ts';
import { type ApiServer, operation } from '../operation.ts';
import { sendProblem } from '../reply/problem-reply.ts';
import { closed, line, named, prose, uuid } from '../schemas.ts';
import { withoutNulls } from '../without-nulls.ts';
import { ExchangeStateAnswer, GivenRegistration, RegistrationIdentifier } from './office-answers.ts';
import { callOf, configuredOffice, expectedVersion, type Offices, officeParameter } from './office-request.ts';

const IncomingState = named('IncomingDecision', {
  ...ExchangeStateAnswer.properties,
  registration: Type.Optional(RegistrationIdentifier),
});
const RegistrationWishes = named(
  'RegistrationRequest',
  {
    registration: Type.Optional(GivenRegistration),
    subject: Type.Optional(line(20_000)),
    office: Type.Optional(line(200)),
    classification: Type.Optional(line(200)),
    confirm: Type.Optional(
      Type.Boolean({ description: "Se manca: come chiede il mittente e secondo la configurazione dell'ufficio." }),
    ),
  },
  {
    examples: [
      // With a number of the office's own protocol system, and with one of this register.
      { registration: { number: 1234, date: '2026-03-02', time: '10:15:00' }, office: 'Ufficio Tecnico' },
      { office: 'Ufficio Tecnico', classification: '6.3' },
    ],
  },
);
const Reason = named(
  'Reason',
  { reason: prose(2_000) },
  { examples: [{ reason: 'Il documento primario non è leggibile: si prega di inviarlo di nuovo.' }] },
);

export interface IncomingDecisionDeps {
  readonly offices: Offices;
  readonly commands: Pick<Commands, 'register' | 'refuse' | 'confirm' | 'setAside'>;
}

const decides = {
  tag: 'incoming',
  access: 'messages:receive',
  params: closed({ id: uuid() }),
  querystring: closed(officeParameter),
  command: true,
  ifMatch: 'optional',
  answers: { 200: IncomingState },
  problems: ['state-conflict'],
} as const;

export function incomingDecisionRoutes(server: ApiServer, deps: IncomingDecisionDeps): void {
  registrationRoute(server, deps);
  answerRoutes(server, deps);
  setAsideRoutes(server, deps);
}

function registrationRoute(server: ApiServer, deps: IncomingDecisionDeps): void {
  server.post(
    '/incoming-messages/:id/registration',
    operation({
      ...decides,
      id: 'registerIncomingMessage',
      summary: 'Registra un messaggio, con il numero del proprio sistema se è quello a numerare, e ne dà conferma',
      body: RegistrationWishes,
      problems: ['state-conflict', 'number-missing', 'number-not-ours', 'number-taken', 'number-date-future'],
    }),
    async (request, reply) => {
      const target = targetOf(request, deps);
      if (!target.ok) return sendProblem(reply, target.problem);
      const { office, version } = target.value;
      const { registration, confirm = null, ...wishes } = request.body;
      const given =
        registration === undefined ? null : { ...registration, register: registration.register ?? office.register };
      const wish = { exchangeId: request.params.id, version, given, answer: confirm, ...wishes };
      return answerDecision(reply, await deps.commands.register(office, wish, callOf(request)));
    },
  );
}

function answerRoutes(server: ApiServer, deps: IncomingDecisionDeps): void {
  server.post(
    '/incoming-messages/:id/confirmation',
    operation({ ...decides, id: 'confirmIncomingMessage', summary: 'Conferma al mittente un messaggio registrato' }),
    async (request, reply) => {
      const target = targetOf(request, deps);
      if (!target.ok) return sendProblem(reply, target.problem);
      const { office, version } = target.value;
      const wish = { exchangeId: request.params.id, version };
      return answerDecision(reply, await deps.commands.confirm(office, wish, callOf(request)));
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
      const target = targetOf(request, deps);
      if (!target.ok) return sendProblem(reply, target.problem);
      const { office, version } = target.value;
      const wish = { exchangeId: request.params.id, version, reason: request.body.reason };
      return answerDecision(reply, await deps.commands.refuse(office, wish, callOf(request)));
    },
  );
}

const SET_ASIDE = [
  ['taking', 'takeIncomingMessage', 'take', 'Segnala che il sistema di protocollo ha preso in carico il messaggio'],
  ['hand-over', 'handOverIncomingMessage', 'hand-over', 'Affida il messaggio a un operatore'],
  ['closure', 'closeIncomingMessage', 'close', 'Archivia il messaggio senza registrarlo'],
] as const;

/** Decisions of which the sender is not told. */
function setAsideRoutes(server: ApiServer, deps: IncomingDecisionDeps): void {
  for (const [path, id, how, summary] of SET_ASIDE)
    server.post(
      `/incoming-messages/:id/${path}`,
      operation({ ...decides, id, summary, body: Reason }),
      async (request, reply) => {
        const target = targetOf(request, deps);
        if (!target.ok) return sendProblem(reply, target.problem);
        const { office, version } = target.value;
        const wish = { exchangeId: request.params.id, version, reason: request.body.reason, how };
        return answerDecision(reply, await deps.commands.setAside(office, wish, callOf(request)));
      },
    );
}

/** The office that decides, and the version it has seen; null: any. */
function targetOf(
  request: FastifyRequest,
  { offices }: IncomingDecisionDeps,
): Result<{ readonly office: Office; readonly version: number | null }> {
  const office = configuredOffice(request, offices);
  if (!office.ok) return office;
  const version = expectedVersion(request);
  return version.ok ? ok({ office: office.value, version: version.value }) : version;
}

function answerDecision(reply: FastifyReply, decided: Result<Decided>) {
  if (!decided.ok) return sendProblem(reply, decided.problem);
  const { exchangeId, state, version, identifier } = decided.value;
  reply.header('etag', etagOf(version));
  return {
    exchange: exchangeId,
    state,
    version,
    ...(identifier !== null && { registration: withoutNulls(identifier) }),
  };
}
