/** What the people of the sample do, in a few words each, and the waiting until the machines are done. */
import { setTimeout as sleep } from 'node:timers/promises';
import { legalTime } from '../../kernel/clock.ts';
import type { Result } from '../../kernel/result.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { SentDocument } from '../../service/outgoing/send-request.ts';
import type { Call } from '../../service/register/idempotent-command.ts';
import type { Office } from '../../service/register/office.ts';
import type { Service } from '../../wiring/service.ts';
import { samplePdf } from '../sample-pdf.ts';
import { assignSample, enrolSamplePeople, type SampleOffice, type SampleUnit } from './people.ts';
import type { ShiftedClock } from './shifted-clock.ts';
import { correspondentOf, openWriters, type SampleFile, type Writer, type Writers } from './writers.ts';

const SECONDS = 60;
export type SamplePlace = Pick<Stage, 'offices' | 'service' | 'sandbox' | 'clock'>;

export interface Stage {
  readonly service: Service;
  readonly sandbox: Sandbox;
  readonly clock: ShiftedClock;
  readonly writers: Writers;
  /** Esempio, then Provaria. */
  readonly offices: readonly [Office, Office];
  /** Resolves when every mail that is there was dealt with, and nothing waits to be sent. */
  quiet(): Promise<void>;
  send(from: Office, to: Office | Writer, subject: string, files: readonly SampleFile[]): Promise<number>;
  /** A clerk registers what waits under this subject. Resolves with the number. */
  register(at: Office, subject: string, classification: string): Promise<number>;
  /** A clerk gives a registration to an office inside. */
  assign(at: Office, number: number, unit: SampleUnit, note?: string): Promise<void>;
  annul(at: Office, number: number, reason: string, provision: string): Promise<void>;
}

export async function openStage(place: SamplePlace): Promise<Stage> {
  const { service, sandbox, clock, offices } = place;
  const { views, commands } = service;
  const staff = await enrolSamplePeople(service.people, offices);
  const staffOf = (at: Office): SampleOffice => {
    const found = staff[offices.findIndex(({ aoo }) => aoo === at.aoo)];
    if (found === undefined) throw new Error(`${at.name} is not of the sample`);
    return found;
  };
  const callOf = (at: Office): Call => {
    const { personId, name } = staffOf(at).clerk;
    return { by: name, client: `person:${personId}`, idempotency: null };
  };
  const thisYear = (): number => legalTime(clock.now()).year;

  const messages = async ({ aoo }: Office) => (await views.messages({ aoo, cursor: null, limit: 200 })).items;
  const isQuiet = async (): Promise<boolean> => {
    const { messages: known, outbox } = await views.status();
    if (known.waiting > 0 || outbox.queued > 0) return false;
    for (const office of offices)
      if ((await messages(office)).length < sandbox.mails(office.address).length) return false;
    return true;
  };
  return {
    ...place,
    writers: await openWriters(sandbox, clock),
    async quiet() {
      await until('the sample has settled', async () => (await isQuiet()) || null);
    },
    async send(from, to, subject, files) {
      const documents = files.map((file): SentDocument => file);
      const { identifier } = done(
        await service.send(from, {
          subject,
          generation: '2013',
          confirmationRequested: true,
          classifications: [],
          recipients: [{ address: to.address, correspondent: correspondentOf(to as Office) }],
          documents,
        }),
      );
      return Number(identifier.number);
    },
    async assign(at, number, unit, note = '') {
      await assignSample(service.assignments, at, staffOf(at), { number, year: thisYear(), unit, note });
    },
    async register(at, subject, classification) {
      const exchangeId = await until(`a message about ${subject}`, async () => {
        const found = (await messages(at)).find((one) => one.subject?.includes(subject) && one.state === 'settled');
        return found?.exchange ?? null;
      });
      const request = { exchangeId, given: null, answer: null, version: null, classification };
      const { identifier } = done(await commands.register(at, request, callOf(at)));
      return Number(identifier?.number);
    },
    async annul(at, number, reason, provision) {
      const registration = { register: at.register, year: thisYear(), number };
      done(await commands.annul(at, { registration, reason, provision }, callOf(at)));
    },
  };
}

function done<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.problem.message);
  return result.value;
}

async function until<T>(what: string, probe: () => Promise<T | null>): Promise<T> {
  const deadline = performance.now() + SECONDS * 1000;
  for (;;) {
    const found = await probe();
    if (found !== null) return found;
    if (performance.now() > deadline) throw new Error(`not within ${SECONDS} seconds: ${what}`);
    await sleep(20);
  }
}

export const pdf = (name: string, title: string, ...lines: readonly string[]): SampleFile => ({
  name,
  mediaType: 'application/pdf',
  bytes: samplePdf(title, lines),
});

export const text = (name: string, ...lines: readonly string[]): SampleFile => ({
  name,
  mediaType: 'text/plain',
  bytes: Buffer.from(`${lines.join('\n')}\n`),
});
