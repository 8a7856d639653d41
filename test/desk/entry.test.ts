import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPasswords } from '../../src/service/people/passwords.ts';
import { HAS_CHROMIUM, shot } from './support/browser.ts';
import { axe, reflow } from './support/checks.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';

const PHONE = { width: 360, height: 800 };

describe.skipIf(!HAS_CHROMIUM)('the door of the desk', () => {
  let desk: DeskHouse;
  beforeAll(async () => {
    desk = await openDesk();
  });
  afterAll(() => desk?.stop());

  it('lets the first administrator choose how to enter, and in again with that', async () => {
    // As on a node where nobody is yet.
    await desk.pool.query("delete from person_role where aoo = '-'");
    const page = await desk.stranger();
    await page.goto(`/entra/${await desk.service.people.issueEntry()}`);
    await shot(page, 'entry-first');
    await axe(page);
    await reflow(page);
    await page.getByLabel('Nome e cognome').fill('Remo Saggio');
    await page.getByLabel('Nome per entrare').fill('remo.saggio');
    await page.getByLabel('Password', { exact: true }).fill('corta');
    await page.getByRole('button', { name: 'Salva ed entra' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.title()).toContain('Errore: ');
    expect(await page.getByLabel('Nome e cognome').inputValue()).toBe('Remo Saggio');
    await axe(page);
    await shot(page, 'entry-first-wrong');
    await page.getByLabel('Password', { exact: true }).fill('un passero sul tetto');
    await page.getByRole('button', { name: 'Salva ed entra' }).click();
    await page.getByText('Remo Saggio').first().waitFor();
    await page.goto('/io');
    await shot(page, 'own-administrator');
    await axe(page);
    await page.getByRole('button', { name: 'Esci' }).click();
    await page.getByRole('heading', { name: 'Sei uscito' }).waitFor();
    await axe(page);
    await page.getByRole('link', { name: 'Entra di nuovo' }).click();
    await shot(page, 'sign-in');
    await axe(page);
    await reflow(page);
    await page.getByLabel('Nome', { exact: true }).fill('remo.saggio');
    await page.getByLabel('Password', { exact: true }).fill('sbagliata del tutto');
    await page.getByRole('button', { name: 'Entra', exact: true }).click();
    await page.getByRole('alert').waitFor();
    await shot(page, 'sign-in-wrong');
    await axe(page);
    await page.getByLabel('Password', { exact: true }).fill('un passero sul tetto');
    await page.getByLabel('Password', { exact: true }).press('Enter');
    await page.waitForURL((url) => !url.pathname.startsWith('/entra'));
  });

  it('reads and works on a telephone, and without script', async () => {
    const phone = await desk.stranger(PHONE);
    await phone.goto('/scrivania');
    expect(phone.url()).toContain('/entra?ritorno=%2Fscrivania');
    await shot(phone, 'sign-in-360');
    await axe(phone);
    const plain = await desk.stranger({ javaScript: false });
    await plain.goto('/entra?ritorno=%2Fio');
    await plain.getByLabel('Nome', { exact: true }).fill('remo.saggio');
    await plain.getByLabel('Password', { exact: true }).fill('un passero sul tetto');
    await plain.getByRole('button', { name: 'Entra', exact: true }).click();
    await plain.waitForURL('**/io');
  });

  it('shows a person who it is, where it is signed in, and what it may change', async () => {
    const page = await desk.openPage('protocol');
    await page.goto('/io');
    await shot(page, 'own', true);
    await axe(page);
    await reflow(page);
    await page.getByLabel('Usa i tasti singoli').uncheck();
    await page.locator('form[action="/io/tasti"] button').click();
    await page.getByText('Tasti singoli spenti.').waitFor();
    expect(await page.locator('body').getAttribute('data-keys')).toBe('off');
    await page.getByLabel('Assente dal').fill('2020-01-01');
    await page.locator('form[action="/io/assenze"] button').click();
    await page.getByRole('alert').waitFor();
    await axe(page);
    const phone = await desk.openPage('head', PHONE);
    await phone.goto('/io');
    await shot(phone, 'own-360', true);
    await axe(phone);
  });

  it('turns on a second factor that is then asked for', async () => {
    // Only who has a password is offered one.
    const password = 'quattro gatti al sole';
    const hashed = await openPasswords().hash(password, '');
    if (!hashed.ok) throw new Error(hashed.problem.message);
    await desk.pool.query("update person set password = $1 where login = 'head'", [hashed.value]);
    const page = await desk.openPage('head');
    await page.goto('/io/secondo-fattore');
    await shot(page, 'factor', true);
    await axe(page);
    await reflow(page);
    expect(await page.evaluate(`document.querySelector('.d-factor-picture').naturalWidth > 0`)).toBe(true);
    await page.getByLabel('Password, per conferma').fill(password);
    await page.getByLabel('Codice', { exact: true }).fill('000 000');
    await page.getByRole('button', { name: 'Attiva', exact: true }).click();
    await page.getByRole('alert').waitFor();
    const secret = ((await page.locator('.d-factor-key').textContent()) ?? '').replace(/\s/g, '');
    const { generateSync } = await import('otplib');
    await page.getByLabel('Password, per conferma').fill(password);
    await page.getByLabel('Codice', { exact: true }).fill(generateSync({ secret }));
    await page.getByRole('button', { name: 'Attiva', exact: true }).click();
    await page.getByRole('heading', { name: 'Codici di riserva' }).waitFor();
    expect(await page.locator('.d-factor-codes li').count()).toBe(10);
    await shot(page, 'factor-codes');
    await axe(page);
  });
});
