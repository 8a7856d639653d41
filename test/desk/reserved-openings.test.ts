/** Whoever is shown something reserved stands in the log of accesses, whichever way they came to it. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ESEMPIO as ESEMPIO_FACTS } from '../exchange/councils.ts';
import { nextNumber, protocolMail } from '../exchange/mails.ts';
import { ESEMPIO, until } from '../support/node.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';
import type { Who } from './support/persons.ts';

const declared: string[] = [];
const collect = (server: FastifyInstance): void => {
  server.addHook('onRoute', ({ method, url, config }) => {
    if (config?.access === 'desk' && [method].flat().includes('GET')) declared.push(url);
  });
};

/** Routes whose address names a registration, an exchange or a mail. */
const NAMES = /^\/(?:registro\/:year|messaggi\/:id|documenti\/)/;
/** Of this letter there is none: a page, something inside a signature, an act that it does not offer, an assignment. */
const HAS_NONE =
  /\/(?:pagina|contenuto|mostra|segnalazioni)|\/messaggi\/:id\/(?:registra|rifiuta|metti-da-parte|conferma|affida|invia-di-nuovo)$|\/(?:riassegna|delega|restituisci)$/;

describe('something reserved', () => {
  let desk: DeskHouse;
  const ids = new Map<string, string>();
  const SUBJECT = 'Procedimento riservato';
  let key: { readonly register: string; readonly year: number; readonly number: number };

  beforeAll(async () => {
    desk = await openDesk({ watch: collect });
    const mail = await desk.deliver(
      protocolMail(desk.sandbox, { to: ESEMPIO_FACTS, number: nextNumber(), subject: SUBJECT }),
    );
    key = await until('the registration', async () => {
      const { rows } = await desk.pool.query<typeof key>(
        'select register, year, number::int from registration where aoo = $1 and subject = $2',
        [ESEMPIO, SUBJECT],
      );
      return rows[0] ?? null;
    });
    await desk.pool.query(
      `insert into registration_reserved (aoo, register, year, number, reserved_at, reserved_by) values ($1, $2, $3, $4, now(), 'Prova')`,
      [ESEMPIO, key.register, key.year, key.number],
    );
    const { rows } = await desk.pool.query<{ sha256: string }>(
      'select sha256 from registration_document where aoo = $1 and number = $2 limit 1',
      [ESEMPIO, key.number],
    );
    ids
      .set('id', mail.exchange ?? '')
      .set('exchange', mail.exchange ?? '')
      .set('mail', mail.id);
    ids.set('register', key.register).set('year', String(key.year)).set('number', String(key.number).padStart(7, '0'));
    ids.set('sha256', rows[0]?.sha256 ?? '');
  });
  afterAll(() => desk?.stop());

  const addressOf = (path: string): string =>
    path.replace(/:([A-Za-z0-9]+)/g, (_, name: string) => ids.get(name) ?? 'x');
  const logged = async (): Promise<readonly { person: string; page: string; number: number }[]> =>
    (
      await desk.pool.query(
        `select person, data ->> 'page' as page, (data ->> 'number')::int as number from access_log
          where what = 'reserved-opened' and aoo = $1 order by at, entry_id`,
        [ESEMPIO],
      )
    ).rows;
  const ask = async (who: Who, path: string, headers: Record<string, string> = {}) => {
    const before = (await logged()).length;
    const answer = await desk.ask(who, path, { headers, signal: AbortSignal.timeout(20_000) });
    const body = await answer.text();
    return { status: answer.status, body, rows: (await logged()).slice(before) };
  };

  it('is logged with the name by every route whose address names it, and with nobody’s who is refused', async () => {
    const routes = declared.filter((path) => NAMES.test(path));
    expect(routes.length).toBeGreaterThan(20);
    const shown: string[] = [];
    for (const route of routes) {
      const { status, rows } = await ask('head', addressOf(route));
      // A page that says why not names the document, too.
      if (status === 200 || status === 422) {
        shown.push(route);
        expect(rows, route).toEqual([{ person: 'Nora Esempi', page: route, number: key.number }]);
      } else expect(rows, `${route} ${status}`).toEqual([]);
      for (const who of ['protocol', 'auditor', 'unit-member', 'elsewhere', 'administrator'] as const) {
        const refused = await ask(who, addressOf(route));
        if (refused.body.includes(SUBJECT)) throw new Error(`${route} shows it to ${who}`);
        expect(refused.rows, `${route} ${who} ${refused.status}`).toEqual([]);
      }
    }
    const others = routes.filter((route) => !shown.includes(route) && !HAS_NONE.test(route));
    // Of something sent; and what leads on.
    expect(others.filter((route) => !/destinatari/.test(route))).toEqual([]);
  }, 180_000);

  it('is logged by a print, by an export and by an answer that is written to it', async () => {
    const day = new Date().toLocaleDateString('en-CA', { timeZone: 'Europe/Rome' });
    const answered = `/invia?risposta=${key.year}/${ids.get('number')}`;
    const answers = [answered, `/invia?risposta=${key.year}/${String(key.number).padStart(20, '0')}`];
    const ways = [
      `/registro/giorno/${day}/stampa`,
      `/registro/stampa?dal=${day}&al=${day}`,
      '/registro/esporta.csv',
      '/registro/esporta.xlsx',
      ...answers,
    ];
    for (const way of ways) {
      const { status, rows } = await ask('head', way);
      expect(status, way).toBe(200);
      expect(rows, way).toMatchObject([{ person: 'Nora Esempi', number: key.number }]);
      const other = await ask('protocol', way);
      expect(other.body.includes(SUBJECT), way).toBe(false);
      if (!answers.includes(way)) expect(other.rows, way).toEqual([]);
    }
  });

  it('is logged once while a page that is left open asks again by itself', async () => {
    const path = addressOf('/registro/:year/:number');
    expect((await ask('head', path)).rows).toHaveLength(1);
    expect((await ask('head', path, { 'hx-request': 'true' })).rows).toEqual([]);
    expect((await ask('head', path, { 'x-background': '1' })).rows).toEqual([]);
    expect((await ask('head', path)).rows).toHaveLength(1);
    await desk.pool.query(`update registration_reserved set lifted_at = now(), lifted_by = 'Prova'`);
    expect((await ask('head', path)).rows).toEqual([]);
    await desk.pool.query('update registration_reserved set lifted_at = null, lifted_by = null');
  });
});
