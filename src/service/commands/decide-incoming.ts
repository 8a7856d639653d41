/** What a person or the office's protocol system decides about an incoming message. */

import { type Exchange, type IncomingExchange, isIncoming } from '../../domain/exchange/exchange.ts';
import { isAllowed, transition } from '../../domain/exchange/transition.ts';
import { identifierOf } from '../../domain/register/registration.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { Identifier } from '../../model/segnatura.ts';
import { openTally } from '../intake/answer-ceiling.ts';
import type { JudgedMail } from '../intake/judged-mail.ts';
import {
  queueConfirmation,
  queueException,
  type RegistrationWishes,
  registerIncoming,
} from '../intake/register-incoming.ts';
import { type RejudgeDeps, rejudgeMail } from '../intake/rejudge-mail.ts';
import { applyTransition } from '../register/apply-transition.ts';
import { externalNumber } from '../register/external-number.ts';
import { type FilingWishes, fileRegistration, prepareFiling } from '../register/file-registration.ts';
import {
  type Call,
  type CommandDeps,
  type ExpectedVersion,
  exchangeFor,
  notAllowed,
  runCommand,
} from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';
import type { OfficeTransaction } from '../register/office-transaction.ts';
import type { ExternalNumber, UnitOfWork } from '../register/unit-of-work.ts';

export interface Decided {
  readonly exchangeId: string;
  readonly state: string;
  readonly version: number;
  readonly identifier: Identifier | null;
}

export type DecideDeps = CommandDeps & RejudgeDeps;

export interface RegisterRequest extends ExpectedVersion, Omit<RegistrationWishes, 'given'> {
  readonly exchangeId: string;
  /** The number the office's own protocol system gave; null: this register gives one. */
  readonly given: Omit<ExternalNumber, 'year'> | null;
  /** Null: as the sender asks and the office is configured. */
  readonly answer: boolean | null;
  /** Where a person at the desk puts it; its class goes as `classification`, too. */
  readonly filing?: FilingWishes;
}

/**
 * Registers and confirms a message that waits for a person or for the protocol system. An office whose protocol system
 * numbers must give the number; an office that numbers here must not.
 */
export async function registerMessage(
  office: Office,
  request: RegisterRequest,
  call: Call,
  deps: DecideDeps,
): Promise<Result<Decided>> {
  const { given: told, answer, version, exchangeId, filing, ...wishes } = request;
  const checked = externalNumber(office, told, deps.clock.now());
  if (!checked.ok) return checked;
  const given = checked.value;
  return onItsMail(office, { exchangeId, version }, call, deps, async ({ exchange, mail, tx, work }) => {
    const isWanted = answer ?? exchange.answerWanted;
    // A protocol system that registers by itself has its answers counted as those of this register are.
    const isFlooded = isWanted && given !== null && (await hasItsShare(office, exchange, tx, work));
    const answerWanted = isWanted && !isFlooded;
    const allowed = transition(exchange, { type: 'register', answerWanted });
    if (!isAllowed(allowed)) return notAllowed(exchange);
    const shown = { type: 'show', task: 'answers-too-many', reason: exchange.peerAddress } as const;
    const step = isFlooded ? { ...allowed, effects: [...allowed.effects, shown] } : allowed;
    if (given !== null && (await tx.registrations.find(given)) !== null)
      return refuse(problem('number-taken', '', `${given.register} ${given.number}/${given.year}`));
    const filed = filing === undefined ? ok(null) : await prepareFiling(filing, tx, work);
    if (!filed.ok) return filed;
    const { change, identifier } = await registerIncoming(office, mail, work, call.by, {
      ...wishes,
      ...(given !== null && { given }),
    });
    if (filing !== undefined && change.registered != null)
      fileRegistration(change.registered, filing, filed.value, work);
    if (answerWanted) queueConfirmation(office, mail, exchange, identifier, work);
    const event = {
      type: 'registered-by-hand',
      once: `registered ${exchange.version}`,
      mailId: exchange.mailId,
    } as const;
    applyTransition(office, work, exchange, step, { ...event, data: { by: call.by, identifier } }, change);
    return ok(decided(work, exchangeId, identifier));
  });
}

async function hasItsShare(
  office: Office,
  { peerAddress }: IncomingExchange,
  tx: OfficeTransaction,
  { at }: UnitOfWork,
): Promise<boolean> {
  const tally = await openTally(tx, at, [peerAddress], office.answersPerHour);
  return tally.sentTo(peerAddress) >= office.answersPerHour;
}

export interface DecideRequest extends ExpectedVersion {
  readonly exchangeId: string;
  /** Italian; told to the sender when the message is refused. */
  readonly reason: string;
}

