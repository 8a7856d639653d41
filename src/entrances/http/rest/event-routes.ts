/** What happens in an office, and the tasks that wait for a person. */
import { Type } from '@fastify/type-provider-typebox';
import { problem } from '../../../kernel/problems.ts';
import type { Commands } from '../../../service/commands/commands.ts';
import type { EventFeed } from '../../../service/events/feed.ts';
import { type EventWaiters, longPoll } from '../../../service/events/long-poll.ts';
import type { Views } from '../../../service/queries/views.ts';
import { requestedOffice } from '../access/request-office.ts';
import { type ApiServer, operation } from '../operation.ts';
import { listQuery, pageOf, presentPage } from '../paging.ts';
import { sendProblem } from '../reply/problem-reply.ts';
import { closed, counter, int32, int64, listOf, named, prose, storedText, timestamp, uuid } from '../schemas.ts';
import { withoutNulls } from '../without-nulls.ts';
import { Direction, Task } from './office-answers.ts';
import { callOf, configuredOffice, type Offices, officeParameter } from './office-request.ts';

const FeedItem = named('FeedEvent', {
  seq: int64({ description: "La posizione nell'ordine degli eventi dell'ufficio, senza lacune." }),
  at: timestamp(),
  type: storedText(64),
  exchange: Type.Optional(uuid()),
  direction: Type.Optional(Direction),
  version: Type.Optional(counter()),
  message: Type.Optional(uuid()),
  task: Type.Optional(uuid()),
});
const FeedQuery = closed({
  ...officeParameter,
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

export function eventRoutes(server: ApiServer, deps: EventDeps): void {
  server.get(
    '/events',
    operation({
      id: 'listEvents',
      tag: 'events',
      access: 'events:read',
      summary: "Gli eventi dell'ufficio, in ordine, conservati per sempre",
      description: "Si prosegue con «after» uguale all'ultimo «seq» letto: ogni evento arriva almeno una volta.",
      querystring: FeedQuery,
      answers: { 200: named('EventList', { items: listOf(FeedItem, 500), limit: int32(1, 500) }) },
    }),
    async (request, reply) => {
      const aoo = requestedOffice(request);
      if (!aoo.ok) return sendProblem(reply, aoo.problem);
      const { after = 0, limit = 100, wait = 0 } = request.query;
      const read = () => deps.feed.after(aoo.value, after, limit);
      const found = await longPoll(deps.waiters, aoo.value, read, wait * 1000, request.signal);
      const items = found.map(({ seq, at, type, exchangeId, direction, version, mailId, taskId }) =>
        withoutNulls({ seq, at, type, exchange: exchangeId, direction, version, message: mailId, task: taskId }),
      );
      return { items, limit };
    },
  );
  taskRoutes(server, deps);
}

function taskRoutes(server: ApiServer, deps: EventDeps): void {
  const reads = { tag: 'events', access: 'events:read' } as const;
  server.get(
    '/tasks',
    operation({
      ...reads,
      id: 'listTasks',
      summary: 'Le segnalazioni per gli operatori, dalla più recente, con che cosa fare',
      querystring: listQuery(officeParameter),
      answers: { 200: pageOf('TaskPage', Task) },
    }),
    async (request, reply) => {
      const aoo = requestedOffice(request);
      if (!aoo.ok) return sendProblem(reply, aoo.problem);
      const { cursor = null, limit = 50 } = request.query;
      return presentPage(await deps.views.tasks({ aoo: aoo.value, cursor, limit }), limit, withoutNulls);
    },
  );
  server.get(
    '/tasks/:id',
    operation({
      ...reads,
      id: 'readTask',
      summary: 'Una segnalazione',
      params: ById,
      querystring: closed(officeParameter),
      answers: { 200: Task },
    }),
    async (request, reply) => {
      const aoo = requestedOffice(request);
      if (!aoo.ok) return sendProblem(reply, aoo.problem);
      const found = await deps.views.task(request.params.id);
      return found?.aoo === aoo.value ? withoutNulls(found) : sendProblem(reply, problem('not-found'));
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
      querystring: closed(officeParameter),
      body: named('TaskClosure', { outcome: prose(2_000) }, { examples: [{ outcome: 'Chiarito con il mittente.' }] }),
      command: true,
      answers: { 200: named('ClosedTask', { task: uuid() }) },
      problems: ['task-undecided'],
    }),
    async (request, reply) => {
      const office = configuredOffice(request, deps.offices);
      if (!office.ok) return sendProblem(reply, office.problem);
      const wish = { taskId: request.params.id, outcome: request.body.outcome };
      const closure = await deps.commands.closeTask(office.value, wish, callOf(request));
      return closure.ok ? { task: closure.value.taskId } : sendProblem(reply, closure.problem);
    },
  );
}
