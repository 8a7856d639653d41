/** What the screens of the register are made of. */
import { postgresFilingViews } from '../adapters/postgres/by-hand/filing.ts';
import { postgresByHand } from '../adapters/postgres/by-hand/store.ts';
import { postgresClosedRegisters } from '../adapters/postgres/daily-register/closed-registers.ts';
import { postgresPeople } from '../adapters/postgres/people/people-store.ts';
import { postgresOpenings } from '../adapters/postgres/people/reserved-openings.ts';
import type { MessageDeps } from '../entrances/http/desk/message/message-deps.ts';
import type { RegisterScreenDeps } from '../entrances/http/desk/register/register-screens.ts';
import { legalTime } from '../kernel/clock.ts';
import type { Assignments } from '../service/assignments/open-assignments.ts';
import { planOf } from '../service/by-hand/plan.ts';
import type { Commands } from '../service/commands/commands.ts';
import { linkPrecedents } from '../service/commands/link.ts';
import type { AooIndex } from '../service/index/open-index.ts';
import { reservedOpenings } from '../service/people/reserved-openings.ts';
import { maySeeIn } from './desk-by-hand.ts';
import type { Storage } from './storage.ts';

export interface RegisterParts {
  readonly storage: Storage;
  readonly assignments: Assignments;
  readonly commands: Commands;
  readonly index: AooIndex;
  readonly papers: MessageDeps;
  readonly copies: RegisterScreenDeps['copies'];
  readonly registerViews: RegisterScreenDeps['registerViews'];
}

/** Offices of the index that the search box shows. */
const OFFICES = 5;

export function registerDeps(parts: RegisterParts): RegisterScreenDeps {
  const { storage, assignments, commands, index, papers, copies, registerViews } = parts;
  const { pool, clock, views } = storage;
  const people = postgresPeople(pool);
  const byHand = postgresByHand(pool);
  const openings = reservedOpenings(postgresOpenings(pool), clock);
  return {
    registerViews,
    assignments,
    commands,
    lives: papers.recipients.lives,
    papers,
    copies,
    openings,
    closedRegisters: postgresClosedRegisters(pool),
    link: (office, request, person, call) =>
      linkPrecedents(office, request, person, call, {
        ...storage,
        filing: postgresFilingViews(pool),
        maySee: maySeeIn(views),
      }),
    classTitle: async (aoo, code) => (await planOf(aoo, byHand.filing)).find((one) => one.code === code)?.title ?? null,
    now: clock.now,
    units: (aoo) => people.units(aoo, legalTime(clock.now()).date),
    async offices(text) {
      const found = await index.lookUp.suggest(text, ['body', 'aoo'], OFFICES);
      return found.map(({ name, key }) => ({ name, code: key, path: `/indice?q=${encodeURIComponent(key)}` }));
    },
  };
}
