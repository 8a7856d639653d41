/** The body's own account as a person uses it: away to the provider and back, in a real browser. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ESEMPIO } from '../support/node.ts';
import { atProvider, CLIENT, startProvider, type TestProvider } from '../support/openid-provider.ts';
import { HAS_CHROMIUM, shot } from './support/browser.ts';
import { axe, reflow } from './support/checks.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';

describe.skipIf(!HAS_CHROMIUM)('the door with the body’s own account', () => {
  let provider: TestProvider;
  let desk: DeskHouse;
  beforeAll(async () => {
    provider = await startProvider(() => [desk.origin]);
    desk = await openDesk({
      accounts: {
        ...CLIENT,
        issuer: provider.issuer,
        name: 'l’account del Comune',
        scopes: ['profile'],
        groupsClaim: 'groups',
        groups: [{ group: '/protocollo', aoo: ESEMPIO, role: 'protocol' }],
      },
    });
  });
  afterAll(async () => {
    await desk?.stop();
    await provider?.stop();
  });
  const clerk = { sub: 'a-1', name: 'Rina Collaudi', login: 'rina.collaudi', groups: ['/protocollo'] };
  const button = { name: 'Entra con l’account del Comune' };

  it.each([true, false])(
    'lets in, leads where the person wanted to go, and out again (script: %s)',
    async (javaScript) => {
      provider.person = clerk;
      const page = await desk.stranger({ javaScript });
      await page.goto('/registro?q=strade');
      if (javaScript) {
        await shot(page, 'sign-in-account');
        await axe(page);
        await reflow(page);
      }
      await page.getByRole('link', button).click();
      await page.waitForURL(`${desk.origin}/registro?q=strade`);
      await page.getByText('Rina Collaudi').first().waitFor();
      await page.goto('/io');
      await page.getByText('con l’account dell’ente').first().waitFor();
      expect(await page.getByLabel('Password nuova').count()).toBe(0);
      await page.getByRole('button', { name: 'Esci' }).click();
      await page.getByRole('button', { name: 'Esci dal provider' }).click();
      await page.getByRole('heading', { name: 'Sei uscito' }).waitFor();
      expect(page.url()).toBe(`${desk.origin}/uscito`);
      await page.goto('/scrivania');
      expect(page.url()).toContain('/entra');
    },
    90_000,
  );

  it('says in a sentence why somebody without a group does not enter', async () => {
    provider.person = { ...clerk, sub: 'a-2', name: 'Gino Fuori', login: 'gino.fuori', groups: ['/ragioneria'] };
    const page = await desk.stranger({ width: 360, height: 800 });
    await page.goto('/entra');
    await shot(page, 'sign-in-account-360');
    await page.getByRole('link', button).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('non è abilitato al protocollo');
    await shot(page, 'sign-in-account-unmapped-360');
    await axe(page);
    await reflow(page);
    const admin = await desk.openPage('administrator');
    await admin.goto('/amministrazione/accessi?che=sign-in-refused');
    await admin.getByText('Gino Fuori').waitFor();
  });

  it('takes nobody’s answer but its own: a link with another browser’s answer signs nobody in', async () => {
    provider.person = { ...clerk, sub: 'a-3', name: 'Evo Intruso', login: 'evo.intruso' };
    const begun = await desk.ask(null, '/entra/account');
    const answer = await atProvider(begun.headers.get('location') ?? '');
    const page = await desk.stranger();
    await page.goto(answer.href);
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('ripetere da capo');
    await page.goto('/io');
    expect(page.url()).toContain('/entra');
  });
});
