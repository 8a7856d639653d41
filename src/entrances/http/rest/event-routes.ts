/** What happens in an office, and what a person has to look at. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Commands } from '../../../service/commands/commands.ts';
import type { EventFeed } from '../../../service/events/feed.ts';
import { type EventWaiters, longPoll } from '../../../service/events/long-poll.ts';
import type { Views } from '../../../service/queries/views.ts';
import { officeOf } from '../access/request-office.ts';
import { operation, refused } from '../operation.ts';
import { listQuery, pageOf, present } from '../paging.ts';
import { send } from '../reply/problem-reply.ts';
import { closed, held, int32, int64, listOf, oneOf, prose, Type, time, uuid } from '../schemas.ts';
import { known } from './index-answers.ts';
import { DIRECTIONS, task } from './office-answers.ts';
import { callOf, configuredOffice, type Offices, ofOffice } from './office-request.ts';

const FeedItem = closed({
  seq: int64({ description: "La posizione nell'ordine degli eventi dell'ufficio, senza lacune." }),
  at: time(),
  type: held(64),
  exchange: Type.Optional(uuid()),
  direction: Type.Optional(oneOf(DIRECTIONS)),
  version: Type.Optional(int32(0, 2_147_483_647)),
  message: Type.Optional(uuid()),
  task: Type.Optional(uuid()),
});
const After = closed({
  ...ofOffice,
  after: Type.Optional(int64({ default: 0, description: "L'ultimo «seq» già letto." })),
  limit: Type.Optional(int32(1, 500, { default: 100 })),
  wait: Type.Optional(
    int32(0, 30, { default: 0, description: "Secondi per cui attendere se non c'è ancora nulla di nuovo." }),
  ),
});
const ById = closed({ id: uuid() });

export interface EventDeps {
  readonly offices: Offices;
  readonly feed: Pick<EventFeed, 'after'>;
  readonly waiters: EventWaiters;
  readonly views: Pick<Views, 'tasks' | 'task'>;
  readonly commands: Pick<Commands, 'closeTask'>;
}

export function eventRoutes(plain: FastifyInstance, deps: EventDeps): void {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  server.get(
    '/events',
    operation({
      id: 'listEvents',
      tag: 'events',
      access: 'events:read',
      summary: "Gli eventi dell'ufficio, in ordine, conservati per sempre",
      description: "Si prosegue con «after» uguale all'ultimo «seq» letto: ogni evento arriva almeno una volta.",
      querystring: After,
      answers: { 200: closed({ items: listOf(FeedItem, 500), limit: int32(1, 500) }) },
    }),
    async (request, reply) => {
      const aoo = officeOf(request);
      if (!aoo.ok) return refused(reply, aoo.problem) as undefined;
      const { after = 0, limit = 100, wait = 0 } = request.query;
      const read = () => deps.feed.after(aoo.value, after, limit);
      const found = await longPoll(deps.waiters, aoo.value, read, wait * 1000, request.signal);
      const items = found.map(({ seq, at, type, exchangeId, direction, version, mailId, taskId }) =>
        known({ seq, at, type, exchange: exchangeId, direction, version, message: mailId, task: taskId }),
      );
      return { items, limit } as never;
    },
  );
  taskRoutes(plain, deps);
}

function taskRoutes(plain: FastifyInstance, deps: EventDeps): void {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  const shared = { tag: 'events', access: 'events:read' } as const;
  server.get(
    '/tasks',
    operation({
      ...shared,
      id: 'listTasks',
      summary: 'Le segnalazioni per gli operatori, dalla più recente, con che cosa fare',
      querystring: listQuery(ofOffice),
      answers: { 200: pageOf(closed(task)) },
    }),
    async (request, reply) => {
      const aoo = officeOf(request);
      if (!aoo.ok) return refused(reply, aoo.problem) as never;
      const { cursor = null, limit = 50 } = request.query;
      return present(await deps.views.tasks({ aoo: aoo.value, cursor, limit }), limit, known) as never;
    },
  );
  server.get(
    '/tasks/:id',
    operation({
      ...shared,
      id: 'getTask',
      summary: 'Una segnalazione',
      params: ById,
      querystring: closed(ofOffice),
      answers: { 200: closed(task) },
    }),
    async (request, reply) => {
      const aoo = officeOf(request);
      if (!aoo.ok) return refused(reply, aoo.problem) as never;
      const found = await deps.views.task(request.params.id);
      return (found === null || found.aoo !== aoo.value ? send(reply, 'not-found') : known(found)) as never;
    },
  );
  server.post(
    '/tasks/:id/closure',
    operation({
      id: 'closeTask',
      tag: 'events',
      access: 'messages:receive',
      summary: 'Chiude una segnalazione, indicando come è stata risolta',
      params: ById,
      querystring: closed(ofOffice),
      body: closed({ outcome: prose(2_000) }, { examples: [{ outcome: 'Chiarito con il mittente.' }] }),
      command: true,
      answers: { 200: closed({ task: uuid() }) },
      problems: ['task-undecided'],
    }),
    async (request, reply) => {
      const office = configuredOffice(request, deps.offices);
      if (!office.ok) return refused(reply, office.problem) as never;
      const wish = { taskId: request.params.id, outcome: request.body.outcome };
      const done = await deps.commands.closeTask(office.value, wish, callOf(request));
      return (done.ok ? { task: done.value.taskId } : refused(reply, done.problem)) as never;
    },
  );
}
