/** The register of an office: search, one registration, the daily register, annulment and changes. */
import { Type } from '@fastify/type-provider-typebox';
import { problem } from '../../../kernel/problems.ts';
import type { Commands } from '../../../service/commands/commands.ts';
import type { OfficeViews } from '../../../service/queries/office-views.ts';
import type { Views } from '../../../service/queries/views.ts';
import { requestedOffice } from '../access/request-office.ts';
import { type ApiServer, operation } from '../operation.ts';
import { listQuery, pageOf, presentPage } from '../paging.ts';
import { sendProblem } from '../reply/problem-reply.ts';
import { closed, day, line, listOf, named, prose, storedText, timestamp, uuid } from '../schemas.ts';
import { withoutNulls } from '../without-nulls.ts';
import {
  ChangedField,
  presentRegistration,
  RegistrationDetails,
  RegistrationIdentifier,
  RegistrationSummary,
} from './office-answers.ts';
import { callOf, configuredOffice, type Offices, officeParameter } from './office-request.ts';
import { RegistrationNumber, registrationKeyOf } from './registration-number.ts';
import { FoundRegistrationSummary, presentFound, registerFilter, SEARCH_PARAMETERS } from './search-parameters.ts';

export interface RegisterDeps {
  readonly offices: Offices;
  readonly commands: Pick<Commands, 'annul' | 'change'>;
  readonly views: Pick<Views, 'registrations' | 'registration'>;
  readonly officeViews: Pick<OfficeViews, 'dailyRegister'>;
}

export function registerRoutes(server: ApiServer, deps: RegisterDeps): void {
  registrationRoutes(server, deps);
  dailyRegisterRoute(server, deps);
  annulmentRoute(server, deps);
  changeRoute(server, deps);
}

const reads = { tag: 'register', access: 'register:read' } as const;

const RegistrationPage = named('RegistrationPage', {
  ...pageOf('RegistrationPage', FoundRegistrationSummary).properties,
  similar: Type.Optional(
    Type.Boolean({ description: 'Niente contiene le parole cercate: queste ne contengono di simili.' }),
  ),
});

function registrationRoutes(server: ApiServer, { views }: RegisterDeps): void {
  server.get(
    '/registrations',
    operation({
      ...reads,
      id: 'listRegistrations',
      summary: 'Cerca nel registro: le registrazioni che corrispondono, dalla più recente',
      querystring: listQuery(SEARCH_PARAMETERS),
      answers: { 200: RegistrationPage },
      problems: ['search-too-wide', 'search-too-common'],
    }),
    async (request, reply) => {
      const aoo = requestedOffice(request);
      if (!aoo.ok) return sendProblem(reply, aoo.problem);
      const { cursor = null, limit = 50, aoo: _, ...asked } = request.query;
      const filter = registerFilter(asked);
      if (!filter.ok) return sendProblem(reply, filter.problem);
      const page = await views.registrations({ aoo: aoo.value, cursor, limit, filter: filter.value });
      if (page.tooMany === true) return sendProblem(reply, problem('search-too-wide'));
      if (page.tooCommon === true) return sendProblem(reply, problem('search-too-common', '', 'text'));
      return {
        ...presentPage(page, limit, presentFound),
        ...(page.similar === true && { similar: true }),
      };
    },
  );
  server.get(
    '/registrations/:register/:year/:number',
    operation({
      ...reads,
      id: 'readRegistration',
      summary: 'Una registrazione con documenti, annullamento e modifiche',
      params: RegistrationNumber,
      querystring: closed(officeParameter),
      answers: { 200: RegistrationDetails },
    }),
    async (request, reply) => {
      const aoo = requestedOffice(request);
      if (!aoo.ok) return sendProblem(reply, aoo.problem);
      const { register, year, number } = request.params;
      const found = await views.registration([aoo.value, register, year, number].join('/'));
      return found === null ? sendProblem(reply, problem('not-found')) : presentRegistration(found);
    },
  );
}

const DailyRegister = named('DailyRegister', {
  date: day(),
  registrations: listOf(RegistrationSummary, 100_000),
  annulled: listOf(
    closed({
      id: storedText(120),
      at: timestamp(),
      reason: storedText(10_000),
      provision: storedText(10_000),
      by: storedText(500),
    }),
    100_000,
  ),
});

