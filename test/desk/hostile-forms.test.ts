/** Forms that no page of ours has made: sent by somebody with a session, or by nobody. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidv7 } from '../../src/kernel/uuid.ts';
import { ESEMPIO } from '../support/node.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';
import type { Who } from './support/persons.ts';

describe('a form that no page has made', () => {
  let desk: DeskHouse;
  beforeAll(async () => {
    desk = await openDesk();
  });
  afterAll(() => desk?.stop());

  /** What every form of this person needs. */
  async function needed(who: Who) {
    const page = await desk.ask(who, '/io');
    const [secret = ''] = (page.headers.get('set-cookie') ?? '').match(/moduli=[^;]*/) ?? [];
    const token = /name="_csrf" value="([^"]*)"/.exec(await page.text())?.[1] ?? '';
    const { token: session } = desk.persons[who];
    return { cookie: `sessione=${session}; ${secret}`, token };
  }
  async function post(who: Who, path: string, body: (token: string) => RequestInit) {
    const { cookie, token } = await needed(who);
    const { headers, ...init } = body(token);
    return fetch(`${desk.origin}${path}`, {
      ...{ method: 'POST', redirect: 'manual', ...init },
      headers: { cookie, 'sec-fetch-site': 'same-origin', ...(headers as Record<string, string>) },
    });
  }
  const fields = (given: readonly (readonly [string, string])[]) => (token: string) => ({
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams([['_csrf', token], ['_atto', uuidv7(new Date())], ...given.map((one) => [...one])]),
  });
  /** Milliseconds in which nobody else was answered. */
  async function blocked(work: () => Promise<unknown>): Promise<number> {
    let longest = 0;
    let isOver = false;
    const working = work().finally(() => {
      isOver = true;
    });
    while (!isOver) {
      const asked = performance.now();
      await fetch(`${desk.origin}/uscito`).then((answer) => answer.text());
      longest = Math.max(longest, performance.now() - asked);
    }
    await working;
    return longest;
  }

  const FLOOD = 'a=&'.repeat(340_000);
  it.each([
    ['nobody', '/registra'],
    ['a clerk', '/registra'],
    ['a clerk', '/invia/bozza'],
  ])('holds nobody up by very many fields, sent by %s to %s', { timeout: 120_000 }, async (who, path) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' };
    const { cookie, token } = await needed('protocol');
    let status = 0;
    const ms = await blocked(async () => {
      const answer = await fetch(`${desk.origin}${path}`, {
        ...{ method: 'POST', redirect: 'manual' },
        headers: { ...headers, ...(who !== 'nobody' && { cookie }) },
        body: `_csrf=${token}&_atto=${uuidv7(new Date())}&${FLOOD}`,
      });
      status = answer.status;
      await answer.text();
    });
    expect(ms).toBeLessThan(1_500);
    expect(status).toBe(400);
  });

  it.each(['unit-member', 'nobody'] as const)('holds nobody up by very many parts of %s', async (who) => {
    const part = '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n\r\n';
    const body = `${part.repeat(200_000)}--x--\r\n`;
    const { cookie } = await needed('unit-member');
    const type = 'multipart/form-data; boundary=x';
    const headers = { 'content-type': type, 'sec-fetch-site': 'same-origin', ...(who !== 'nobody' && { cookie }) };
    const started = performance.now();
    const answer = await fetch(`${desk.origin}/invia/bozza`, { method: 'POST', headers, body });
    expect(answer.status).toBe(400);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  async function uploaded(who: Who, name: string): Promise<string> {
    const opened = await post(who, '/documenti-in-arrivo', (token) => ({
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-csrf-token': token },
      body: new URLSearchParams({ nome: name, byte: '8' }),
    }));
    const { id } = (await opened.json()) as { id: string };
    const written = await post(who, `/documenti-in-arrivo/${id}?da=0`, (token) => ({
      ...{ method: 'PUT', body: '%PDF-1.4' },
      headers: { 'content-type': 'application/octet-stream', 'x-csrf-token': token },
    }));
    expect(written.status).toBe(200);
    return id;
  }

  it('opens no document that somebody else has brought, whoever knows its id', async () => {
    const id = await uploaded('head', 'procedimento disciplinare.pdf');
    const draft = uuidv7(new Date());
    const kept = await post(
      'unit-member',
      '/invia/bozza',
      fields([
        ['bozza', draft],
        ['documento', id],
        ['azione', 'salva'],
      ]),
    );
    expect(kept.status).toBe(303);
    for (const path of [`/invia?bozza=${draft}`, `/invia/controlla?bozza=${draft}`])
      expect(await (await desk.ask('unit-member', path)).text()).not.toContain('disciplinare');
    const typed = [
      ['oggetto', 'Di altri'],
      ['verso', 'entrata'],
      ['come', 'counter'],
      ['nome', 'Tizio'],
      ['documento', id],
      ['azione', 'registra'],
    ] as const;
    const registered = await post('protocol', '/registra', fields(typed));
    expect(await registered.text()).not.toContain('disciplinare');
    const { rowCount } = await desk.pool.query('select from registration_document where aoo = $1', [ESEMPIO]);
    expect(rowCount).toBe(0);
    const { rows } = await desk.pool.query('select used_by from upload where upload_id = $1', [id]);
    expect(rows).toEqual([{ used_by: null }]);
  });

  it('answers no registration that its sender may not see', async () => {
    await desk.receive('registered', 'Una cosa di altri');
    const id = await uploaded('unit-member', 'risposta.pdf');
    const draft = uuidv7(new Date());
    const content = [
      ['bozza', draft],
      ['documento', id],
      ['oggetto', 'Si risponde'],
      ['destinatari', 'Ditta <ditta@pec.example.it>'],
      ['risposta', `nostro protocollo n. 0000001/${new Date().getFullYear()}`],
      ['azione', 'salva'],
    ] as const;
    expect((await post('unit-member', '/invia/bozza', fields(content))).status).toBe(303);
    const sent = await post(
      'unit-member',
      '/invia',
      fields([
        ['bozza', draft],
        ['_versione', '1'],
      ]),
    );
    expect(sent.headers.get('location')).toMatch(/^\/registro\//);
    const { rows } = await desk.pool.query('select to_number from registration_link where aoo = $1', [ESEMPIO]);
    expect(rows).toEqual([]);
  });
});
