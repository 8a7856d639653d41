/** Visura: another office of this node asks what became of its own message here, and sees nothing else. */
import { Type } from '@fastify/type-provider-typebox';
import type { AooId } from '../../../kernel/ids.ts';
import { problem } from '../../../kernel/problems.ts';
import type { AskedRegistration, Asker, Visura } from '../../../service/queries/visura.ts';
import { requestedOffice } from '../access/request-office.ts';
import { type ApiServer, operation } from '../operation.ts';
import { sendProblem } from '../reply/problem-reply.ts';
import { closed, day, int32, ipaCode, matching, named, officeCode, storedText, timestamp } from '../schemas.ts';
import { withoutNulls } from '../without-nulls.ts';
import { officeParameter } from './office-request.ts';

export interface VisuraDeps {
  readonly visura: (aoo: AooId, asker: Asker, asked: AskedRegistration) => Promise<Visura | null>;
}

const VisuraQuery = closed({
  ...officeParameter,
  at: officeCode({ description: "L'ufficio che ha ricevuto il messaggio." }),
  register: Type.Optional(ipaCode({ description: 'Il proprio registro, se era indicato nella segnatura.' })),
  year: int32(1900, 9999),
  number: matching('^[0-9]{1,20}$', 20, { description: 'Il proprio numero di registrazione.' }),
});
const VisuraAnswer = named('Visura', {
  state: storedText(32),
  sentence: storedText(500),
  receivedAt: timestamp(),
  registration: Type.Optional(
    closed({
      register: storedText(100),
      year: int32(1900, 9999),
      number: storedText(15),
      date: day(),
      time: storedText(15),
    }),
  ),
  office: Type.Optional(storedText(500)),
  classification: Type.Optional(storedText(500)),
  reason: Type.Optional(storedText(10_000)),
  annulment: Type.Optional(closed({ at: timestamp(), provision: Type.Optional(storedText(10_000)) })),
});

export function visuraRoutes(server: ApiServer, { visura }: VisuraDeps): void {
  server.get(
    '/visure',
    operation({
      id: 'readVisura',
      tag: 'visura',
      access: 'visura:read',
      summary: 'Lo stato del proprio messaggio presso un altro ufficio di questo nodo',
      querystring: VisuraQuery,
      answers: { 200: VisuraAnswer },
    }),
    async (request, reply) => {
      const asking = requestedOffice(request);
      if (!asking.ok) return sendProblem(reply, asking.problem);
      const { at, register = null, year, number } = request.query;
      const [administration = '', aoo = ''] = asking.value.split('/');
      const asker = { codes: { administration, aoo }, address: null };
      const found = await visura(at, asker, { administration, aoo, register, year, number });
      return found === null ? sendProblem(reply, problem('not-found')) : presentVisura(found);
    },
  );
}

const presentVisura = ({ annulment, ...rest }: Visura) => ({
  ...withoutNulls(rest),
  ...(annulment !== null && { annulment: withoutNulls(annulment) }),
});
