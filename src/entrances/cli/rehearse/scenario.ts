/** What scenarios share: two offices (which may be one), the service's commands and views, and waiting. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Problem } from '../../../kernel/problems.ts';
import type { Result } from '../../../kernel/result.ts';
import type { SendRequest } from '../../../service/outgoing/send-request.ts';
import type { ExchangeDetail, TaskView } from '../../../service/queries/views.ts';
import type { Call } from '../../../service/register/idempotent-command.ts';
import type { MailRecipe } from '../../../service/register/mail-recipe.ts';
import type { Office } from '../../../service/register/office.ts';
import type { OfficeTools } from '../../../wiring/cli.ts';
import { numberOf } from './rehearsal-numbers.ts';
import type { Part } from './set-up-parts.ts';

/** The scenario did not come out as it should. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
  /** The part of the set-up that is at fault, if known. */
  readonly part: Part | null;
  constructor(message: string, part: Part | null = null) {
    super(message);
    this.part = part;
  }
}

export interface ScenarioContext {
  readonly tools: OfficeTools;
  readonly own: Office;
  /** The other council; the office itself if it is alone. */
  readonly other: Office;
  readonly call: Call;
  /** Part of every subject of the scenario, and of no other. */
  readonly mark: string;
  /** The time limit, by `performance.now()`. */
  readonly deadline: number;
  /** Aborted: stopped by hand. */
  readonly signal: AbortSignal;
  /** Called now and then with what is still missing. True: it will not come. */
  readonly waits: (missing: string) => Promise<boolean>;
}

export interface Scenario {
  /** A sentence about what has happened when the scenario passes. */
  readonly title: string;
  /** Where to look when it fails. */
  readonly advice: string;
  /** `itself`: always alone; `anybody`: with the other council, or alone; `council`: only with another council. */
  readonly with: 'itself' | 'anybody' | 'council';
  run(context: ScenarioContext): Promise<void>;
}

/** The answer of a command. A refusal fails the scenario. */
export function done<T>(result: Result<T>): T {
  if (!result.ok) throw refused(result.problem);
  return result.value;
}

const refused = ({ code, message }: Problem) =>
  new ScenarioError(message, code.startsWith('index-') ? 'index' : code === 'signer-missing' ? 'seal' : null);

const PROBE_EVERY_MS = 100;
const REPORT_EVERY_MS = 15_000;

