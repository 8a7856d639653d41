/** What writing, checking and following messages at the desk is made of. */
import { postgresByHand } from '../adapters/postgres/by-hand/store.ts';
import { postgresEvidence } from '../adapters/postgres/queries/evidence.ts';
import { readsRegistration, recipientLives } from '../adapters/postgres/queries/recipient-lives.ts';
import { postgresRegisterViews } from '../adapters/postgres/queries/register-views.ts';
import { postgresSentBefore } from '../adapters/postgres/queries/sent-before.ts';
import { compose } from '../adapters/smtp/compose.ts';
import type { LivesDeps } from '../entrances/http/desk/send/lives-routes.ts';
import type { SendPageDeps } from '../entrances/http/desk/send/send-routes.ts';
import { planOf } from '../service/by-hand/plan.ts';
import type { Commands } from '../service/commands/commands.ts';
import { evidence } from '../service/evidence/open-evidence.ts';
import type { AooIndex } from '../service/index/open-index.ts';
import { checkBeforeSending } from '../service/outgoing/check-before-sending.ts';
import { readerOf } from '../service/people/rights.ts';
import { lastChangeIn } from './last-change.ts';
import type { Storage } from './storage.ts';

export function sendingDeps(storage: Storage, commands: Commands, { lookUp, resolve }: AooIndex): SendPageDeps {
  const { pool, clock, uploads, views } = storage;
  const { book, drafts, filing } = postgresByHand(pool);
  const sentBefore = postgresSentBefore(pool);
  return {
    commands,
    check: (office, request) => checkBeforeSending(office, request, { resolve, sentBefore, clock }),
    index: lookUp,
    book,
    drafts: { drafts, clock },
    uploads,
    classTitle: async (aoo, code) => (await planOf(aoo, filing)).find((one) => one.code === code)?.title ?? null,
    async answered(aoo, { register, year, number }, caller) {
      const found = await views.registration(`${aoo}/${register}/${year}/${number}`, readerOf(caller));
      if (found?.direction !== 'incoming') return null;
      const { correspondent, certifiedAddress, subject, peerNumber } = found;
      return { name: correspondent, address: certifiedAddress, subject, peerNumber };
    },
    async reminded(aoo, exchangeId, caller) {
      const found = await views.exchange(exchangeId, readerOf(caller));
      if (found?.aoo !== aoo || found.direction !== 'outgoing' || found.ourNumber === null) return null;
      const { peer: recipient, subject, ourNumber: number, createdAt } = found;
      return { recipient, subject, number, sentAt: new Date(createdAt) };
    },
    mayRead: readsRegistration(pool),
    clock,
  };
}

export function livesDeps(storage: Storage, commands: Commands): LivesDeps {
  const { pool, documents, clock } = storage;
  return {
    lastChange: lastChangeIn(storage),
    lives: recipientLives(pool),
    mayRead: readsRegistration(pool),
    commands,
    registerViews: postgresRegisterViews(pool),
    evidence: evidence({ records: postgresEvidence(pool), documents, compose, clock }),
    clock,
  };
}
