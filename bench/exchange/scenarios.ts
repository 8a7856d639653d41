import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '../intake/child.ts';
import { query } from '../intake/stage.ts';
import { type Measurement, measurement, quantile } from '../report.ts';
import type { Facts, SendTask, Sent } from './council.ts';
import { gather, type RoundTrip, settledMails } from './evidence.ts';
import type { PlainAnswer, PlainTask } from './plain.ts';
import type { Answers } from './questions.ts';
import {
  ESEMPIO,
  PASSWORD,
  PROVARIA,
  postgresCpuMs,
  type Stage,
  startCouncil,
  startProvider,
  usageOf,
} from './stage.ts';

export type Progress = (line: string) => void;

/** A document that makes a mail of some 50 KB, segnatura and base64 included. */
const DOCUMENT_BYTES = 34_000;
const MAILS = 6;
const ROUND_TRIPS_PER_SECOND = 25;
const PACED_MS = 1_000;
const RECIPIENTS_SECONDS = 20;

interface Times {
  /** Whole round trips a second, from the first request to send to the last mail. */
  readonly rate: number;
  /** For each round trip, in milliseconds. */
  readonly durations: readonly number[];
}

/** `perSecond` null: all at once. First the sandbox alone, then the councils, each with a sandbox of its own. */
export async function exchange(
  stage: Stage,
  messages: number,
  perSecond: number | null,
  say: Progress,
): Promise<Measurement[]> {
  const title = perSecond === null ? 'full speed' : `${perSecond}/s`;
  const scenario = perSecond === null ? 'full' : 'paced';
  say(`${title}: ${messages} round trips through the sandbox alone`);
  const plain = await runPlain(stage, `${scenario}_plain`, messages, perSecond);
  say(`${title}: the sandbox alone ${plain.rate.toFixed(1)}/s; now the councils`);

  const provider = await startProvider(stage, scenario, [ESEMPIO.address, PROVARIA.address]);
  const sender = await startCouncil(stage, scenario, ESEMPIO, provider);
  const receiver = await startCouncil(stage, scenario, PROVARIA, provider);
  const parties = [provider, sender, receiver];
  const before = await Promise.all(parties.map(usageOf));
  const databaseBefore = postgresCpuMs(stage);
  const task: SendTask = { messages, documentBytes: DOCUMENT_BYTES, recipients: [PROVARIA], perSecond };
  const sending = sender.child.ask(task) as Promise<Sent>;
  // A failure is handled below; this keeps it from being reported as unhandled before.
  sending.catch(() => undefined);
  await progress(
    messages * MAILS,
    () => settledMails([sender, receiver]),
    (count) => say(`${title}: ${count} of ${messages * MAILS} mails settled`),
  );
  const sent = await sending;
  const after = await Promise.all(parties.map(usageOf));
  const databaseMs = postgresCpuMs(stage) - databaseBefore;
  for (const { child } of [sender, receiver, provider]) await child.stop();
  const trips = await gather(sender, receiver, sent);
  const times = timesOf(
    trips.map(({ started }) => started),
    trips.map(({ ended }) => ended),
  );
  const costs = after.map(({ cpuMs }, index) => (cpuMs - (before[index]?.cpuMs ?? 0)) / messages);
  const name = (what: string) => `${title}: ${what}`;
  const share = (part: number) => quantile(times.durations, part);
  const alone = (part: number) => quantile(plain.durations, part);
  const speed =
    perSecond === null
      ? [
          measurement(name('whole round trips'), times.rate, '1/s', {
            baseline: plain.rate,
            atLeast: ROUND_TRIPS_PER_SECOND,
          }),
          measurement(name('backlog, p50'), share(0.5) / 1000, 's', { baseline: alone(0.5) / 1000 }),
          measurement(name('backlog, p95'), share(0.95) / 1000, 's', { baseline: alone(0.95) / 1000 }),
        ]
      : [
          measurement(name('whole round trip, p50'), share(0.5), 'ms', { baseline: alone(0.5) }),
          measurement(name('whole round trip, p95'), share(0.95), 'ms', { baseline: alone(0.95), atMost: PACED_MS }),
          ...steps(trips).map(([what, value]) => measurement(name(what), value, 'ms')),
        ];
  return [
    ...speed,
    measurement(name('processor time of the sandbox per round trip'), costs[0] ?? Number.NaN, 'ms', {
      baseline: plain.sandboxMs,
    }),
    measurement(name('processor time of the sender per round trip'), costs[1] ?? Number.NaN, 'ms'),
    measurement(name('processor time of the receiver per round trip'), costs[2] ?? Number.NaN, 'ms'),
    measurement(name('processor time of PostgreSQL per round trip'), databaseMs / messages, 'ms'),
    measurement(name('peak memory of the sandbox'), after[0]?.peakMb ?? Number.NaN, 'MB'),
  ];
}

/** Where the time of a round trip goes: the median of each step, in order. */
function steps(trips: readonly RoundTrip[]): readonly (readonly [what: string, milliseconds: number])[] {
  const median = (from: keyof RoundTrip, to: keyof RoundTrip) =>
    quantile(
      trips.map((trip) => trip[to] - trip[from]),
      0.5,
    );
  return [
    ['asked → registered and queued, p50', median('started', 'queued')],
    ['→ the provider has taken it, p50', median('queued', 'recordHandover')],
    ['→ kept by the receiver, p50', median('recordHandover', 'kept')],
    ['→ registered there, p50', median('kept', 'registered')],
    ['→ its provider has taken the confirmation, p50', median('registered', 'answered')],
    ['→ kept by the sender, p50', median('answered', 'answerKept')],
    ['→ confirmed there, p50', median('answerKept', 'confirmed')],
    ['→ the last receipt settled, p50', median('confirmed', 'ended')],
  ];
}