/** Answers with a NotificaEccezione that names the reason, and our number if the message was registered. */
export const refuseMessage = (
  office: Office,
  { reason, ...request }: DecideRequest,
  call: Call,
  deps: DecideDeps,
): Promise<Result<Decided>> =>
  onItsMail(office, request, call, deps, async ({ exchange, mail, tx, work }) => {
    const step = transition(exchange, { type: 'refuse', reasons: [reason] });
    if (!isAllowed(step)) return notAllowed(exchange);
    const identifier = await ourIdentifier(office, exchange, tx);
    queueException(office, mail, exchange, { reasons: [reason], identifier }, work);
    const event = { type: 'refused-by-hand', once: `refused ${exchange.version}`, mailId: exchange.mailId } as const;
    applyTransition(office, work, exchange, step, { ...event, data: { by: call.by, reason } });
    return ok(decided(work, exchange.exchangeId, identifier));
  });

/** Confirms a message that was registered without a confirmation, or whose confirmation could not be delivered. */
export const confirmMessage = (
  office: Office,
  request: Pick<DecideRequest, 'exchangeId' | 'version'>,
  call: Call,
  deps: DecideDeps,
): Promise<Result<Decided>> =>
  onItsMail(office, request, call, deps, async ({ exchange, mail, tx, work }) => {
    const step = transition(exchange, { type: 'confirm' });
    const identifier = await ourIdentifier(office, exchange, tx);
    if (!isAllowed(step) || identifier === null) return notAllowed(exchange);
    queueConfirmation(office, mail, exchange, identifier, work);
    const event = {
      type: 'confirmed-by-hand',
      once: `confirmed ${exchange.version}`,
      mailId: exchange.mailId,
    } as const;
    applyTransition(office, work, exchange, step, { ...event, data: { by: call.by } });
    return ok(decided(work, exchange.exchangeId, identifier));
  });

const ASIDE = { close: 'closed', 'hand-over': 'handed-to-a-person', take: 'taken' } as const;

/**
 * Closes a message without registering it, hands a message held for the protocol system to a person, or notes that the
 * protocol system has taken it and will number it.
 */
export async function setAside(
  office: Office,
  request: DecideRequest & { readonly how: keyof typeof ASIDE },
  call: Call,
  deps: CommandDeps,
): Promise<Result<Decided>> {
  const { exchangeId, reason, version, how } = request;
  return runCommand(office, call, deps, async (tx, work) => {
    const found = await exchangeFor(tx, work, exchangeId, { version }, isIncoming);
    if (!found.ok) return found;
    const step = transition(found.value, how === 'hand-over' ? { type: how, reason } : { type: how });
    if (!isAllowed(step)) return notAllowed(found.value);
    const event = { type: ASIDE[how], once: `${how} ${found.value.version}` } as const;
    applyTransition(office, work, found.value, step, { ...event, mailId: null, data: { by: call.by, reason } });
    work.audit(event.type, exchangeId, { by: call.by, reason });
    return ok(decided(work, exchangeId, null));
  });
}

interface OnItsMail {
  readonly exchange: IncomingExchange;
  readonly mail: JudgedMail;
  readonly tx: OfficeTransaction;
  readonly work: UnitOfWork;
}

/**
 * The exchange under the lock, with its mail, which is read and judged before the lock is taken. If another mail has
 * replaced it meanwhile, that is a version conflict.
 */
async function onItsMail(
  office: Office,
  { exchangeId, version }: Pick<DecideRequest, 'exchangeId' | 'version'>,
  call: Call,
  deps: DecideDeps,
  decide: (on: OnItsMail) => Promise<Result<Decided>>,
): Promise<Result<Decided>> {
  const judged = await rejudgeMail(office, exchangeId, deps);
  if (!judged.ok) return judged;
  const { value: mail } = judged;
  return runCommand(office, call, deps, async (tx, work) => {
    const found = await exchangeFor(tx, work, exchangeId, { version }, isIncoming);
    if (!found.ok) return found;
    if (mail === null || mail.kept.mailId !== found.value.mailId) return refuse(problem('version-conflict'));
    return decide({ exchange: found.value, mail, tx, work });
  });
}

/** How our registration of the exchange is named; null where it has none. */
export async function ourIdentifier(
  office: Office,
  { registered }: Exchange,
  tx: OfficeTransaction,
): Promise<Identifier | null> {
  const registration = registered && (await tx.registrations.find(registered));
  return registration && identifierOf(office, registration);
}

const decided = (work: UnitOfWork, exchangeId: string, identifier: Identifier | null): Decided => {
  const exchange = work.exchange(exchangeId);
  return { exchangeId, state: exchange?.state ?? '', version: exchange?.version ?? 0, identifier };
};
