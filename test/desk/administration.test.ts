/** The pages of the node's administrator: what they show, what they try, and that nobody else gets there. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HAS_CHROMIUM, shot } from './support/browser.ts';
import { axe, reflow } from './support/checks.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';
import type { Who } from './support/persons.ts';

const PAGES = [
  'caselle',
  'aoo',
  'uffici-interni',
  'persone',
  'regole',
  'applicazioni',
  'webhook',
  'fiducia',
  'lavori',
  'verifiche',
  'accessi',
] as const;

describe.skipIf(!HAS_CHROMIUM)('the administration', () => {
  const called: string[] = [];
  const receiver = createServer((request, response) => {
    called.push(String(request.headers['interpro-event-id']));
    request.resume().once('end', () => response.writeHead(204).end());
  });
  let desk: DeskHouse;
  beforeAll(async () => {
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    desk = await openDesk({ webhookHosts: ['127.0.0.1'] });
    await desk.receive('registered', 'Oggetto riservato ai suoi lettori');
  });
  afterAll(async () => {
    await desk?.stop();
    receiver.close();
  });

  it('is readable on every page, also at 320 pixels, and has no contents of messages', {
    timeout: 120_000,
  }, async () => {
    const page = await desk.openPage('administrator');
    for (const name of PAGES) {
      await page.goto(`/amministrazione/${name}`);
      expect(await page.getByRole('link', { name: 'Scrivania' }).count()).toBe(0);
      expect(await page.content()).not.toContain('Oggetto riservato');
      await axe(page);
      await reflow(page);
      await shot(page, `amministrazione-${name}`);
      await page.setViewportSize({ width: 360, height: 800 });
      await shot(page, `amministrazione-${name}-360`, true);
      await page.setViewportSize({ width: 1440, height: 900 });
    }
  });

  it('is for administrators alone', async () => {
    for (const who of ['protocol', 'head', 'unit-head', 'unit-member', 'auditor', 'elsewhere'] satisfies Who[])
      for (const name of PAGES)
        expect([who, name, (await desk.ask(who, `/amministrazione/${name}`)).status]).toEqual([who, name, 403]);
    const stranger = await desk.ask(null, '/amministrazione/caselle');
    expect([stranger.status, stranger.headers.get('location')]).toEqual([
      303,
      '/entra?ritorno=%2Famministrazione%2Fcaselle',
    ]);
  });

  it('tries a mailbox and shows each step; a wrong password is named at its step, with what to do', async () => {
    const page = await desk.openPage('administrator');
    await page.goto('/amministrazione/caselle');
    await page
      .getByRole('button', { name: /^Prova ora: / })
      .first()
      .click();
    const steps = page.locator('.d-trial-step');
    await page.getByText('Tutto riesce.').waitFor();
    expect(await steps.allInnerTexts()).toEqual([
      expect.stringContaining('Il server risponde'),
      expect.stringContaining('Nome utente e password sono accettati'),
      expect.stringMatching(/La posta in arrivo si legge\s+\d+ ms/),
      expect.stringMatching(/Il server di invio accetta l’accesso\s+\d+ ms/),
    ]);
    await axe(page);
    await shot(page, 'amministrazione-prova');
  });

  it('makes a key that is shown once, changed and taken away; twice pressed is one', { timeout: 60_000 }, async () => {
    const page = await desk.openPage('administrator');
    await page.goto('/amministrazione/applicazioni');
    await page.getByRole('link', { name: 'Nuova chiave…' }).click();
    await page.getByRole('button', { name: 'Crea la chiave' }).click();
    await page.getByRole('alert').getByRole('link', { name: 'Scegli almeno una cosa che può fare.' }).waitFor();
    await axe(page);
    await reflow(page);
    await shot(page, 'amministrazione-nuova-chiave-errori', true);
    await page.getByLabel('Nome dell’applicazione').fill('Gestionale di prova');
    await page.getByLabel('Leggere il registro').check();
    const fields = await page.evaluate<string>(
      `new URLSearchParams(new FormData(document.querySelector('form.d-narrow-form'))).toString()`,
    );
    await page.getByRole('button', { name: 'Crea la chiave' }).click();
    const shown = page.getByLabel('La chiave', { exact: true });
    const key = (await shown.textContent()) ?? '';
    expect(key.length).toBeGreaterThan(40);
    await axe(page);
    await reflow(page);
    await shot(page, 'amministrazione-chiave');
    const read = (with_: string) =>
      fetch(`${desk.origin}/rest/interpro/v1/registrations?limit=1`, { headers: { authorization: `Bearer ${with_}` } });
    expect((await read(key)).status).toBe(200);
    // Its answer was lost: the same form gives the same key for a while, and makes no other.
    const replay = `fetch('/amministrazione/applicazioni/nuova', { method: 'POST', body: new URLSearchParams(${JSON.stringify(fields)}) })
      .then(async (answer) => [answer.headers.get('cache-control'), await answer.text()])`;
    const [caching, again] = await page.evaluate<[string, string]>(replay);
    expect([caching, again.includes(key)]).toEqual(['no-store', true]);
    const { rows } = await desk.pool.query(`select created_at from credential where name = 'Gestionale di prova'`);
    expect(rows).toHaveLength(1);
    const owner = new pg.Client({ connectionString: desk.database });
    await owner.connect();
    await owner.query(
      `update credential set created_at = created_at - interval '1 hour' where name = 'Gestionale di prova'`,
    );
    await owner.end();
    const [, later] = await page.evaluate<[string, string]>(replay);
    expect([later.includes(key), later.includes('È già stata mostrata')]).toEqual([false, true]);
    // Nowhere as it is: neither where answers are kept nor in the audit.
    const kept = await desk.pool.query(
      `select c::text as text from command_answer c union all select a::text from audit a`,
    );
    expect(kept.rows.some(({ text }) => text.includes(key.slice(-20)))).toBe(false);

    await page.goto('/amministrazione/applicazioni');
    await page.getByRole('button', { name: 'Cambia la chiave: Gestionale di prova' }).click();
    const second = (await shown.textContent()) ?? '';
    await page.getByText('La chiave di prima vale ancora 7 giorni').waitFor();
    expect([(await read(key)).status, (await read(second)).status]).toEqual([200, 200]);
    await page.getByRole('link', { name: 'L’ho copiata' }).click();
    await axe(page);
    await reflow(page);
    await shot(page, 'amministrazione-applicazioni-due', true);
    await page.getByRole('button', { name: 'Revoca: Gestionale di prova' }).first().click();
    await page.getByText('non può più entrare').waitFor();
    await page.getByRole('button', { name: 'Revoca: Gestionale di prova' }).first().click();
    await page.getByText('non può più entrare').waitFor();
    await expect.poll(async () => [(await read(key)).status, (await read(second)).status]).toEqual([401, 401]);
  });

  it('tells the head of keys that open contents, who takes away what was not wanted', async () => {
    const make = async (name: string, scope: string) => {
      const page = await desk.openPage('administrator');
      await page.goto('/amministrazione/applicazioni/nuova');
      await page.getByLabel('Nome dell’applicazione').fill(name);
      await page.getByLabel(scope).check();
      await page.getByRole('button', { name: 'Crea la chiave' }).click();
      return (await page.getByLabel('La chiave', { exact: true }).textContent()) ?? '';
    };
    const key = await make('Lettore di prova', 'Leggere i messaggi arrivati');
    await make('Ascoltatore di prova', 'Leggere gli eventi');
    const { rows } = await desk.pool.query(
      `select person, person_id is not null as known, data->>'name' as name, data->'scopes' as scopes from access_log
        where what = 'content-key' order by at desc limit 1`,
    );
    expect(rows).toEqual([{ person: 'Ada Fittizi', known: true, name: 'Lettore di prova', scopes: ['messages:read'] }]);
    expect((await desk.ask('administrator', '/chiavi')).status).toBe(403);
    expect((await desk.ask('protocol', '/chiavi')).status).toBe(403);
    const page = await desk.openPage('head');
    await page.goto('/scrivania');
    await page.getByRole('link', { name: 'Chiavi da vedere' }).first().click();
    await page.getByText('Lettore di prova').waitFor();
    expect(await page.getByText('Ascoltatore di prova').count()).toBe(0);
    await axe(page);
    await shot(page, 'chiavi', true);
    await reflow(page);
    await page.setViewportSize({ width: 360, height: 800 });
    await shot(page, 'chiavi-360', true);
    await page.getByRole('button', { name: 'Revoca: Lettore di prova' }).click();
    await page.getByText('«Lettore di prova» non può più entrare.').waitFor();
    expect(await page.getByRole('button', { name: /Lettore di prova/ }).count()).toBe(0);
    await expect
      .poll(async () => {
        const headers = { authorization: `Bearer ${key}` };
        return (await fetch(`${desk.origin}/rest/interpro/v1/registrations?limit=1`, { headers })).status;
      })
      .toBe(401);
    const unseen = page.getByRole('button', { name: /^Ho visto: / });
    for (let left = await unseen.count(); left > 0; left -= 1) {
      await unseen.first().click();
      await page.getByText(/: vista\.$/).waitFor();
      await expect.poll(() => unseen.count()).toBe(left - 1);
    }
    await page.getByText('Nulla di nuovo').waitFor();
    await axe(page);
    await page.goto('/scrivania');
    expect(await page.getByRole('link', { name: /Chiavi da vedere/ }).count()).toBe(0);
  });

  it('makes a webhook, shows its secret once, tries, pauses and takes it away', async () => {
    const page = await desk.openPage('administrator');
    await page.goto('/amministrazione/webhook');
    await page.getByRole('link', { name: 'Nuovo webhook…' }).click();
    await axe(page);
    await page.getByLabel('Indirizzo che viene chiamato').fill('http://altrove.example.it/avvisi');
    await page.getByRole('button', { name: 'Crea il webhook' }).click();
    await page.getByRole('alert').waitFor();
    await axe(page);
    await reflow(page);
    await shot(page, 'amministrazione-nuovo-webhook', true);
    const { port } = receiver.address() as AddressInfo;
    await page.getByLabel('Indirizzo che viene chiamato').fill(`http://127.0.0.1:${port}/avvisi`);
    await page.getByRole('button', { name: 'Crea il webhook' }).click();
    const shown = page.getByLabel('Il segreto', { exact: true });
    const first = (await shown.textContent()) ?? '';
    expect(first).toMatch(/^whsec_/);
    await axe(page);
    await shot(page, 'amministrazione-segreto');
    await page.getByRole('link', { name: 'L’ho copiato' }).click();
    expect(await page.content()).not.toContain(first);
    await axe(page);
    await reflow(page);
    await shot(page, 'amministrazione-webhook-uno', true);
    await page.setViewportSize({ width: 360, height: 800 });
    await shot(page, 'amministrazione-webhook-uno-360', true);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole('button', { name: /^Prova ora: / }).click();
    await page.getByText('Prova riuscita: risposta 204').waitFor();
    expect(called.some((id) => id.includes(':test:'))).toBe(true);
    await page.getByRole('button', { name: /^Cambia il segreto: / }).click();
    const second = (await shown.textContent()) ?? '';
    expect(second).toMatch(/^whsec_/);
    expect(second).not.toBe(first);
    await page.getByRole('link', { name: 'L’ho copiato' }).click();
    await page.getByRole('button', { name: /^Sospendi: / }).click();
    await page.getByText('Webhook sospeso').waitFor();
    await page.getByRole('button', { name: /^Riattiva: / }).click();
    await page.getByText('Webhook riattivato.').waitFor();
    await page.getByRole('button', { name: /^Togli: / }).click();
    await page.getByText('Webhook tolto').waitFor();
    expect(await page.getByRole('button', { name: /^Togli: / }).count()).toBe(0);
    const kept = await desk.pool.query(`select w::text as text from webhook w union all select a::text from audit a`);
    expect(kept.rows.some(({ text }) => text.includes(first.slice(-20)) || text.includes(second.slice(-20)))).toBe(
      false,
    );
    const { rows } = await desk.pool.query(
      `select content::jsonb->>'action' as action from audit where content like '%"webhook-%' order by seq`,
    );
    expect(rows.map(({ action }) => action)).toEqual([
      'webhook-created',
      'webhook-secret-changed',
      'webhook-paused',
      'webhook-resumed',
      'webhook-removed',
    ]);
  });

  it('says what would change on disk, without a restart, and what cannot be read again', async () => {
    const page = await desk.openPage('administrator');
    await page.goto('/amministrazione/aoo');
    await page.getByRole('button', { name: 'Controlla' }).click();
    await page.getByText('Questo servizio non può rileggere la configurazione.').waitFor();
    await axe(page);
  });

  it('checks the registers and says that they are whole', async () => {
    const page = await desk.openPage('administrator');
    await page.goto('/amministrazione/verifiche');
    await page.getByRole('button', { name: 'Verifica adesso' }).click();
    await expect
      .poll(async () => {
        await page.goto('/amministrazione/verifiche');
        return page.getByRole('heading', { name: 'Tutto integro' }).count();
      })
      .toBe(1);
    await axe(page);
    await shot(page, 'amministrazione-verificato');
    await page.goto('/amministrazione/caselle');
    await page.getByText('Registro integro').waitFor();
  });
});
