/** On a registration's sheet: the reserve, set and lifted by the head; the link to a precedent; what is asked to be annulled. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HAS_CHROMIUM, shot } from './support/browser.ts';
import { axe, reflow, tabTo } from './support/checks.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';

let desk: DeskHouse;
beforeAll(async () => {
  desk = await openDesk();
  await desk.receive('registered', 'La prima istanza');
  await desk.receive('registered', 'La seconda istanza');
});
afterAll(() => desk?.stop());

const sheetOf = (number: number): string => `/registro/${new Date().getFullYear()}/${String(number).padStart(7, '0')}`;

describe.skipIf(!HAS_CHROMIUM)('a registration', () => {
  it('is reserved by the head with a reason, is gone for others, and comes back when the reserve is lifted', async () => {
    const page = await desk.openPage('head');
    await page.goto(sheetOf(1));
    await page.getByRole('link', { name: 'Rendi riservata…' }).click();
    await axe(page);
    await reflow(page);
    await page.getByRole('button', { name: 'Rendi riservata' }).click();
    await page.getByText('Scrivi perché.').first().waitFor();
    await axe(page);
    await page.getByLabel('Perché').fill('Contiene dati di salute.');
    await shot(page, 'riserva');
    await page.getByRole('button', { name: 'Rendi riservata' }).click();
    await page.getByText('Ora è riservata.').waitFor();
    expect(await page.locator('#storia').textContent()).toMatch(
      /Resa riservata\s*da Nora Esempi\s*«Contiene dati di salute\.»/,
    );
    await axe(page);
    await shot(page, 'riservata');
    expect((await desk.ask('protocol', sheetOf(1))).status).toBe(404);
    expect(await (await desk.ask('protocol', '/registro?q=prima')).text()).not.toContain('La prima istanza');
    expect((await desk.ask('protocol', `${sheetOf(1)}/riserva`)).status).toBe(403);
    // Two of the head's tabs: the second says what has happened.
    const second = await desk.openPage('head');
    await second.goto(`${sheetOf(1)}/riserva`);
    await page.getByRole('link', { name: 'Togli la riserva…' }).click();
    await page.getByLabel('Perché').fill('Dati oscurati.');
    await page.getByRole('button', { name: 'Togli la riserva' }).click();
    await page.getByText('Riserva tolta').first().waitFor();
    await second.getByLabel('Perché').fill('Anche qui.');
    await second.getByRole('button', { name: 'Togli la riserva' }).click();
    await second.getByRole('heading', { name: 'Non eseguito' }).waitFor();
    expect((await desk.ask('protocol', sheetOf(1))).status).toBe(200);
    expect((await desk.ask('elsewhere', `${sheetOf(1)}/riserva`)).status).toBe(403);
  });

  it('is linked to its precedent with the key c, and both sheets show it', async () => {
    const page = await desk.openPage('protocol');
    await page.goto(sheetOf(2));
    await page.keyboard.press('c');
    await page.getByLabel('Precedente').waitFor();
    await axe(page);
    await tabTo(page, 'Precedente');
    await page.keyboard.type(`1/${new Date().getFullYear()}`);
    await page.keyboard.press('Enter');
    await page.getByText('Collegata.').waitFor();
    await page.getByRole('link', { name: '0000001', exact: true }).click();
    await page.waitForURL(`**${sheetOf(1)}`);
    await page.getByText('Seguita da').waitFor();
    const plain = await desk.openPage('protocol', { javaScript: false });
    await plain.goto(sheetOf(2));
    await plain.getByText('Collega a un precedente').click();
    await plain.getByLabel('Precedente').fill('77777/2020');
    await plain.getByRole('button', { name: 'Collega', exact: true }).click();
    await plain
      .getByText(/Il precedente .*non è nel registro/)
      .first()
      .waitFor();
  });

  it('that is asked to be annulled is counted on the desk of the head alone, and found from there', async () => {
    const page = await desk.openPage('protocol');
    await page.goto(`${sheetOf(2)}/chiedi-annullamento`);
    await page.getByLabel(/Motivo|Perché/).fill('Registrata due volte.');
    await page.getByRole('button', { name: /Chiedi/ }).click();
    await page.getByText('Annullamento chiesto').first().waitFor();
    await page.goto('/scrivania');
    expect(await page.getByRole('link', { name: /Annullamenti da decidere/ }).count()).toBe(0);
    const head = await desk.openPage('head');
    await head.goto('/scrivania');
    await axe(head);
    await shot(head, 'scrivania-annullamenti');
    await head
      .getByRole('link', { name: /Annullamenti da decidere.*1/ })
      .first()
      .click();
    await head.getByText('La seconda istanza').first().waitFor();
    await axe(head);
  });
});
