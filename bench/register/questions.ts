/** What a clerk asks of a large register, timed at the use case: exact number, filtered list, words of texts. */
import { randomUUID } from 'node:crypto';
import { postgresRegisterViews } from '../../src/adapters/postgres/queries/register-views.ts';
import type { RegisterFilter } from '../../src/service/queries/register-views.ts';
import { type Measurement, measurement, quantile } from '../report.ts';
import { OFFICES, officeAt, type Register } from './offices.ts';
import { YEARS } from './seed.ts';

/** A clerk of the protocol desk: reserved registrations are filtered out inside the query. */
const CLERK = { all: true, reserved: false, personId: randomUUID(), units: [] };
const YEAR = new Date().getFullYear();

const IN_NOTHING = 'text, in nothing';

type Kind = readonly [name: string, share: number, atMost: number, filter: (n: number) => RegisterFilter];

/** The year in which an office registered this number of `perOffice`; as `seedRegister` spreads them. */
function yearOf(number: number, perOffice: number): number {
  const minutes = (perOffice - number) * Math.floor((YEARS * 525_600) / perOffice);
  return new Date(Date.now() - minutes * 60_000).getFullYear();
}

const anyNumber = (n: number, perOffice: number): number => 1 + ((n * 7919) % perOffice);

const kindsOf = (perOffice: number): readonly Kind[] => [
  [
    'exact number',
    0.99,
    5,
    (n) => ({ number: anyNumber(n, perOffice), year: yearOf(anyNumber(n, perOffice), perOffice) }),
  ],
  ['list by direction', 0.95, 30, () => ({ direction: 'outgoing' })],
  [
    'list by dates',
    0.95,
    30,
    (n) => ({ from: `${YEAR - 2}-0${1 + (n % 9)}-01`, to: `${YEAR - 2}-0${1 + (n % 9)}-28` }),
  ],
  ['list by numbers', 0.95, 30, (n) => ({ year: YEAR - 1, numberFrom: n, numberTo: perOffice })],
  ['list by subject', 0.95, 30, (n) => ({ subject: `n. ${anyNumber(n, perOffice)} di` })],
  ['text, a rare word', 0.95, 100, () => ({ text: 'badia quattrocentesca' })],
  ['text, a common word', 0.95, 100, () => ({ text: 'relazione' })],
  ['text, common words', 0.95, 100, () => ({ text: 'relazione comune pratica' })],
  ['text, common and rare', 0.95, 100, () => ({ text: 'relazione badia' })],
  ['text, a number in it', 0.95, 100, (n) => ({ text: `n. ${anyNumber(n, perOffice)}` })],
  [IN_NOTHING, 0.95, 100, () => ({ text: 'ornitorinco' })],
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
      const query = {
        aoo: officeAt(Math.abs(n)).aoo,
        reader: CLERK,
        filter: filter(Math.abs(n)),
        cursor: null,
        limit: 50,
      };
      const started = performance.now();
      const { items } = await views.search(query);
      if (n >= 0) times.push(performance.now() - started);
      if ((items.length === 0) !== (name === IN_NOTHING)) throw new Error(`${name}: ${items.length} found`);
    }
    say(`${name}: p50 ${quantile(times, 0.5).toFixed(1)} ms, p95 ${quantile(times, 0.95).toFixed(1)} ms`);
    rows.push(measurement(`${name}, p${share * 100}`, quantile(times, share), 'ms', { atMost }));
  }
  return rows;
}
