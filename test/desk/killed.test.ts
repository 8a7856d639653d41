/** The same form, sent to two processes at once, or to one that is killed and then again: done once. Asked without a browser. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ESEMPIO as FACTS } from '../exchange/councils.ts';
import { ESEMPIO } from '../support/node.ts';
import { below, chosenSeed, seededRandom } from '../support/random.ts';
import { type Started, start } from '../support/run.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';
import { FIRM } from './support/letters.ts';
import type { Who } from './support/persons.ts';

let desk: DeskHouse;
let env: Record<string, string>;
const others: Started[] = [];
beforeAll(async () => {
  desk = await openDesk();
  const { sandbox, folder, database } = desk;
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, 'segreta', { mode: 0o600 });
  const account = { user: FACTS.address, passwordFile, secure: false };
  const office = {
    ...FACTS,
    mailboxes: [{ address: FACTS.address, ...sandbox.imap, ...account }],
    smtp: { ...sandbox.smtp, ...account },
  };
  await writeFile(join(folder, 'offices.json'), JSON.stringify({ offices: [office] }));
  env = {
    DATABASE_URL: database,
    INTERPRO_OFFICES: join(folder, 'offices.json'),
    INTERPRO_DATA: folder,
    INTERPRO_TRUST: join(folder, 'trust'),
    INTERPRO_HTTP_PORT: '0',
    INTERPRO_LOG_LEVEL: 'warn',
  };
});
afterAll(async () => {
  for (const one of others) await one.end('SIGKILL');
  await desk?.stop();
});

/** Another process of the service, on the same database and the same folder. */
async function another(): Promise<{ readonly process: Started; readonly origin: string }> {
  const process = start('src/main.ts', [], env);
  others.push(process);
  const said = await process.says(/status: http:\/\/127\.0\.0\.1:\d+/);
  return { process, origin: /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? '' };
}

/** A form as a browser got it; sent to whichever process, as often as one likes. */
async function openForm(who: Who, page: string, action: string) {
  const got = await desk.ask(who, page);
  const text = await got.text();
  const form = new RegExp(`<form[^>]* action="${action}"[^]*?</form>`).exec(text)?.[0] ?? '';
  expect(form, `${got.status}: a form for ${action} on ${page}`).not.toBe('');
  const secret = /moduli=[^;]+/.exec(got.headers.getSetCookie().join(' '))?.[0] ?? '';
  const hidden = [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
  const fields = hidden.map(([, name = '', value = '']) => [name, value] as const);
  const headers = { cookie: `sessione=${desk.persons[who].token}; ${secret}`, 'sec-fetch-site': 'same-origin' };
  return (more: Record<string, string>, origin = desk.origin, file?: string) => {
    const body = file === undefined ? new URLSearchParams() : new FormData();
    for (const [name, value] of [...fields, ...Object.entries(more)]) body.append(name, value);
    if (body instanceof FormData) body.append('file', new Blob([file ?? ''], { type: 'text/plain' }), 'delibera.txt');
    return fetch(`${origin}${action}`, { method: 'POST', body, headers, redirect: 'manual' });
  };
}

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
  const send = await openForm('protocol', '/registra', '/registra');
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
  const register = await openForm('protocol', '/registra', '/registra');
  const assign = await openForm('protocol', `${toAssign}/assegna`, `${toAssign}/assegna`);
  const annul = await openForm('head', `${toAnnul}/annulla`, `${toAnnul}/annulla`);
  const message = `Spedita ${round}`;
  const write = await openForm('protocol', '/invia', '/invia/bozza');
  const typed = { destinatari: `${FIRM.name} <${FIRM.address}>`, oggetto: message, azione: 'controlla' };
  const check = (await write(typed, desk.origin, 'Contenuto')).headers.get('location') ?? '';
  const sendOff = await openForm('protocol', check, '/invia');
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
  const { process, origin } = await another();
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
    const { process, origin } = await another();
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
