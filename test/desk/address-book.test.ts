/** The address book on the desk: found, added, changed and merged, by keyboard, without script, and by whom. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ESEMPIO } from '../support/node.ts';
import { HAS_CHROMIUM, shot } from './support/browser.ts';
import { axe, reflow, tabTo } from './support/checks.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';

let desk: DeskHouse;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk?.stop());

async function add(page: Page, name: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  await page.goto('/rubrica/nuova');
  await page.getByLabel('Nome', { exact: true }).fill(name);
  for (const [label, value] of Object.entries(more)) await page.getByLabel(label).fill(value);
  await page.getByRole('button', { name: 'Aggiungi', exact: true }).click();
  await page.waitForURL(/\/rubrica\/[0-9a-f-]{36}$/);
  return new URL(page.url()).pathname;
}

describe.skipIf(!HAS_CHROMIUM)('the address book', () => {
  it('is empty at first and says how it fills; an entry is added and changed by keyboard, and its card says by whom', async () => {
    const page = await desk.openPage('protocol');
    await page.goto('/registro');
    await page.getByRole('link', { name: 'Rubrica', exact: true }).click();
    await page.getByRole('heading', { name: 'Rubrica vuota' }).waitFor();
    await axe(page);
    await reflow(page);
    await shot(page, 'rubrica-vuota');
    await tabTo(page, 'Aggiungi');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/rubrica/nuova');
    await axe(page);
    await reflow(page);
    await tabTo(page, 'Nome');
    await page.keyboard.type('Impresa Modello');
    await tabTo(page, 'Codice fiscale');
    await page.keyboard.type('12345');
    await page.keyboard.press('Enter');
    await page.getByText('Il codice fiscale ha 16 caratteri').first().waitFor();
    expect(await page.title()).toContain('Errore:');
    expect(await page.getByLabel('Nome', { exact: true }).inputValue()).toBe('Impresa Modello');
    await axe(page);
    await page.getByLabel('Codice fiscale').fill('00000000017');
    await page.keyboard.press('Enter');
    await page.getByText('Voce aggiunta.').waitFor();
    await page.getByRole('link', { name: 'Modifica', exact: true }).click();
    await page.getByLabel('Telefono').fill('000 123');
    await page.getByRole('button', { name: 'Salva' }).click();
    await page.getByText('Voce salvata.').waitFor();
    const story = await page.locator('#storia').textContent();
    expect(story).toMatch(/Modificata\s+da Pio Modello/);
    expect(story).toContain('Telefono: da niente a 000 123.');
    await axe(page);
    await reflow(page);
    await shot(page, 'rubrica-scheda');
    await page.getByRole('button', { name: 'Togli dalla rubrica' }).click();
    await page.locator('.d-said', { hasText: 'Tolta dalla rubrica: non si propone più.' }).waitFor();
    await axe(page);
    await shot(page, 'rubrica-tolta');
    await page.getByRole('link', { name: 'Voci tolte' }).click();
    await page.getByRole('link', { name: /Impresa Modello/ }).click();
    await page.getByRole('button', { name: 'Rimetti in rubrica' }).click();
    await page.locator('.d-said', { hasText: 'Rimessa in rubrica.' }).waitFor();
    expect(await page.locator('#storia').textContent()).toMatch(/Rimessa in rubrica\s+da Pio Modello/);
  });

  it('finds by the beginnings of words, page by page, and each address can be shared', async () => {
    await desk.pool.query(
      `insert into correspondent (aoo, correspondent_id, kind, name, search, version, updated_at)
       select $1, gen_random_uuid(), 'person', 'Elenco Finto ' || lpad(n::text, 2, '0'), 'elenco finto ' || lpad(n::text, 2, '0'), 1, now()
         from generate_series(1, 45) n`,
      [ESEMPIO],
    );
    const page = await desk.openPage('protocol');
    await page.goto('/rubrica');
    await page.getByLabel('Cerca nella rubrica').fill('elen fin');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=elen/);
    const names = () => page.locator('.d-index-row strong').allInnerTexts();
    expect(await names()).toHaveLength(30);
    await axe(page);
    await shot(page, 'rubrica-elenco');
    await page.getByRole('link', { name: 'Mostra i successivi' }).click();
    await page.waitForURL(/da=/);
    expect((await names()).at(-1)).toBe('Elenco Finto 45');
    expect(await names()).toHaveLength(15);
    await page.goto('/rubrica?q=nessunoquesto');
    await page.getByRole('heading', { name: 'Nessuna voce' }).waitFor();
    await axe(page);
  });

  it('makes two one after showing what happens; the second clerk is told who was faster', async () => {
    const page = await desk.openPage('protocol');
    const other = await add(page, 'Bozza Lia', { 'PEC o posta elettronica': 'lia@example.it', Telefono: '000 7' });
    const kept = await add(page, 'Lia Bozza', { Telefono: '000 8' });
    await page.getByRole('heading', { name: 'Forse è la stessa' }).waitFor();
    await axe(page);
    await page.getByRole('link', { name: 'Guarda e unisci Bozza Lia' }).click();
    const preview = page.getByRole('table');
    await preview.waitFor();
    expect(await preview.getByRole('row', { name: /PEC/ }).getByRole('cell').allTextContents()).toEqual([
      ...['PEC o posta elettronica', '–', 'lia@example.it', 'lia@example.it'],
    ]);
    expect(await page.getByText('Dell’altra restano solo nella storia: nome, telefono.').count()).toBe(1);
    await axe(page);
    await reflow(page);
    await shot(page, 'rubrica-unisci');
    // A colleague changes the other entry while this one looks at the preview.
    const colleague = await desk.openPage('colleague');
    await colleague.goto(`${kept}/modifica`);
    await colleague.getByLabel('Nota').fill('Torna di lunedì.');
    await colleague.getByRole('button', { name: 'Salva' }).click();
    await colleague.getByText('Voce salvata.').waitFor();
    await page.getByRole('button', { name: 'Unisci', exact: true }).click();
    await page.getByText(/L’ha cambiata Ida Saggi, il /).waitFor();
    await page.goto(`${kept}/unisci?con=${other.split('/').at(-1)}`);
    await page.getByRole('button', { name: 'Unisci', exact: true }).click();
    await page.getByText('Voci unite.').waitFor();
    expect(new URL(page.url()).pathname).toBe(kept);
    await page.goto(other);
    await page.getByRole('link', { name: 'Apri quella voce' }).waitFor();
    expect(await page.getByRole('link', { name: 'Modifica', exact: true }).count()).toBe(0);
    await axe(page);
  });

  it('works without script, also on a phone', async () => {
    const page = await desk.openPage('colleague', { javaScript: false, width: 360, height: 800 });
    const path = await add(page, 'Ugo Senza Script', { 'Indirizzo postale': 'Via di Prova 1, Esempio' });
    await page.goto(`${path}/unisci`);
    await page.getByLabel('Cerca l’altra voce').fill('impresa');
    await page.getByRole('button', { name: 'Cerca' }).last().click();
    await page.getByRole('link', { name: 'Scegli Impresa Modello' }).click();
    await page.getByRole('button', { name: 'Unisci', exact: true }).waitFor();
    await shot(page, 'rubrica-unisci-360', true);
    await page.goto(path);
    await shot(page, 'rubrica-scheda-360', true);
  });

  it('is of this office alone; who may not change it reads it', async () => {
    const clerk = await desk.openPage('protocol');
    const path = await add(clerk, 'Soltanto Nostra');
    expect((await desk.ask('elsewhere', path)).status).toBe(404);
    expect(await (await desk.ask('elsewhere', '/rubrica?q=soltanto')).text()).not.toContain('Soltanto Nostra');
    const read = await (await desk.ask('unit-member', path)).text();
    expect(read).toContain('Soltanto Nostra');
    expect(read).not.toContain(`${path}/modifica`);
    expect((await desk.ask('unit-member', `${path}/modifica`)).status).toBe(403);
    expect((await desk.ask('auditor', path)).status).toBe(403);
    for (const odd of ['/rubrica/x', '/rubrica/%00', '/rubrica?q=%00%27', `${path}/unisci?con=x`, '/rubrica?da=zzz'])
      expect((await desk.ask('protocol', odd)).status, odd).toBeLessThan(500);
  });
});
