/** DPR 445/2000 art. 54: annulling a registration, changing what may be changed, and telling the other office. */

import type { Exchange } from '../../domain/exchange/exchange.ts';
import { isAllowed, transition } from '../../domain/exchange/transition.ts';
import { identifierOf, type Registration } from '../../domain/register/registration.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { Identifier } from '../../model/segnatura.ts';
import { closeByAnnulment } from '../assignments/close-by-annulment.ts';
import { answerMail } from '../register/answer-mail.ts';
import { applyTransition } from '../register/apply-transition.ts';
import type { RegistrationChange, RegistrationKey } from '../register/changes.ts';
import { type Call, type CommandDeps, personOf, runCommand } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';
import type { OfficeTransaction } from '../register/office-transaction.ts';
import type { UnitOfWork } from '../register/unit-of-work.ts';

export interface AnnulRequest {
  readonly registration: RegistrationKey;
  readonly reason: string;
  /** The provision that authorises it (art. 54). */
  readonly provision: string;
}

export interface Annulled {
  readonly identifier: Identifier;
  /** The offices that are told. */
  readonly told: readonly { readonly exchangeId: string; readonly recipient: string }[];
}

/**
 * Annuls a registration; all its data stay readable. The recipients of an outgoing message, or the sender of an incoming
 * one that was told our number, each get an AnnullamentoProtocollazione in their generation. Whoever had asked for it has
 * been answered thereby, and whoever had it in hand has nothing left to do.
 */
export const annulRegistration = (
  office: Office,
  request: AnnulRequest,
  call: Call,
  deps: CommandDeps,
): Promise<Result<Annulled>> =>
  runCommand(office, call, deps, async (tx, work) => {
    const annulled = await annulIn(office, request, call, tx, work);
    const asked = annulled.ok ? await tx.registrations.openAnnulmentRequest(request.registration) : null;
    if (asked !== null)
      work.decideAnnulment({
        requestId: asked.requestId,
        by: call.by,
        person: personOf(call),
        outcome: 'accepted',
        answer: request.provision,
      });
    return annulled;
  });

/** The same inside a transaction that does more. */
export async function annulIn(
  office: Office,
  { registration: key, reason, provision }: AnnulRequest,
  call: Call,
  tx: OfficeTransaction,
  work: UnitOfWork,
): Promise<Result<Annulled>> {
  const { by } = call;
  const registration = await tx.registrations.find(key);
  if (registration === null) return refuse(problem('not-found'));
  if ((await tx.registrations.annulment(key)) !== null) return refuse(problem('registration-annulled'));
  const identifier = identifierOf(office, registration);
  const exchanges = await loaded(tx, work, key);
  work.annul({ ...key, reason, provision, by });
  work.audit('annulled', `${key.register}/${key.year}/${key.number}`, { reason, provision, by });
  await closeByAnnulment(tx, work, key, call);
  const told: Annulled['told'][number][] = [];
  for (const exchange of exchanges) {
    const step = transition(exchange, { type: 'annul' });
    if (!isAllowed(step)) continue;
    const event = { type: 'annulled-here', once: `annulled ${exchange.version}`, mailId: null } as const;
    applyTransition(office, work, exchange, step, { ...event, data: { reason, provision, by } });
    const tells = step.effects.some((effect) => effect.type === 'annul' && effect.tell);
    if (!tells || !(await hasReached(exchange, tx))) continue;
    work.queue(answerMail(office, exchange, NOBODY, { kind: 'annulment', identifier, reason, provision }, work.at));
    told.push({ exchangeId: exchange.exchangeId, recipient: exchange.peerAddress });
  }
  return ok({ identifier, told });
}

/** A recipient that never got the message is told nothing; a message still in the queue is taken out of it. */
async function hasReached(exchange: Exchange, tx: OfficeTransaction): Promise<boolean> {
  if (exchange.state === 'failed' || exchange.state === 'replaced') return false;
  return exchange.state !== 'queued' || !(await tx.outbox.cancelMessage(exchange.exchangeId));
}

export interface ChangeRequest {
  readonly registration: RegistrationKey;
  /** What is absent stays; null empties it. */
  readonly office?: string | null;
  readonly classification?: string | null;
  /** How many changes the caller has seen; left out: the latest of each value is replaced, whatever it is. */
  readonly version?: number | null;
}

export interface Changed {
  readonly identifier: Identifier;
  readonly changes: readonly Pick<RegistrationChange, 'field' | 'oldValue' | 'newValue'>[];
  readonly told: Annulled['told'];
}

/**
 * Changes assignment or classification; old and new value stay visible. A sender that had our confirmation gets an
 * AggiornamentoConferma. A value that is already set changes nothing, and nobody is told.
 */
export async function changeRegistration(
  office: Office,
  { registration: key, version = null, ...wished }: ChangeRequest,
  call: Call,
  deps: CommandDeps,
): Promise<Result<Changed>> {
  return runCommand(office, call, deps, async (tx, work) => {
    const registration = await tx.registrations.find(key);
    if (registration === null) return refuse(problem('not-found'));
    if ((await tx.registrations.annulment(key)) !== null) return refuse(problem('registration-annulled'));
    const identifier = identifierOf(office, registration);
    const present = await tx.registrations.changeableFields(key);
    const changes = (['office', 'classification'] as const).flatMap((field) => {
      const newValue = wished[field];
      if (newValue === undefined || newValue === present[field]) return [];
      return [{ field, oldValue: present[field], newValue }];
    });
    if (changes.length === 0) return ok({ identifier, changes, told: [] });
    if (version !== null && version !== present.version) return refuse(problem('version-conflict'));
    for (const [index, change] of changes.entries())
      work.changeRegistration({ ...key, ...change, version: present.version + index + 1, by: call.by });
    work.audit('changed', `${key.register}/${key.year}/${key.number}`, { changes, by: call.by });
    return ok({ identifier, changes, told: await tellOfUpdate(office, tx, work, registration, identifier, call.by) });
  });
}

async function tellOfUpdate(
  office: Office,
  tx: OfficeTransaction,
  work: UnitOfWork,
  registration: Registration,
  identifier: Identifier,
  by: string,
): Promise<Annulled['told']> {
  if (registration.direction === 'outgoing') return [];
  const told: Annulled['told'][number][] = [];
  for (const exchange of await loaded(tx, work, registration)) {
    if (exchange.direction === 'outgoing' || exchange.plain) continue;
    const step = transition(exchange, { type: 'update' });
    if (!step.effects.some(({ type }) => type === 'update')) continue;
    const event = { type: 'update-here', once: `update ${exchange.version}`, mailId: null, data: { by } } as const;
    applyTransition(office, work, exchange, step, event);
    const received = { identifier: exchange.peerIdentifier, firstRegistration: null, description: null };
    work.queue(answerMail(office, exchange, received, { kind: 'update', identifier }, work.at));
    told.push({ exchangeId: exchange.exchangeId, recipient: exchange.peerAddress });
  }
  return told;
}

async function loaded(tx: OfficeTransaction, work: UnitOfWork, key: RegistrationKey): Promise<readonly Exchange[]> {
  const exchanges = await tx.exchanges.ofRegistration(key);
  work.load(exchanges);
  work.seen(await tx.exchanges.eventsSeen(work.exchangeIds()));
  return exchanges;
}

/** An annulment names the annulled registration alone. */
const NOBODY = { identifier: null, firstRegistration: null, description: null };
