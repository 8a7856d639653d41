/** What the desk is made of: the persons who use it, and the parts behind its screens. */
import { join } from 'node:path';
import type { openLogger } from '../adapters/logger.ts';
import { openIdProvider } from '../adapters/openid/provider.ts';
import { indexImports } from '../adapters/postgres/index/imports.ts';
import { postgresPeople } from '../adapters/postgres/people/people-store.ts';
import { postgresOpenings } from '../adapters/postgres/people/reserved-openings.ts';
import { postgresDigests } from '../adapters/postgres/queries/assignment-digest.ts';
import { postgresAssignments } from '../adapters/postgres/queries/assignments.ts';
import { postgresOverview } from '../adapters/postgres/queries/overview.ts';
import { postgresPeerBehaviour } from '../adapters/postgres/queries/peer-behaviour.ts';
import { postgresPresence } from '../adapters/postgres/queries/presence.ts';
import { postgresRegisterViews } from '../adapters/postgres/queries/register-views.ts';
import { postgresWorklist } from '../adapters/postgres/queries/worklist.ts';
import { adminToken } from '../adapters/secrets/admin-token.ts';
import { DEFAULT_ACCESS } from '../config/access.ts';
import type { Config } from '../config/config.ts';
import { DEFAULT_DESK } from '../config/desk.ts';
import type { AdministrationDeps } from '../entrances/http/desk/administration/administration-deps.ts';
import type { MessageDeps } from '../entrances/http/desk/message/message-deps.ts';
import type { DeskDeps } from '../entrances/http/desk/screens.ts';
import type { AssignmentViews } from '../service/assignments/assignment-views.ts';
import { openAssignments } from '../service/assignments/open-assignments.ts';
import type { Commands } from '../service/commands/commands.ts';
import type { EventWaiters } from '../service/events/long-poll.ts';
import type { AooIndex } from '../service/index/open-index.ts';
import type { DeskCaller } from '../service/people/caller.ts';
import type { ContentKeys } from '../service/people/content-keys.ts';
import { openPeople, type People } from '../service/people/people.ts';
import { reservedOpenings } from '../service/people/reserved-openings.ts';
import { mayDo, readerOf } from '../service/people/rights.ts';
import { courtesyCopies, type StampPdf } from '../service/previews/courtesy-copy.ts';
import type { RegisterViews } from '../service/queries/register-views.ts';
import type { Worklist } from '../service/queries/worklist.ts';
import { byHandScreenDeps } from './desk-by-hand.ts';
import { registerDeps } from './desk-register.ts';
import { livesDeps, sendingDeps } from './desk-sending.ts';
import { lastChangeIn } from './last-change.ts';
import type { Running } from './running.ts';
import type { Storage } from './storage.ts';

type Logger = ReturnType<typeof openLogger>;

export const peopleOf = (
  { pool, secrets, clock }: Storage,
  { desk: { sessions } = DEFAULT_DESK, accounts = null }: Config,
  log: Logger,
): People =>
  openPeople({
    store: postgresPeople(pool),
    secrets,
    clock,
    log: log.child({ part: 'people' }),
    rules: sessions,
    accountRules:
      accounts === null
        ? null
        : {
            issuer: accounts.issuer,
            groups: accounts.groups,
            provider: openIdProvider(accounts, log.child({ part: 'accounts' })),
          },
  });

export interface DeskWiring {
  readonly commands: Commands;
  readonly index: AooIndex;
  readonly waiters: EventWaiters;
  readonly config: Config;
  readonly storage: Storage;
  readonly running: Running;
  readonly people: People;
  readonly administration: AdministrationDeps;
  readonly messages: MessageDeps;
  readonly stamp: StampPdf;
}

