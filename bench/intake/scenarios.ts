import { setTimeout as sleep } from 'node:timers/promises';
import { type Measurement, measurement, quantile } from '../report.ts';
import type { BaselineTask } from './baseline.ts';
import { startChild } from './child.ts';
import { countConfirmed, gather, rate } from './evidence.ts';
import { startService } from './service-process.ts';
import { fill, listenOnly, query, type Stage, settleMailbox } from './stage.ts';

export type Progress = (line: string) => void;

const MEMORY_MB = 400;
const TARGETS = new Map([
  [20, 500],
  [280, 150],
]);

/** A full mailbox: first the baseline reads it, then the service; each has a database and a folder of its own. */
export async function drain(
  stage: Stage,
  size: number,
  messages: number,
  profile: string | null,
  say: Progress,
): Promise<Measurement[]> {
  const user = `drain${size}`;
  say(`${size} KB: signing ${messages} mails`);
  await fill(stage, user, messages, size * 1000);
  const average = await settleMailbox(stage, user);
  say(`${size} KB: ${messages} mails of ${(average / 1000).toFixed(1)} KB lie in the mailbox; baseline`);
  const baseline = await runBaseline(stage, user, messages);
  say(`${size} KB: baseline ${baseline.toFixed(0)}/s; now the service`);

  const database = await newDatabase(stage, user);
  const service = await startService(stage, user, database, profile);
  const cpuBefore = service.cpuSeconds();
  await confirmed(stage, messages, (count) => say(`${size} KB: ${count} of ${messages} confirmed`));
  const memory = service.peakMemory();
  const cpu = service.cpuSeconds() - cpuBefore;
  await service.stop();
  const { registered, confirmed: handed } = await gather(stage, database, messages);
  const perSecond = rate(registered);
  // All mails were there before the service was ready: the last one waits for all others.
  const waited = registered.map((time) => (time - service.readyAt) / 1000);
  const answered = handed.map((time) => (time - service.readyAt) / 1000);
  const name = (what: string) => `${size} KB: ${what}`;
  const target = TARGETS.get(size);
  return [
    measurement(name('registered'), perSecond, '1/s', { baseline, ...(target !== undefined && { atLeast: target }) }),
    measurement(name('share of the baseline'), perSecond / baseline, '', { atLeast: 0.5 }),
    measurement(name('confirmations handed over'), rate([Math.min(...registered) - 1e-9, ...handed]), '1/s'),
    measurement(name('backlog, arrival → registered, p50'), quantile(waited, 0.5), 's'),
    measurement(name('backlog, arrival → registered, p95'), quantile(waited, 0.95), 's'),
    measurement(name('backlog, arrival → confirmation handed over, p50'), quantile(answered, 0.5), 's'),
    measurement(name('backlog, arrival → confirmation handed over, p95'), quantile(answered, 0.95), 's'),
    measurement(name('peak memory'), memory, 'MB', { atMost: MEMORY_MB }),
    measurement(name('processor time of the service per mail'), (cpu / messages) * 1000, 'ms'),
  ];
}

async function runBaseline(stage: Stage, user: string, messages: number): Promise<number> {
  const database = await newDatabase(stage, `baseline_${user}`);
  const child = startChild('./baseline.ts');
  stage.onEnd(() => child.stop());
  await child.ask();
  const folder = `${stage.folder}/baseline-${user}`;
  await child.ask({ imap: stage.account(user), database, folder, messages, page: 64 } satisfies BaselineTask);
  const rows = await query<{ committed: number; size: number }>(
    database,
    'select extract(epoch from pg_xact_commit_timestamp(xmin))::float8 * 1000 as committed from baseline',
  );
  if (rows.length !== messages) throw new Error(`the baseline kept ${rows.length} of ${messages} mails`);
  return rate(rows.map(({ committed }) => committed));
}

/** One mail at a time on an idle system, then a single large one: the same process serves both. */
export async function quiet(
  stage: Stage,
  idle: number,
  largeMb: number,
  profile: string | null,
  say: Progress,
): Promise<Measurement[]> {
  const user = 'quiet';
  const database = await newDatabase(stage, user);
  const service = await startService(stage, user, database, profile);
  const arrived: number[] = [];
  const told = await listenOnly(stage, user);
  await sleep(1_000);
  say(`idle: ${idle} mails, one at a time`);
  for (let index = 0; index < idle; index += 1) {
    const mail = await stage.maker.next(20_000);
    arrived.push(performance.timeOrigin + performance.now());
    await stage.dovecot.deliver(user, mail);
    await confirmed(stage, index + 1);
    // Pauses of varying length, so that nothing depends on hitting a timer.
    await sleep(120 + ((index * 37) % 11) * 35);
  }
  const memoryIdle = service.peakMemory();
  if (largeMb > 0) {
    say(`one mail of ${largeMb} MB`);
    const mail = await stage.maker.next(largeMb * 1_000_000);
    arrived.push(performance.timeOrigin + performance.now());
    await stage.dovecot.deliverMany(user, [mail]);
    await confirmed(stage, idle + 1);
  }
  const memory = service.peakMemory();
  await service.stop();
  const { registered, confirmed: handed } = await gather(stage, database, arrived.length);
  const waited = registered.map((time, index) => time - (arrived[index] ?? Number.NaN));
  const answered = handed.map((time, index) => time - (arrived[index] ?? Number.NaN));
  // The server's own delay, measured by a client that only listens.
  const heard = told.slice(0, idle).map((time, index) => time - (arrived[index] ?? Number.NaN));
  const rows: Measurement[] = [];
  if (idle > 0) {
    rows.push(
      measurement('idle: arrival → registered, p50', quantile(waited.slice(0, idle), 0.5), 'ms', {
        baseline: quantile(heard, 0.5),
      }),
      measurement('idle: arrival → registered, p95', quantile(waited.slice(0, idle), 0.95), 'ms', {
        baseline: quantile(heard, 0.95),
        atMost: 500,
      }),
      measurement('idle: arrival → confirmation handed over, p50', quantile(answered.slice(0, idle), 0.5), 'ms'),
      measurement('idle: arrival → confirmation handed over, p95', quantile(answered.slice(0, idle), 0.95), 'ms'),
      measurement('idle: peak memory', memoryIdle, 'MB', { atMost: MEMORY_MB }),
    );
  }
  if (largeMb > 0) {
    rows.push(
      measurement(`one mail of ${largeMb} MB: arrival → registered`, (waited.at(-1) ?? Number.NaN) / 1000, 's'),
      measurement(`one mail of ${largeMb} MB: peak memory`, memory, 'MB', { atMost: MEMORY_MB }),
    );
  }
  return rows;
}

async function newDatabase(stage: Stage, name: string): Promise<string> {
  await stage.postgres.createDatabase(name);
  return stage.postgres.url(name);
}

/** Waits until this many confirmations reached the submission server, plus a moment for the service to record it. */
async function confirmed(stage: Stage, messages: number, progress?: (count: number) => void): Promise<void> {
  const patience = 30_000;
  let last = { count: 0, at: performance.now(), said: performance.now() };
  for (;;) {
    const count = await countConfirmed(stage);
    const now = performance.now();
    if (count >= messages) break;
    if (count > last.count) last = { ...last, count, at: now };
    if (now - last.at > patience)
      throw new Error(`nothing happened for half a minute: ${count} of ${messages} confirmed`);
    if (progress && now - last.said > 3_000) {
      progress(count);
      last = { ...last, said: now };
    }
    await sleep(progress ? 200 : 20);
  }
  await sleep(progress ? 1_000 : 60);
}
