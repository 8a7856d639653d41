/** The Scrivania under the hand: what needs a person, handled by keyboard, without a row that moves. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ESEMPIO as FACTS } from '../exchange/councils.ts';
import { ESEMPIO, until } from '../support/node.ts';
import { HAS_CHROMIUM, holdScript, shot } from './support/browser.ts';
import { axe, focused, reflow } from './support/checks.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';
import { letter } from './support/letters.ts';

describe.skipIf(!HAS_CHROMIUM)('the Scrivania', () => {
  let desk: DeskHouse;
  beforeAll(async () => {
    desk = await openDesk();
  }, 120_000);
  afterAll(() => desk?.stop());

  const titles = (page: Page) => page.locator('.d-work-link').allTextContents();
  const at = async (page: Page, path = '/scrivania') => {
    await page.goto(`${desk.origin}${path}`);
    await page.locator('body[data-ready]').waitFor();
  };

  it('says that there is nothing to do, and what one may do', async () => {
    const page = await desk.openPage('protocol');
    await at(page);
    await page.getByRole('heading', { name: 'Nulla da fare' }).waitFor();
    await axe(page);
    await reflow(page);
    await shot(page, 'scrivania-vuota');
  });

  it('tells what arrives in a line, and moves no row until asked', async () => {
    await desk.receive('flagged', 'Parere sulla variante uno');
    await desk.receive('plain', 'Domanda di suolo pubblico');
    await desk.receive('flagged', 'Parere sulla variante due');
    const page = await desk.openPage('protocol');
    await at(page);
    const before = await titles(page);
    expect(before).toHaveLength(3);
    for (let n = 1; n <= 3; n += 1) await desk.receive('flagged', `Arrivata dopo ${n}`);
    await page.getByRole('link', { name: '3 nuove: mostrale' }).waitFor();
    expect(await titles(page)).toEqual(before);
    expect(await page.title()).toMatch(/^\(3\) Scrivania/);
    const third = page.locator('.d-work-row').nth(2);
    const meant = await third.locator('.d-work-link').textContent();
    await third.locator('.d-work-why').click();
    await page.locator('#anteprima h2', { hasText: meant ?? '' }).waitFor();
    await page.keyboard.press('s');
    await expect.poll(() => titles(page)).toHaveLength(6);
    await axe(page);
    await reflow(page);
    await shot(page, 'scrivania');
  });

  it('is worked through with one key each, and the hand stays in its place', async () => {
    const page = await desk.openPage('protocol');
    await at(page);
    const all = await titles(page);
    await page.keyboard.press('j');
    expect(await focused(page)).toContain(all[1] ?? '');
    await page.locator('#anteprima h2', { hasText: all[1] ?? '' }).waitFor();
    await page.keyboard.press('r');
    await page.locator('.d-said', { hasText: /Registrato con il n\.\s\d{7}\/\d{4}\./ }).waitFor();
    await page.locator('body[data-ready]').waitFor();
    expect(await titles(page)).toEqual(all.filter((_, place) => place !== 1));
    expect(await focused(page)).toContain(all[2] ?? '');
    // The number leads to its sheet, and that back to the row under the hand.
    await page
      .locator('.d-said')
      .getByRole('link', { name: /^n\.\s\d{7}/ })
      .click();
    await page.getByRole('heading', { level: 1, name: /^\d{7}\/\d{4}/ }).waitFor();
    await page.getByRole('link', { name: '← Scrivania' }).click();
    await page.locator('body[data-ready]').waitFor();
    expect(await focused(page)).toContain(all[2] ?? '');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: all[2] ?? '' }).waitFor();
    await page.getByRole('link', { name: '← Scrivania' }).click();
    await page.locator('body[data-ready]').waitFor();
    expect(await focused(page)).toContain(all[2] ?? '');
  });

  it('takes back what was put aside within ten seconds, and does it when one goes on', async () => {
    const page = await desk.openPage('protocol');
    await page.clock.install();
    await at(page);
    const all = await titles(page);
    await page.locator('#anteprima', { hasText: 'Registra prende un numero e non si può disfare.' }).waitFor();
    await page.keyboard.press('m');
    const undo = page.getByRole('button', { name: 'Disfa (z)' });
    await undo.waitFor();
    await page.keyboard.press('z');
    await undo.waitFor({ state: 'detached' });
    await at(page);
    expect(await titles(page)).toEqual(all);
    const isOff = (count: number) =>
      until('the message is off the list', async () => {
        await at(page);
        return (await titles(page)).length === all.length - count || null;
      });
    await page.keyboard.press('m');
    await undo.waitFor();
    await page.clock.fastForward(8_000);
    expect(await undo.isVisible()).toBe(true);
    await page.clock.fastForward(2_500);
    await undo.waitFor({ state: 'detached' });
    await isOff(1);
    await page.keyboard.press('m');
    await undo.waitFor();
    await page.goto(`${desk.origin}/io`);
    await isOff(2);
  });

  it('tells the second of two clerks who was faster, and gives back the words', async () => {
    const [one, two] = [await desk.openPage('protocol'), await desk.openPage('colleague')];
    const { id } = await desk.receive('flagged', 'Aperto da due');
    await at(two, '/scrivania?q=aperto');
    await at(one, '/scrivania?q=aperto');
    await two.keyboard.press('f');
    await two.getByLabel('Motivo, come lo leggerà il mittente').fill('Parole mie che non vanno perse');
    await one.keyboard.press('r');
    await one.locator('.d-said').waitFor();
    await two.getByRole('button', { name: 'Rifiuta', exact: true }).click();
    await two.getByRole('heading', { name: /Già fatto|Non eseguito/ }).waitFor();
    expect(await two.locator('main').textContent()).toContain('Parole mie che non vanno perse');
    expect(await two.locator('main').textContent()).toContain('Pio Modello');
    expect((await desk.service.views.message(id))?.exchange).not.toBeNull();
  });

  it('does several at once, all of the filter and not of the page, and names what it could not', async () => {
    for (let n = 1; n <= 3; n += 1) await desk.receive('plain', `Insieme numero ${n}`);
    const page = await desk.openPage('protocol');
    await at(page, '/scrivania?q=insieme');
    await page.getByLabel('Scegli queste 3').check();
    await page.locator('#quante-scelte', { hasText: '3 scelte' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.d-work-bulk').waitFor({ state: 'hidden' });
    await page.getByLabel('Scegli queste 3').check();
    await page.locator('.d-work-bulk').getByRole('button', { name: 'Metti da parte' }).click();
    await page.locator('.d-said', { hasText: 'Fatto: 3 voci.' }).waitFor();
    await page.getByRole('heading', { name: 'Nessuna voce' }).waitFor();
  });

  it('chooses all where that was ticked before the page was ready', async () => {
    await desk.receive('plain', 'Scelta per tempo');
    const page = await desk.openPage('protocol');
    const release = await holdScript(page, 'worklist');
    await page.goto('/scrivania?q=tempo', { waitUntil: 'commit' });
    await page.getByLabel('Scegli queste 1').check();
    release();
    await page.locator('#quante-scelte', { hasText: '1 scelta' }).waitFor();
    await page.locator('.d-work-bulk').getByRole('button', { name: 'Metti da parte' }).waitFor();
  });

  it('does all of the filter when that is chosen, and says how many they are', async () => {
    const before = (await desk.service.views.tasks({ aoo: ESEMPIO, cursor: null, limit: 1 })).items.length;
    expect(before).toBe(1);
    for (let n = 1; n <= 52; n += 1)
      desk.sandbox.deliverRaw(FACTS.address, letter(desk.sandbox, 'plain', FACTS, `Elenco lungo ${n}`));
    const count = async () => {
      const { rows } = await desk.pool.query<{ count: number }>(
        `select count(*)::int as count from exchange where aoo = $1 and subject like 'Elenco lungo %'`,
        [ESEMPIO],
      );
      return rows[0]?.count ?? 0;
    };
    await until('all have come', async () => (await count()) === 52, 60);
    const page = await desk.openPage('protocol');
    await at(page, '/scrivania?tipo=senza-segnatura');
    await page.getByLabel('Scegli queste 50').waitFor();
    await page.getByLabel(/^Tutte le \d\d di questo elenco$/).waitFor();
    await at(page, '/scrivania?q=elenco+lungo');
    await page.getByLabel('Scegli queste 50').check();
    await page.getByLabel('Tutte quelle di questo elenco').check();
    await page.locator('.d-work-bulk').getByRole('button', { name: 'Metti da parte' }).click();
    await page.locator('.d-said', { hasText: 'Fatto: 52 voci.' }).waitFor();
    await page.getByRole('heading', { name: 'Nessuna voce' }).waitFor();
  });

  it('works without script', async () => {
    await desk.receive('flagged', 'Senza programmi');
    const page = await desk.openPage('protocol', { javaScript: false });
    await page.goto(`${desk.origin}/scrivania?q=programmi`);
    await page.locator('#anteprima').getByRole('button', { name: 'Registra' }).click();
    await page.locator('.d-said', { hasText: 'Registrato con il n.' }).waitFor();
  });

  it('shows only keys that live, and none where they are switched off', async () => {
    await desk.receive('flagged', 'Per i tasti');
    const page = await desk.openPage('protocol');
    await at(page, '/scrivania?q=tasti');
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Tasti di questa pagina' }).waitFor();
    await axe(page);
    await page.keyboard.press('Escape');
    await page.locator('#filtra').focus();
    await page.keyboard.type('rm');
    expect(await page.locator('#filtra').inputValue()).toContain('rm');
    await desk.pool.query('update person set single_keys = false where login = $1', ['protocol']);
    await at(page, '/scrivania?q=tasti');
    await page.keyboard.press('r');
    await page.keyboard.press('?');
    expect(await page.locator('dialog[open]').count()).toBe(0);
    expect(await titles(page)).toHaveLength(1);
    await desk.pool.query('update person set single_keys = true where login = $1', ['protocol']);
  });

  it('proposes numbers and acts in the search box, as a combobox', async () => {
    const page = await desk.openPage('protocol');
    await at(page);
    await page.keyboard.press('Control+k');
    const box = page.getByRole('combobox', { name: /^Cerca numero/ });
    await box.fill('1234');
    await page.getByRole('option', { name: /Apri n\. 0001234\// }).waitFor();
    expect(await box.getAttribute('aria-activedescendant')).toBe('proposta-0');
    await axe(page);
    await box.fill('> invia');
    await page.getByRole('option', { name: /Invia un messaggio/ }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('listbox').waitFor({ state: 'hidden' });
    expect(await box.inputValue()).toBe('> invia');
    // Typed faster than the server answers: Enter waits for what was typed last.
    await box.fill('');
    await page.getByRole('option', { name: /^Registra/ }).waitFor();
    await page.route('**/cerca/proposte?*', async (route) => {
      await page.waitForTimeout(route.request().url().endsWith('indice') ? 300 : 0);
      await route.continue();
    });
    await box.pressSequentially('> indice');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/indice');
  });

  it('shows an auditor what there is, and no act', async () => {
    const page = await desk.openPage('auditor');
    await at(page);
    await page.locator('.d-work-row').first().waitFor();
    expect(await page.locator('#anteprima form').count()).toBe(0);
  });

  it('shows a person of another office nothing of this one', async () => {
    const { items } = { items: await desk.service.views.tasks({ aoo: ESEMPIO, cursor: null, limit: 1 }) };
    const id = items.items[0]?.id ?? '';
    const page = await desk.ask('elsewhere', `/scrivania?voce=${id}`);
    expect(await page.text()).not.toContain('Parere sulla variante');
  });
});
