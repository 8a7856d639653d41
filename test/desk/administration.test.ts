/** The pages of the node's administrator: what they show, what they try, and that nobody else gets there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HAS_CHROMIUM, shot } from './support/browser.ts';
import { axe, reflow } from './support/checks.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';
import type { Who } from './support/persons.ts';

const PAGES = ['caselle', 'aoo', 'regole', 'applicazioni', 'webhook', 'fiducia', 'lavori', 'verifiche'] as const;

describe.skipIf(!HAS_CHROMIUM)('the administration', () => {
  let desk: DeskHouse;
  beforeAll(async () => {
    desk = await openDesk();
    await desk.receive('registered', 'Oggetto riservato ai suoi lettori');
  });
  afterAll(() => desk?.stop());

  it('is readable on every page, also at 320 pixels, and has no contents of messages', async () => {
    const page = await desk.openPage('administrator');
    for (const name of PAGES) {
      await page.goto(`/amministrazione/${name}`);
      expect(await page.getByRole('link', { name: 'Scrivania' }).count()).toBe(0);
      expect(await page.content()).not.toContain('Oggetto riservato');
      await axe(page);
      await reflow(page);
      await shot(page, `amministrazione-${name}`);
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
