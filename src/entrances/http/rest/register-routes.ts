/** The register: search, one registration, annulment (DPR 445/2000 art. 54), what can be changed, the day's register; visura. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { AooId } from '../../../kernel/ids.ts';
import type { Commands } from '../../../service/commands/commands.ts';
import type { OfficeViews } from '../../../service/queries/office-views.ts';
import type { Views } from '../../../service/queries/views.ts';
import type { AskedRegistration, Asker, Visura } from '../../../service/queries/visura.ts';
import { officeOf } from '../access/request-office.ts';
import { operation, refused } from '../operation.ts';
import { listQuery, pageOf, present } from '../paging.ts';
import { send } from '../reply/problem-reply.ts';
import {
  closed,
  code,
  day,
  held,
  int32,
  line,
  listOf,
  matching,
  office,
  oneOf,
  prose,
  Type,
  time,
  uuid,
} from '../schemas.ts';
import { known } from './index-answers.ts';
import { DIRECTIONS, identifier, presentRegistration, RegistrationDetails, registration } from './office-answers.ts';
import { callOf, configuredOffice, type Offices, ofOffice } from './office-request.ts';
import { ByNumber } from './outgoing-routes.ts';

export interface RegisterDeps {
  readonly offices: Offices;
  readonly commands: Pick<Commands, 'annul' | 'change'>;
  readonly views: Pick<Views, 'registrations' | 'registration'>;
  readonly officeViews: Pick<OfficeViews, 'dailyRegister'>;
  readonly visura: (aoo: AooId, asker: Asker, asked: AskedRegistration) => Promise<Visura | null>;
}

const Told = listOf(closed({ exchange: uuid(), recipient: held(320) }), 1_000);
const FIELDS = ['office', 'classification'] as const;
const toKey = ({ register, year, number }: { register: string; year: string; number: string }) => ({
  register,
  year: Number(year),
  number: Number(number),
});
const presentTold = (told: readonly { readonly exchangeId: string; readonly recipient: string }[]) =>
  told.map(({ exchangeId, recipient }) => ({ exchange: exchangeId, recipient }));

export function registerRoutes(plain: FastifyInstance, deps: RegisterDeps): void {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  const reads = { tag: 'register', access: 'register:read' } as const;
  const filters = {
    ...ofOffice,
    direction: Type.Optional(oneOf(DIRECTIONS)),
    from: Type.Optional(day({ description: 'Dal giorno, compreso.' })),
    to: Type.Optional(day({ description: 'Al giorno, compreso.' })),
    subject: Type.Optional(line(200, { description: "Parole dell'oggetto." })),
  };
  server.get(
    '/registrations',
    operation({
      ...reads,
      id: 'listRegistrations',
      summary: 'Le registrazioni, dalla più recente',
      querystring: listQuery(filters),
      answers: { 200: pageOf(closed(registration)) },
    }),
    async (request, reply) => {
      const aoo = officeOf(request);
      if (!aoo.ok) return refused(reply, aoo.problem) as never;
      const { cursor = null, limit = 50, aoo: _, ...filter } = request.query;
      return present(await deps.views.registrations({ aoo: aoo.value, cursor, limit, filter }), limit, known) as never;
    },
  );
  server.get(
    '/registrations/:register/:year/:number',
    operation({
      ...reads,
      id: 'getRegistration',
      summary: 'Una registrazione con documenti, annullamento e modifiche',
      params: ByNumber,
      querystring: closed(ofOffice),
      answers: { 200: RegistrationDetails },
    }),
    async (request, reply) => {
      const aoo = officeOf(request);
      if (!aoo.ok) return refused(reply, aoo.problem) as never;
      const { register, year, number } = request.params;
      const found = await deps.views.registration([aoo.value, register, year, number].join('/'));
      return (found === null ? send(reply, 'not-found') : presentRegistration(found)) as never;
    },
  );
  const Daily = closed({
    date: day(),
    registrations: listOf(closed(registration), 100_000),
    annulled: listOf(
      closed({ id: held(120), at: time(), reason: held(10_000), provision: held(10_000), by: held(500) }),
      100_000,
    ),
  });
  server.get(
    '/daily-registers/:date',
    operation({
      ...reads,
      id: 'getDailyRegister',
      summary: 'Il registro di un giorno: registrazioni e annullamenti',
      params: closed({ date: day() }),
      querystring: closed(ofOffice),
      answers: { 200: Daily },
    }),
    async (request, reply) => {
      const aoo = officeOf(request);
      if (!aoo.ok) return refused(reply, aoo.problem) as never;
      const { date } = request.params;
      const { registrations, annulled } = await deps.officeViews.dailyRegister(aoo.value, date);
      return { date, registrations: registrations.map(known), annulled } as never;
    },
  );
  changes(plain, deps);
  visuraRoute(plain, deps);
}

function changes(plain: FastifyInstance, deps: RegisterDeps): void {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  const writes = {
    tag: 'register',
    access: 'register:write',
    params: ByNumber,
    querystring: closed(ofOffice),
    command: true,
    problems: ['registration-annulled'],
  } as const;
  server.post(
    '/registrations/:register/:year/:number/annulment',
    operation({
      ...writes,
      id: 'annulRegistration',
      summary: 'Annulla una registrazione e ne informa i corrispondenti che ne conoscono il numero',
      body: closed(
        { reason: prose(2_000), provision: prose(2_000, { description: 'Il provvedimento (art. 54).' }) },
        { examples: [{ reason: 'Registrato due volte.', provision: 'Determina n. 3 del 2 marzo 2026' }] },
      ),
      answers: { 200: closed({ registration: closed(identifier), told: Told }) },
    }),
    async (request, reply) => {
      const found = configuredOffice(request, deps.offices);
      if (!found.ok) return refused(reply, found.problem) as never;
      const wish = { registration: toKey(request.params), ...request.body };
      const done = await deps.commands.annul(found.value, wish, callOf(request));
      if (!done.ok) return refused(reply, done.problem) as never;
      return { registration: known(done.value.identifier), told: presentTold(done.value.told) } as never;
    },
  );
  const Changed = closed({
    registration: closed(identifier),
    changes: listOf(
      closed({ field: oneOf(FIELDS), oldValue: Type.Optional(held(500)), newValue: Type.Optional(held(500)) }),
      2,
    ),
    told: Told,
  });
  server.post(
    '/registrations/:register/:year/:number/changes',
    operation({
      ...writes,
      id: 'changeRegistration',
      summary: "Cambia assegnazione o classificazione; chi ha avuto la conferma riceve l'aggiornamento",
      body: closed(
        { office: Type.Optional(line(200)), classification: Type.Optional(line(200)) },
        { examples: [{ office: 'Ufficio Ambiente', classification: '6.9' }] },
      ),
      answers: { 200: Changed },
    }),
    async (request, reply) => {
      const found = configuredOffice(request, deps.offices);
      if (!found.ok) return refused(reply, found.problem) as never;
      const wish = { registration: toKey(request.params), ...request.body };
      const done = await deps.commands.change(found.value, wish, callOf(request));
      if (!done.ok) return refused(reply, done.problem) as never;
      const { identifier: registered, changes: made, told } = done.value;
      return { registration: known(registered), changes: made.map(known), told: presentTold(told) } as never;
    },
  );
}

/** Another office asks what became of its own message here: it is known by its credential, and sees nothing else. */
function visuraRoute(plain: FastifyInstance, deps: RegisterDeps): void {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  server.get(
    '/visure',
    operation({
      id: 'getVisura',
      tag: 'visura',
      access: 'visura:read',
      summary: 'Lo stato del proprio messaggio presso un altro ufficio di questo nodo',
      querystring: closed({
        ...ofOffice,
        at: office({ description: "L'ufficio che ha ricevuto il messaggio." }),
        register: Type.Optional(code({ description: 'Il proprio registro, se era indicato nella segnatura.' })),
        year: int32(1900, 9999),
        number: matching('^[0-9]{1,20}$', 20, { description: 'Il proprio numero di registrazione.' }),
      }),
      answers: {
        200: closed({
          state: held(32),
          sentence: held(500),
          receivedAt: time(),
          registration: Type.Optional(
            closed({ register: held(100), year: int32(1900, 9999), number: held(15), date: day(), time: held(15) }),
          ),
          office: Type.Optional(held(500)),
          classification: Type.Optional(held(500)),
          reason: Type.Optional(held(10_000)),
          annulment: Type.Optional(closed({ at: time(), provision: Type.Optional(held(10_000)) })),
        }),
      },
    }),
    async (request, reply) => {
      const asking = officeOf(request);
      if (!asking.ok) return refused(reply, asking.problem) as never;
      const { at, register = null, year, number } = request.query;
      const [administration = '', aoo = ''] = asking.value.split('/');
      const asker = { codes: { administration, aoo }, address: null };
      const found = await deps.visura(at as AooId, asker, { administration, aoo, register, year, number });
      if (found === null) return send(reply, 'not-found') as never;
      const { annulment, registration: registered, ...rest } = found;
      return {
        ...known(rest),
        ...(registered !== null && { registration: registered }),
        ...(annulment !== null && { annulment: known(annulment) }),
      } as never;
    },
  );
}
