import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mayDo, RIGHTS, type Right, ROLES } from '../../src/service/people/rights.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';
import type { Who } from './support/persons.ts';
import { WHO_MAY } from './support/routes.ts';

interface Declared {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly right: Right | 'everybody';
}

/** What the screens declare: read from the server that is being built. */
const declared: Declared[] = [];
const collect = (server: FastifyInstance): void => {
  server.addHook('onRoute', ({ method, url, config }) => {
    if (config?.access !== 'desk' || url.startsWith('/statici/')) return;
    for (const one of [method].flat())
      if (one !== 'HEAD')
        declared.push({ method: one as Declared['method'], path: url, right: config.right ?? 'everybody' });
  });
};

/** Every route of the desk and the right it asks for. */
const TABLE = join(import.meta.dirname, 'routes.json');

const named = ({ method, path }: Pick<Declared, 'method' | 'path'>): string => `${method} ${path}`;

it('a right opens to whom the table says', () => {
  const roles = (right: Right) => ROLES.filter((role) => mayDo({ roles: new Set([role]) }, right));
  const now = Object.fromEntries((Object.keys(RIGHTS) as Right[]).map((right) => [right, roles(right)]));
  expect(now).toEqual(WHO_MAY);
});

describe('every route of the desk', () => {
  let desk: DeskHouse;
  const SUBJECT = 'Soltanto per Esempio';
  const ids = new Map<string, string>();
  beforeAll(async () => {
    desk = await openDesk({ watch: collect });
    await desk.receive('registered', SUBJECT);
    ids.set('person', desk.persons.protocol.caller.personId);
    ids.set('unit', desk.units.tecnico);
    ids.set('year', String(new Date().getFullYear()));
    ids.set('number', '0000001');
  });
  afterAll(() => desk?.stop());

  const NIL = '00000000-0000-7000-8000-000000000000';
  const addressOf = (path: string): string => path.replace(/:([A-Za-z]+)/g, (_, name: string) => ids.get(name) ?? NIL);
  const ask = async (who: Who | null, { method, path }: Declared) => {
    const init = { method, headers: { 'sec-fetch-site': 'same-origin' }, signal: AbortSignal.timeout(20_000) };
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await desk.ask(who, addressOf(path), {
      ...init,
      ...(method === 'POST' && { headers: { ...init.headers, ...form }, body: 'a=b' }),
    });
    const isPage = (answer.headers.get('content-type') ?? '').startsWith('text/html');
    const text = isPage ? await answer.text() : '';
    await answer.body?.cancel().catch(() => undefined);
    return { status: answer.status, to: answer.headers.get('location') ?? '', text };
  };
  const PEOPLE = [
    'protocol',
    'head',
    'unit-head',
    'unit-member',
    'auditor',
    'administrator',
    'elsewhere',
  ] as const satisfies readonly Who[];

  it('is in the table, with its right', () => {
    const now = declared
      .map((one) => [named(one), one.right] as const)
      .sort(([one], [other]) => (one < other ? -1 : 1));
    const text = `${JSON.stringify(Object.fromEntries(now), null, 2)}\n`;
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(TABLE, text);
    expect(text, 'look at each new route, then UPDATE_DOCS=1 npx vitest run test/desk/every-route').toBe(
      readFileSync(TABLE, 'utf8'),
    );
  });

  // What a route says to whom it refuses: another page than to whom it lets in.
  it.each(PEOPLE)('%s', async (who) => {
    const { caller } = desk.persons[who];
    const wrong: string[] = [];
    for (const route of declared) {
      if (route.right === 'everybody' || route.path === '/esci') continue;
      const { status, text } = await ask(who, route);
      const isDenied = status === 403 && text.includes('Il tuo ruolo non apre questa pagina');
      // An office is needed for all but the administration, the index and one's own page.
      const mayWithoutOffice = ['administration', 'own', 'index:read', 'filing:read', 'filing'].includes(route.right);
      const may = mayDo(caller, route.right) && (caller.aoo !== null || mayWithoutOffice);
      if (isDenied === may || status >= 500)
        wrong.push(`${named(route)}: ${status}, though it ${may ? 'may' : 'may not'}`);
      if (who === 'elsewhere' && text.includes(SUBJECT)) wrong.push(`${named(route)} shows what is of another office`);
      if (who === 'administrator' && text.includes(SUBJECT)) wrong.push(`${named(route)} shows contents`);
    }
    expect(wrong).toEqual([]);
  });

  it('nobody', async () => {
    const wrong: string[] = [];
    for (const route of declared) {
      if (route.right === 'everybody') continue;
      const { status, to, text } = await ask(null, route);
      const isLed = route.method === 'GET' ? status === 303 && to.startsWith('/entra') : status === 401;
      // A stream leads nobody anywhere: it ends, and the page's next request asks.
      const isAsked = route.path === '/vivo' ? status === 204 && text === '' : isLed;
      if (!isAsked) wrong.push(`${named(route)}: ${status} ${to}`);
      if (text.includes(SUBJECT)) wrong.push(`${named(route)} shows contents`);
    }
    expect(wrong).toEqual([]);
  });

  it('no act is taken from a page of another site', async () => {
    const wrong: string[] = [];
    for (const route of declared.filter(({ method }) => method === 'POST')) {
      const answer = await desk.ask('head', addressOf(route.path), {
        method: 'POST',
        headers: { 'sec-fetch-site': 'cross-site', 'content-type': 'application/x-www-form-urlencoded' },
        body: 'a=b',
      });
      if (answer.status !== 403) wrong.push(`${named(route)}: ${answer.status}`);
    }
    expect(wrong).toEqual([]);
  });
});
