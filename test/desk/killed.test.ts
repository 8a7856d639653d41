/** The same form, sent to two processes at once, or to one that is killed and then again: done once. Asked without a browser. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ESEMPIO } from '../support/node.ts';
import { below, chosenSeed, seededRandom } from '../support/random.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';
import { FIRM } from './support/letters.ts';
import { type OtherProcesses, openForm, otherProcesses } from './support/other-process.ts';

let desk: DeskHouse;
let others: OtherProcesses;
beforeAll(async () => {
  desk = await openDesk();
  others = await otherProcesses(desk);
});
afterAll(async () => {
  await others?.end();
  await desk?.stop();
});

const letter = (oggetto: string) => ({
  verso: 'entrata',
  come: 'counter',
  giorno: '2026-01-10',
  ora: '09:40',
  nome: 'Mario Prova',
  scelto: '',
  oggetto,
  azione: 'registra',
});

async function registered(oggetto: string): Promise<string> {
  const send = await openForm(desk, 'protocol', '/registra', '/registra');
  return (await send(letter(oggetto))).headers.get('location') ?? '';
}

interface Pending {
  readonly name: string;
  readonly send: (origin?: string) => Promise<Response>;
  /** How often it is done. */
  readonly count: () => Promise<number>;
}

const counted = async (sql: string, ...values: unknown[]): Promise<number> =>
  (await desk.pool.query<{ count: number }>(`select count(*)::int as count from ${sql}`, values)).rows[0]?.count ?? 0;
const numberOf = (path: string): number => Number(path.slice(-7));

/** Four acts, each with its form open. */
async function prepare(round: string): Promise<readonly Pending[]> {
  const [toAssign, toAnnul] = [await registered(`Da assegnare ${round}`), await registered(`Da annullare ${round}`)];
  const subject = `Registrata a mano ${round}`;
  const register = await openForm(desk, 'protocol', '/registra', '/registra');
  const assign = await openForm(desk, 'protocol', `${toAssign}/assegna`, `${toAssign}/assegna`);
  const annul = await openForm(desk, 'head', `${toAnnul}/annulla`, `${toAnnul}/annulla`);
  const message = `Spedita ${round}`;
  const write = await openForm(desk, 'protocol', '/invia', '/invia/bozza');
  const typed = { destinatari: `${FIRM.name} <${FIRM.address}>`, oggetto: message, azione: 'controlla' };
  const check = (await write(typed, desk.origin, 'Contenuto')).headers.get('location') ?? '';
  const sendOff = await openForm(desk, 'protocol', check, '/invia');
  return [
    {
      name: 'register',
      send: (origin) => register(letter(subject), origin),
      count: () => counted('registration where aoo = $1 and subject = $2', ESEMPIO, subject),
    },
    {
      name: 'assign',
      send: (origin) => assign({ competenza: desk.units.tecnico }, origin),
      count: () => counted('assignment where aoo = $1 and number = $2', ESEMPIO, numberOf(toAssign)),
    },
    {
      name: 'annul',
      send: (origin) => annul({ motivo: 'Doppia', provvedimento: `Provv. ${round}` }, origin),
      count: () => counted('registration_annulment where aoo = $1 and number = $2', ESEMPIO, numberOf(toAnnul)),
    },
    {
      name: 'send',
      send: (origin) => sendOff({}, origin),
      count: () => counted('exchange where aoo = $1 and subject = $2', ESEMPIO, message),
    },
  ];
}

const once = async (acts: readonly Pending[]) => {
  const done = await Promise.all(acts.map(async ({ name, count }) => [name, await count()]));
  expect(done).toEqual(acts.map(({ name }) => [name, 1]));
};

it('a form that is sent to two processes at once is done once', async () => {
  const { process, origin } = await others.another();
  const acts = await prepare('in due');
  for (const { name, send } of acts) {
    const both = await Promise.all([send(), send(origin)]);
    // Both lead to what was done, once.
    expect([name, both.map(({ status }) => status)]).toEqual([name, [303, 303]]);
  }
  await once(acts);
  await process.end('SIGTERM');
});

it('a form whose process was killed over it is sent again and done once', async () => {
  const seed = chosenSeed();
  console.log(`SEED=${seed}`);
  const random = seededRandom(seed);
  for (const round of ['uno', 'due']) {
    const { process, origin } = await others.another();
    const acts = await prepare(round);
    const lost = acts.map(({ send }) => send(origin).catch(() => null));
    await sleep(below(random, 120));
    await process.end('SIGKILL');
    await Promise.all(lost);
    for (const { name, count } of acts) expect([name, (await count()) <= 1]).toEqual([name, true]);
    for (const { send } of acts) await send();
    await once(acts);
    // A draft that stayed would be sent again one day.
    expect(await counted('draft where aoo = $1 and content::text like $2', ESEMPIO, `%Spedita ${round}%`)).toBe(0);
  }
});
