/** What a clerk asks of a large register, timed at the use case: exact number, filtered list, words of texts. */
import { randomUUID } from 'node:crypto';
import { postgresRegisterViews } from '../../src/adapters/postgres/queries/register-views.ts';
import type { RegisterFilter } from '../../src/service/queries/register-views.ts';
import { type Measurement, measurement, quantile } from '../report.ts';
import { OFFICES, type Register } from './offices.ts';

/** A clerk of the protocol desk: reserved registrations are filtered out inside the query. */
const CLERK = { all: true, reserved: false, personId: randomUUID(), units: [] };
const YEAR = new Date().getFullYear();

type Kind = readonly [name: string, share: number, atMost: number, filter: (n: number) => RegisterFilter];

const kindsOf = (perOffice: number): readonly Kind[] => [
  ['exact number', 0.99, 5, (n) => ({ number: 1 + ((n * 7919) % perOffice), year: YEAR - (n % 5) })],
  ['list by direction', 0.95, 30, () => ({ direction: 'outgoing' })],
  [
    'list by dates',
    0.95,
    30,
    (n) => ({ from: `${YEAR - 2}-0${1 + (n % 9)}-01`, to: `${YEAR - 2}-0${1 + (n % 9)}-28` }),
  ],
  ['list by numbers', 0.95, 30, (n) => ({ year: YEAR - 1, numberFrom: n, numberTo: perOffice })],
  ['list by subject', 0.95, 30, (n) => ({ subject: `n. ${1 + ((n * 7919) % perOffice)} di` })],
  ['text, a rare word', 0.95, 100, () => ({ text: 'badia quattrocentesca' })],
  ['text, a common word', 0.95, 100, () => ({ text: 'relazione' })],
  ['text, common words', 0.95, 100, () => ({ text: 'relazione comune pratica' })],
  ['text, common and rare', 0.95, 100, () => ({ text: 'relazione badia' })],
  ['text, a number in it', 0.95, 100, (n) => ({ text: `delibera ${1 + ((n * 7919) % perOffice)}` })],
  ['text, in nothing', 0.95, 100, () => ({ text: 'ornitorinco' })],
];

export async function askRegister(
  { pool }: Register,
  registrations: number,
  questions: number,
  say: (line: string) => void,
): Promise<readonly Measurement[]> {
  const views = postgresRegisterViews(pool);
  const rows: Measurement[] = [];
  for (const [name, share, atMost, filter] of kindsOf(Math.floor(registrations / OFFICES.length))) {
    const times: number[] = [];
    // The first ten are not counted: each office's first question finds nothing in memory.
    for (let n = -10; n < questions; n += 1) {
      const office = OFFICES[Math.abs(n) % OFFICES.length];
      if (office === undefined) throw new Error('there is no office');
      const query = { aoo: office.aoo, reader: CLERK, filter: filter(Math.abs(n)), cursor: null, limit: 50 };
      const started = performance.now();
      await views.search(query);
      if (n >= 0) times.push(performance.now() - started);
    }
    say(`${name}: p50 ${quantile(times, 0.5).toFixed(1)} ms, p95 ${quantile(times, 0.95).toFixed(1)} ms`);
    rows.push(measurement(`${name}, p${share * 100}`, quantile(times, share), 'ms', { atMost }));
  }
  return rows;
}
