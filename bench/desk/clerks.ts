/** Many clerks at once, each with an act every five seconds, while certified mail comes in. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ordinaryMessage, transportEnvelope } from '../../src/sandbox/craft.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { type Measurement, measurement, quantile } from '../report.ts';
import { ADDRESS } from './office.ts';

const MAILS_PER_SECOND = 5;
const PAUSE_MS = 5_000;

export interface Place {
  readonly origin: string;
  readonly token: string;
  readonly sandbox: Sandbox;
}

export interface Crowd {
  readonly clerks: number;
  readonly seconds: number;
  /** Pages that are read. */
  readonly pages: readonly string[];
  /** Registrations that get a note: addresses of their sheets. */
  readonly sheets: readonly string[];
}

interface Opened {
  /** Until the whole page is there. */
  readonly ms: number;
  readonly text: string;
  /** Cookies for what is posted from it. */
  readonly cookie: string;
}

export async function open({ origin, token }: Place, path: string): Promise<Opened> {
  const start = performance.now();
  const answer = await fetch(`${origin}${path}`, { headers: { cookie: `sessione=${token}` }, redirect: 'manual' });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
  const ms = performance.now() - start;
  const set = answer.headers.getSetCookie().map((one) => one.split(';')[0]);
  return { ms, text, cookie: [`sessione=${token}`, ...set].join('; ') };
}

/** Writes a note on the registration whose sheet was read, as its form does. Resolves with milliseconds until the answer. */
async function note({ origin }: Place, path: string, sheet: Opened): Promise<number> {
  const [, form = ''] = sheet.text.split(`action="${path}/nota"`);
  const hidden = [...form.slice(0, form.indexOf('</form>')).matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  const body = new URLSearchParams(hidden.map(([, name = '', value = '']) => [name, value]));
  body.set('nota', 'Sentito il responsabile: si procede.');
  const start = performance.now();
  const answer = await fetch(`${origin}${path}/nota`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: sheet.cookie, 'sec-fetch-site': 'same-origin' },
    body,
  });
  await answer.text();
  if (answer.status !== 303) throw new Error(`a note on ${path} answered ${answer.status}`);
  return performance.now() - start;
}

export async function crowd(place: Place, { clerks, seconds, pages, sheets }: Crowd): Promise<readonly Measurement[]> {
  const read: number[] = [];
  const acts: number[] = [];
  const until = performance.now() + seconds * 1000;
  const letters = async (): Promise<void> => {
    for (let n = 0; performance.now() < until; n += 1) {
      deliver(place.sandbox, n);
      await sleep(1000 / MAILS_PER_SECOND);
    }
  };
  const clerk = async (which: number): Promise<void> => {
    await sleep((PAUSE_MS * which) / clerks);
    for (let n = which; performance.now() < until; n += clerks) {
      const due = performance.now() + PAUSE_MS;
      read.push((await open(place, pages[(n * 7) % pages.length] ?? '/io')).ms);
      const path = sheets[n % sheets.length] ?? '/io';
      const sheet = await open(place, path);
      read.push(sheet.ms);
      acts.push(await note(place, path, sheet));
      await sleep(Math.max(0, due - performance.now()));
    }
  };
  await Promise.all([letters(), ...Array.from({ length: clerks }, (_, which) => clerk(which))]);
  const rows = (what: string, times: readonly number[]): readonly Measurement[] => [
    measurement(`${clerks} clerks with mail coming in, ${what}, p50`, quantile(times, 0.5), 'ms'),
    measurement(`${clerks} clerks with mail coming in, ${what}, p95`, quantile(times, 0.95), 'ms', { atMost: 150 }),
  ];
  return [...rows('pages', read), ...rows('acts', acts)];
}

function deliver(sandbox: Sandbox, n: number): void {
  const from = 'ditta@pec.ditta.example.it';
  const about = { from, subject: `Domanda ${n}`, date: new Date(), messageId: `<${n}@pec.ditta.example.it>` };
  const original = ordinaryMessage({ ...about, to: ADDRESS });
  const to = [{ address: ADDRESS, certified: true }];
  const provider = sandbox.provider('pec.ditta.example.it');
  sandbox.deliverRaw(
    ADDRESS,
    transportEnvelope(provider, { ...about, identifier: `opec.${n}@pec.ditta.example.it`, to, original }),
  );
}