export async function deskDeps(wiring: DeskWiring): Promise<DeskDeps> {
  const { config, storage, running, people, commands, waiters, index, administration, messages, stamp } = wiring;
  const { access: { tls } = DEFAULT_ACCESS, accounts, api, desk: { footer } = DEFAULT_DESK, dataFolder } = config;
  const { pool, clock, views } = storage;
  const worklist = postgresWorklist(pool);
  const presence = postgresPresence(pool);
  const assignments = openAssignments(storage, postgresAssignments(pool));
  const registerViews = postgresRegisterViews(pool);
  return {
    sessions: { open: people.openSession },
    formKey: await adminToken(join(dataFolder, 'form-key')),
    isSecure: tls !== null || api?.publicUrl != null,
    offices: running.offices,
    openings: reservedOpenings(postgresOpenings(pool), clock),
    persons: {
      people,
      accounts:
        people.accounts === null || accounts == null
          ? null
          : { ...people.accounts, name: accounts.name, publicUrl: api?.publicUrl ?? null },
      digests: { ...postgresDigests(pool), isOffered: () => (running.config().alerts ?? null) !== null },
      now: storage.clock.now,
    },
    footer,
    ...administration,
    waiting: (caller) => waiting(caller, worklist, assignments.views),
    live: { waiters },
    palette: { lookUp: index.lookUp, now: clock.now },
    presence: {
      presence,
      async isSeen(aoo, reader, about) {
        const found = about.includes('/')
          ? await views.registration(
              `${aoo}/${running.offices.get(aoo)?.register}/${about.replace(/\/0*/, '/')}`,
              reader,
            )
          : await views.exchange(about, reader);
        return found?.aoo === aoo;
      },
    },
    messages,
    worklist: {
      worklist,
      presence,
      clock,
      commands,
      others: (caller) => otherCounters(caller, assignments.views, registerViews, people.contentKeys),
      lastChange: lastChangeIn(storage),
    },
    indexPages: { clock, index, imports: indexImports(pool), ...postgresPeerBehaviour(pool) },
    overview: { ...postgresOverview(pool), clock, mailboxes: async () => (await views.status()).mailboxes },
    assignments,
    register: registerDeps({
      ...{ storage, assignments, commands, index, registerViews, papers: messages },
      copies: courtesyCopies(stamp),
    }),
    sending: sendingDeps(storage, commands, index),
    lives: livesDeps(storage, commands),
    byHand: byHandScreenDeps(storage, index, assignments),
  };
}

/** What the person is to do: of the office, for those who see all of it; else what is assigned to them. */
async function waiting(caller: DeskCaller, worklist: Worklist, assigned: AssignmentViews): Promise<number> {
  const { aoo } = caller;
  if (aoo === null || !mayDo(caller, 'desk:read')) return 0;
  const reader = readerOf(caller);
  if (reader.all) return (await worklist.counts(aoo, reader)).total;
  const [toTake, unread] = await Promise.all([
    assigned.count(reader, { aoo, list: 'to-take', scope: 'own' }),
    assigned.count(reader, { aoo, list: 'unread', scope: 'own' }),
  ]);
  return toTake + unread;
}

/** Beside the list: assignments that nobody has taken, those that came back, and what the head is asked to annul. */
async function otherCounters(
  caller: DeskCaller,
  assigned: AssignmentViews,
  register: Pick<RegisterViews, 'countAnnulmentRequests'>,
  keys: Pick<ContentKeys, 'count'>,
) {
  const { aoo } = caller;
  if (aoo === null || !mayDo(caller, 'assignments:own')) return [];
  const reader = readerOf(caller);
  const scope = reader.all ? 'office' : 'own';
  const mayAnnul = mayDo(caller, 'register:annul');
  const mayOversee = mayDo(caller, 'content-keys');
  const [toTake, returned, toAnnul, unseenKeys] = await Promise.all([
    assigned.count(reader, { aoo, list: 'to-take', scope }),
    assigned.count(reader, { aoo, list: 'returned', scope }),
    mayAnnul ? register.countAnnulmentRequests(aoo, reader) : 0,
    mayOversee ? keys.count(aoo) : 0,
  ]);
  return [
    { label: 'Da prendere in carico', href: '/assegnazioni?elenco=da-prendere', count: toTake },
    { label: 'Restituite', href: '/assegnazioni?elenco=restituite', count: returned },
    ...(mayAnnul
      ? [{ label: 'Annullamenti da decidere', href: '/registro?stato=annullamento-chiesto', count: toAnnul }]
      : []),
    ...(unseenKeys > 0 ? [{ label: 'Chiavi da vedere', href: '/chiavi', count: unseenKeys }] : []),
  ];
}
