import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { indexImports } from '../../src/adapters/postgres/index/imports.ts';
import { importIndex } from '../../src/service/index/import-index.ts';
import { caller, ESEMPIO, stateOf, submitted } from '../support/node.ts';
import { HAS_CHROMIUM, shot } from './support/browser.ts';
import { axe, reflow, tabTo } from './support/checks.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';

const AOOS = `Codice_IPA,Denominazione_ente,Codice_fiscale_ente,Codice_uni_aoo,Denominazione_aoo,Data_istituzione,Codice_comune_ISTAT,Codice_catastale_comune,CAP,Indirizzo,Telefono,Mail1,Tipo_Mail1,Protocollo_informatico,Data_aggiornamento,cod_aoo
c_esempio,Comune di Esempio,00000000001,AESEMP1,Protocollo generale,2010-01-01,999001,Z901,00001,Piazza del Municipio 1,000 000001,protocollo@pec.esempio.example.it,Pec,InterPro,2026-01-07,AESEMP1
c_provaria,Comune di Provaria,00000000002,APROVA1,Protocollo generale,2010-01-01,999002,Z902,00002,"Via dell'Esempio, 20",000 000022,protocollo@pec.provaria.example.it,Pec,InterPro,2026-02-07,APROVA1
`;

describe.skipIf(!HAS_CHROMIUM)('the index on the desk', () => {
  let desk: DeskHouse;
  beforeAll(async () => {
    desk = await openDesk();
    async function* bytes() {
      yield Buffer.from(AOOS);
    }
    // A later import: Provaria has moved, and every other AOO is gone.
    const request = { origin: 'prova', bytes: bytes(), source: 'esempio', asOf: '2026-02-07', shrinkLimit: 1 };
    const done = await importIndex(request, { index: indexImports(desk.pool), clock: { now: () => new Date() } });
    if (!done.ok || done.value.outcome !== 'applied') throw new Error(JSON.stringify(done));
  });
  afterAll(() => desk?.stop());

  it('finds an office by name, and shows its card with how it behaves with us', async () => {
    const ask = caller(desk.origin, await desk.key(ESEMPIO));
    const sent = await submitted(ask, ['c_provaria/APROVA1']);
    await stateOf(ask, sent.json.recipients[0].exchange, 'confirmed');
    const page = await desk.openPage('protocol');
    await page.goto('/indice');
    await axe(page);
    await page.getByLabel('Cerca un ente, una AOO o un ufficio').fill('provaria');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=provaria/);
    await axe(page);
    await tabTo(page, 'Comune di Provaria, Protocollo generale');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/indice\/c_provaria\/APROVA1\?q=provaria/);
    const card = page.locator('#scheda');
    await expect.poll(() => card.textContent()).toContain('protocollo@pec.provaria.example.it');
    const behaviour = card.getByRole('row', { name: /Da noi a loro/ });
    expect((await behaviour.getByRole('cell').allTextContents()).map((text) => text.trim())).toEqual([
      'Da noi a loro',
      '1',
      '1',
      '1',
      expect.stringMatching(/^\d+ s$/),
      '0',
    ]);
    expect(await card.textContent()).toContain("da Via dell'Esempio, 2 a Via dell'Esempio, 20");
    expect(await page.getByRole('link', { name: /Protocollo generale AOO/ }).getAttribute('aria-current')).toBe('true');
    await axe(page);
    await reflow(page);
    await shot(page, 'indice-1440');
    await page.setViewportSize({ width: 360, height: 800 });
    await shot(page, 'indice-360', true);
  });

  it('says what the last import changed, and that an office has ceased', async () => {
    const page = await desk.openPage('auditor');
    await page.goto('/indice/modifiche');
    await expect.poll(() => page.locator('main').textContent()).toMatch(/1 cambiato, 6 tolti/);
    await axe(page);
    await reflow(page);
    await shot(page, 'indice-modifiche-1440');
    await page.goto('/indice/p_esempio/APROVI1');
    await expect.poll(() => page.locator('#scheda').textContent()).toContain('Cessato');
    expect(await page.getByRole('link', { name: 'Scrivi a questo ufficio' }).count()).toBe(0);
    await axe(page);
    await page.goto('/indice/regione');
    await axe(page);
    await page.goto('/indice/c_nessuno/A1');
    await expect.poll(() => page.locator('#scheda').textContent()).toContain('Non è nell’indice');
    await axe(page);
  });

  it('shows the administrator of the node offices, and nothing of whom they write to', async () => {
    const answer = await desk.ask('administrator', '/indice/c_provaria/APROVA1');
    const text = await answer.text();
    expect(answer.status).toBe(200);
    expect(text).toContain('Via dell&#39;Esempio, 20');
    expect(text).not.toContain('Come si comporta con noi');
  });

  it('reads hostile text as text', async () => {
    const answer = await desk.ask('protocol', `/indice?q=${encodeURIComponent('<script>alert(1)</script> [a(')}`);
    expect(answer.status).toBe(200);
    expect(await answer.text()).not.toContain('<script>alert');
  });
});