async function runPlain(
  stage: Stage,
  scenario: string,
  roundTrips: number,
  perSecond: number | null,
): Promise<Times & { readonly sandboxMs: number }> {
  const provider = await startProvider(stage, scenario, [ESEMPIO.address, PROVARIA.address]);
  const child = startChild('../exchange/plain.ts');
  stage.onEnd(() => child.stop());
  await child.ask();
  const login = ({ address }: Facts) => ({ address, password: PASSWORD });
  const task: PlainTask = {
    ...{ provider: provider.ready, from: login(ESEMPIO), to: login(PROVARIA), roundTrips, perSecond },
    ...{ documentBytes: DOCUMENT_BYTES, answerBytes: 1_500 },
  };
  const before = await usageOf(provider);
  const { started, ended } = (await child.ask(task)) as PlainAnswer;
  const after = await usageOf(provider);
  await child.stop();
  await provider.child.stop();
  return { ...timesOf(started, ended), sandboxMs: (after.cpuMs - before.cpuMs) / roundTrips };
}

function timesOf(started: readonly number[], ended: readonly number[]): Times {
  return {
    rate: (ended.length / (Math.max(...ended) - Math.min(...started))) * 1000,
    durations: ended.map((time, index) => time - (started[index] ?? Number.NaN)),
  };
}

/** One registration to many bodies in ten certified domains; afterwards every mailbox is checked. */
export async function manyRecipients(stage: Stage, count: number, say: Progress): Promise<Measurement[]> {
  const recipients = Array.from({ length: count }, (_, index): Facts => {
    const id = String(index).padStart(4, '0');
    const address = `protocollo.${id}@pec.gruppo${index % 10}.example.it`;
    return { administration: `c_p${id}`, code: `AP${id}`, name: `Comune di Prova ${id}`, address };
  });
  say(`${count} recipients: opening their mailboxes`);
  const addresses = recipients.map(({ address }) => address);
  const provider = await startProvider(stage, 'many', [ESEMPIO.address, ...addresses]);
  const sender = await startCouncil(stage, 'many', ESEMPIO, provider);
  const task: SendTask = { messages: 1, documentBytes: DOCUMENT_BYTES, recipients, perSecond: null };
  const sending = sender.child.ask(task) as Promise<Sent>;
  sending.catch(() => undefined);
  const handed = () => sender.count(`select count(*) from outbox where state = 'sent'`);
  await progress(count, handed, (done) => say(`${count} recipients: ${done} handed over`));
  const { started } = await sending;
  const asked = started[0]?.[1] ?? Number.NaN;
  const usage = await usageOf(sender);
  const rows = await query<{ recipient: string; attempts: number; queued: number; at: number }>(
    sender.database,
    `select recipient, attempts, (extract(epoch from sent_at) * 1000)::float8 as at,
            (extract(epoch from queued_at) * 1000)::float8 as queued from outbox where state = 'sent'`,
  );
  await eachOnce(provider, addresses, rows);
  for (const { child } of [sender, provider]) await child.stop();
  const last = Math.max(...rows.map(({ at }) => at));
  return [
    measurement(`one registration, ${count} recipients: all handed to SMTP`, (last - asked) / 1000, 's', {
      atMost: RECIPIENTS_SECONDS,
    }),
    measurement(`one registration, ${count} recipients: first handed over after`, (firstOf(rows) - asked) / 1000, 's'),
    measurement(`one registration, ${count} recipients: peak memory of the sender`, usage.peakMb, 'MB'),
  ];
}

const firstOf = (rows: readonly { readonly at: number }[]): number => Math.min(...rows.map(({ at }) => at));

/** Throws unless every recipient's mailbox holds exactly one mail and the outbox sent each at its first try. */
async function eachOnce(
  { child }: { readonly child: Child },
  addresses: readonly string[],
  rows: readonly { readonly recipient: string; readonly attempts: number }[],
): Promise<void> {
  const { counts } = (await child.ask({ count: addresses })) as Answers;
  const wrong = addresses.filter((_, index) => counts[index] !== 1);
  const different = new Set(rows.map(({ recipient }) => recipient)).size;
  const repeated = rows.filter(({ attempts }) => attempts !== 1).length;
  if (wrong.length === 0 && different === addresses.length && rows.length === addresses.length && repeated === 0)
    return;
  throw new Error(
    `not one mail for each of ${addresses.length} recipients: ${wrong.length} mailboxes hold none or several, ` +
      `${rows.length} mails to ${different} recipients, ${repeated} tried again`,
  );
}

/** Waits until `count` is reached; a minute without any progress is a failure. */
async function progress(goal: number, count: () => Promise<number>, say: (count: number) => void): Promise<void> {
  let last = { count: 0, at: performance.now(), said: performance.now() };
  for (;;) {
    const reached = await count();
    const now = performance.now();
    if (reached >= goal) return;
    if (reached > last.count) last = { ...last, count: reached, at: now };
    if (now - last.at > 60_000) throw new Error(`nothing happened for a minute: ${reached} of ${goal}`);
    if (now - last.said > 3_000) {
      say(reached);
      last = { ...last, said: now };
    }
    await sleep(250);
  }
}