function dailyRegisterRoute(server: ApiServer, { officeViews }: RegisterDeps): void {
  server.get(
    '/daily-registers/:date',
    operation({
      ...reads,
      id: 'readDailyRegister',
      summary: 'Il registro di un giorno: registrazioni e annullamenti',
      params: closed({ date: day() }),
      querystring: closed(officeParameter),
      answers: { 200: DailyRegister },
    }),
    async (request, reply) => {
      const aoo = requestedOffice(request);
      if (!aoo.ok) return sendProblem(reply, aoo.problem);
      const { date } = request.params;
      const { registrations, annulled } = await officeViews.dailyRegister(aoo.value, date);
      return { date, registrations: registrations.map(withoutNulls), annulled };
    },
  );
}

const writes = {
  tag: 'register',
  access: 'register:write',
  params: RegistrationNumber,
  querystring: closed(officeParameter),
  command: true,
  problems: ['registration-annulled'],
} as const;
/** The corresponding offices to which a notification was queued. */
const Notified = listOf(named('NotifiedOffice', { exchange: uuid(), recipient: storedText(320) }), 1_000);

const presentNotified = (told: readonly { readonly exchangeId: string; readonly recipient: string }[]) =>
  told.map(({ exchangeId, recipient }) => ({ exchange: exchangeId, recipient }));

/** DPR 445/2000 art. 54: nothing is deleted; the annulment names its reason and provision. */
function annulmentRoute(server: ApiServer, { offices, commands }: RegisterDeps): void {
  server.post(
    '/registrations/:register/:year/:number/annulment',
    operation({
      ...writes,
      id: 'annulRegistration',
      summary: 'Annulla una registrazione e ne informa i corrispondenti che ne conoscono il numero',
      body: named(
        'AnnulmentRequest',
        { reason: prose(2_000), provision: prose(2_000, { description: 'Il provvedimento (art. 54).' }) },
        { examples: [{ reason: 'Registrato due volte.', provision: 'Determina n. 3 del 2 marzo 2026' }] },
      ),
      answers: { 200: named('AnnulledRegistration', { registration: RegistrationIdentifier, told: Notified }) },
    }),
    async (request, reply) => {
      const office = configuredOffice(request, offices);
      if (!office.ok) return sendProblem(reply, office.problem);
      const wish = { registration: registrationKeyOf(request.params), ...request.body };
      const annulled = await commands.annul(office.value, wish, callOf(request));
      if (!annulled.ok) return sendProblem(reply, annulled.problem);
      const { identifier, told } = annulled.value;
      return { registration: withoutNulls(identifier), told: presentNotified(told) };
    },
  );
}

const ChangedRegistration = named('ChangedRegistration', {
  registration: RegistrationIdentifier,
  changes: listOf(
    closed({
      field: ChangedField,
      oldValue: Type.Optional(storedText(500)),
      newValue: Type.Optional(storedText(500)),
    }),
    2,
  ),
  told: Notified,
});

function changeRoute(server: ApiServer, { offices, commands }: RegisterDeps): void {
  server.post(
    '/registrations/:register/:year/:number/changes',
    operation({
      ...writes,
      id: 'changeRegistration',
      summary: "Cambia assegnazione o classificazione; chi ha avuto la conferma riceve l'aggiornamento",
      body: named(
        'RegistrationChangeRequest',
        { office: Type.Optional(line(200)), classification: Type.Optional(line(200)) },
        { examples: [{ office: 'Ufficio Ambiente', classification: '6.9' }] },
      ),
      answers: { 200: ChangedRegistration },
    }),
    async (request, reply) => {
      const office = configuredOffice(request, offices);
      if (!office.ok) return sendProblem(reply, office.problem);
      const wish = { registration: registrationKeyOf(request.params), ...request.body };
      const changed = await commands.change(office.value, wish, callOf(request));
      if (!changed.ok) return sendProblem(reply, changed.problem);
      const { identifier, changes, told } = changed.value;
      return {
        registration: withoutNulls(identifier),
        changes: changes.map(withoutNulls),
        told: presentNotified(told),
      };
    },
  );
}