/** Repeats `probe` until it finds something. `missing` says what was there instead when the time is up. */
export async function until<T>(
  { deadline, signal, waits }: Pick<ScenarioContext, 'deadline' | 'signal' | 'waits'>,
  probe: () => Promise<T | null>,
  missing: () => string,
): Promise<T> {
  for (let said = performance.now(); ; ) {
    const found = await probe();
    if (found !== null) return found;
    const now = performance.now();
    if (signal.aborted) throw new ScenarioError(`stopped by hand; ${missing()}`);
    if (now > deadline) throw new ScenarioError(missing());
    if (now - said > REPORT_EVERY_MS) {
      said = now;
      if (await waits(missing())) throw new ScenarioError(missing());
    }
    // An abort is handled above.
    await sleep(PROBE_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

export function ensure(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new ScenarioError(otherwise);
}

/** States that do not change by themselves: waiting longer is useless. */
const FINAL_STATES: ReadonlySet<string> = new Set([
  ...['failed', 'confirmed', 'excepted', 'annulled', 'withdrawn', 'replaced', 'unevidenced'],
  ...['operator', 'held', 'registered', 'refused', 'unanswered', 'closed'],
]);

/** Waits until the exchange satisfies `is`, which `wanted` describes. `from`: final states in which it may still wait. */
export async function exchangeUntil(
  context: ScenarioContext,
  office: Office,
  id: string,
  wanted: string,
  is: (exchange: ExchangeDetail) => boolean,
  from: readonly string[] = [],
): Promise<ExchangeDetail> {
  let seen: ExchangeDetail | null = null;
  const probe = async () => {
    seen = await context.tools.views.exchange(id);
    if (seen === null || is(seen)) return seen;
    if (FINAL_STATES.has(seen.state) && !from.includes(seen.state)) throw new ScenarioError(missing());
    return null;
  };
  const missing = () =>
    `${office.name}: ${wanted} was expected; ${seen === null ? 'there is no exchange' : describe(seen)}`;
  return until(context, probe, missing);
}

export const reaches = (
  context: ScenarioContext,
  office: Office,
  id: string,
  state: string,
  from: readonly string[] = [],
) => exchangeUntil(context, office, id, `"${state}"`, (exchange) => exchange.state === state, from);

/** The state of an exchange and the reason, for the person who has to mend it. */
function describe({ id, state, awaits, outbox, tasks }: ExchangeDetail): string {
  const shown = tasks.filter(({ closedAt }) => closedAt === null).map(({ sentence }) => sentence);
  const errors = outbox.flatMap(({ lastError }) => (lastError === null ? [] : [`sending it: ${lastError}`]));
  const waiting = awaits === null ? [] : [`it waits for ${awaits}`];
  // The sentence of a task already names the error.
  return [`it is "${state}"`, ...waiting, ...(shown.length > 0 ? shown : errors), `interpro show ${id}`].join('; ');
}

/** The incoming exchange of the scenario's message at an office. */
export async function arrivedAt(context: ScenarioContext, office: Office): Promise<ExchangeDetail> {
  const { views } = context.tools;
  const asked = { aoo: office.aoo, cursor: null, limit: 200, filter: { direction: 'incoming' } } as const;
  const probe = async () => {
    const { items } = await views.exchanges(asked);
    const found = items.find(({ subject }) => subject.includes(context.mark));
    return found === undefined ? null : views.exchange(found.id);
  };
  return until(context, probe, () => `nothing has arrived at ${office.name} (${office.address})`);
}

/** Waits until an answer to the scenario's message is in the sender's mailbox and judged. */
export async function answerAt(context: ScenarioContext, sender: Office): Promise<void> {
  const probe = async () => {
    const { items } = await context.tools.views.messages({ aoo: sender.aoo, cursor: null, limit: 200 });
    const answers = ({ kind, subject }: (typeof items)[number]) =>
      kind !== null && kind !== 'pec-receipt' && (subject ?? '').includes(context.mark);
    return items.find(answers) ?? null;
  };
  await until(context, probe, () => `no answer has arrived at ${sender.name} (${sender.address})`);
}

/** Waits for a task about an exchange. */
export async function taskOf(context: ScenarioContext, exchangeId: string, code: string): Promise<TaskView> {
  const probe = async () =>
    (await context.tools.views.exchange(exchangeId))?.tasks.find((task) => task.code === code) ?? null;
  return until(context, probe, () => `nobody is told ("${code}" is on no list); interpro show ${exchangeId}`);
}

/** The registrations of the scenario's message. */
export async function registrationsOf(context: ScenarioContext, office: Office, direction: 'incoming' | 'outgoing') {
  const asked = { aoo: office.aoo, cursor: null, limit: 200, filter: { direction } };
  const { items } = await context.tools.views.registrations(asked);
  return items.filter(({ subject }) => subject.includes(context.mark));
}

export const DOCUMENT: SendRequest['documents'][number] & { readonly bytes: Buffer } = {
  name: 'prova.txt',
  mediaType: 'text/plain',
  bytes: Buffer.from('Documento di prova, senza valore.\n'),
};

/** Required in 3.0.0, which a recipient may be known to read. */
export const CLASSIFICATIONS: SendRequest['classifications'] = [{ name: 'Prova di funzionamento', levels: ['0'] }];

/** Registers and queues a message, as `interpro send` does. `to`: the recipient as a person would name it. */
export async function sendFrom(context: ScenarioContext, from: Office, to: string) {
  const given = numberOf(from);
  const request = {
    ...(given !== null && { given }),
    to: [to],
    addressAsItIs: true,
    subject: `${context.mark} Messaggio di prova, senza valore`,
    generation: null,
    documents: [DOCUMENT],
    confirmationRequested: true,
    classifications: CLASSIFICATIONS,
  };
  const sent = await context.tools.commands.send(from, request, context.call);
  if (!sent.ok) throw refused(sent.problem);
  return sent.value.exchanges[0]?.exchangeId ?? '';
}

/** The other office by its code; the office itself by its address, which need not be in the index. */
export const nameOf = ({ own, other }: ScenarioContext): string => (own.aoo === other.aoo ? own.address : other.aoo);

/** Sends to the other office and waits until both registers know both numbers. */
export async function exchangeWith(context: ScenarioContext) {
  const { own, other } = context;
  const exchangeId = await sendFrom(context, own, nameOf(context));
  if (other.numbering === 'external') await registerAsProtocolSystem(context, other);
  const outgoing = await reaches(context, own, exchangeId, 'confirmed');
  const { id } = await arrivedAt(context, other);
  const incoming = await reaches(context, other, id, 'confirmed');
  ensure(outgoing.peerNumber !== null, `${own.name}: the confirmation told no number; interpro show ${exchangeId}`);
  ensure(
    outgoing.peerNumber === incoming.ourNumber,
    `${own.name} was told ${outgoing.peerNumber}, but ${other.name} registered ${incoming.ourNumber}`,
  );
  return { outgoing, incoming };
}

/** Registers what has arrived, as the office's own protocol system does. If that was quicker, its number counts. */
async function registerAsProtocolSystem(context: ScenarioContext, office: Office): Promise<void> {
  const { tools, call } = context;
  const { id } = await arrivedAt(context, office);
  const ready = ({ state, ourNumber }: ExchangeDetail) => state === 'held' || ourNumber !== null;
  const { ourNumber } = await exchangeUntil(context, office, id, '"held"', ready);
  if (ourNumber !== null) return;
  const wish = { exchangeId: id, version: null, given: numberOf(office), answer: null };
  const taken = await tools.commands.register(office, wish, call);
  if (!taken.ok && (await tools.views.exchange(id))?.ourNumber == null) throw refused(taken.problem);
}

/** The key of the registration of an exchange, which a list prints as `IPA/AOO/REGISTER/YEAR/NUMBER`. */
export function registrationOf({ id, registration }: ExchangeDetail) {
  const [, , register = '', year, number] = registration?.split('/') ?? [];
  ensure(number !== undefined, `the exchange has no registration; interpro show ${id}`);
  return { register, year: Number(year), number: Number(number) };
}

/** Hands a mail to the provider, bypassing the service, as other software of the office would. */
export async function submit({ tools }: ScenarioContext, from: Office, recipe: MailRecipe): Promise<void> {
  const handover = await tools.sender.send(from.smtp, recipe, AbortSignal.timeout(30_000));
  if (handover.outcome !== 'accepted')
    throw new ScenarioError(`the provider of ${from.name} did not take the mail: ${handover.response}`, 'smtp');
}
