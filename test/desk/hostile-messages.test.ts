import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ordinaryMessage } from '../../src/sandbox/craft.ts';
import { ESEMPIO as ESEMPIO_FACTS } from '../exchange/councils.ts';
import { envelope, fresh } from '../exchange/mails.ts';
import { HOSTILE_SCRIPT, pdfWithFontPayload, pdfWithScripts } from '../support/pdf-file.ts';
import { HAS_CHROMIUM, shot } from './support/browser.ts';
import { axe, reflow } from './support/checks.ts';
import { type DeskHouse, openDesk } from './support/desk.ts';
import { FIRM } from './support/letters.ts';

/** What a stranger may send: it is read, and nothing of it runs, asks another host or breaks a page. */
const MODES = [
  ['on another origin', true],
  ['in an opaque frame', false],
] as const;

const PAGE = `<html><head><meta http-equiv="refresh" content="0;url=http://192.0.2.7/"><base href="http://192.0.2.7/"><link rel="stylesheet" href="http://192.0.2.7/x.css">
<style>@import url(http://192.0.2.7/i.css); p { background: url(http://192.0.2.7/b.png) }</style><script>${HOSTILE_SCRIPT}</script></head>
<body onload="${HOSTILE_SCRIPT}"><p style="background-image:url(http://192.0.2.7/c.png)">Gentile <b>ufficio</b></p><img src="http://192.0.2.7/pixel.gif" width="1" height="1">
<form action="http://192.0.2.7/"><input name="p"><button>Entra</button></form><iframe src="http://192.0.2.7/"></iframe><svg><script>${HOSTILE_SCRIPT}</script></svg>
<a href="http://192.0.2.7/furto">www.comune.example.it</a> <a href="https://\u0430pple.example/">apri</a> <a href="java&#10;script:alert(1)">qui</a> <a href="data:text/html,x">o qui</a></body></html>`;

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="80" onload="${HOSTILE_SCRIPT}"><script>${HOSTILE_SCRIPT}</script><image href="http://192.0.2.7/p.png" width="9" height="9"/><rect width="200" height="80" fill="green"/></svg>`;

describe.skipIf(!HAS_CHROMIUM).each(MODES)('hostile mail, with documents %s', (_, previewOrigin) => {
  let desk: DeskHouse;
  beforeAll(async () => {
    desk = await openDesk({ previewOrigin });
  });
  afterAll(() => desk?.stop());

  type Parts = NonNullable<Parameters<typeof envelope>[1]['parts']>;
  const letter = async (subject: string, parts: Parts): Promise<string> =>
    (await desk.deliver(envelope(desk.sandbox, { from: FIRM, to: ESEMPIO_FACTS, subject, parts }))).exchange ?? '';
  const opened = async (id: string, query = ''): Promise<Page> => {
    const page = await desk.openPage('protocol');
    await page.goto(`/messaggi/${id}${query}`);
    return page;
  };
  const shown = async (page: Page) => {
    await page.locator('.d-viewer[data-state]').waitFor({ timeout: 60_000 });
    expect(await page.locator('.d-viewer [data-part=failed]').textContent()).toBe('');
  };
  const nothingRan = async (page: Page) => {
    for (const frame of page.frames()) {
      expect(await frame.evaluate('typeof globalThis.RUN').catch(() => 'undefined')).toBe('undefined');
      expect(await frame.title().catch(() => '')).not.toBe('RUN');
    }
    expect(page.context().pages()).toHaveLength(1);
  };

  it('PDFs with scripts, a font that is a script, a drawing with a script', async () => {
    const id = await letter('Documenti ostili', [
      { name: 'programmi.pdf', mediaType: 'application/pdf', content: pdfWithScripts('Si legge ancora') },
      { name: 'carattere.pdf', mediaType: 'application/pdf', content: pdfWithFontPayload('Anche questo') },
      { name: 'disegno.svg', mediaType: 'image/svg+xml', content: SVG },
    ]);
    for (const place of [1, 2, 3]) {
      const page = await opened(id, `?documento=${place}`);
      await shown(page);
      await nothingRan(page);
      await page.close();
    }
  });

  it('a page with trackers, a form, a frame and a redirection', async () => {
    const original = ordinaryMessage({
      from: FIRM.address,
      to: ESEMPIO_FACTS.address,
      subject: 'Pagina ostile',
      date: new Date(),
      messageId: `<${fresh('h')}@pec.edilprova.example.it>`,
      headers: [],
      parts: [{ name: 'pagina.html', mediaType: 'text/html', content: PAGE }],
    });
    const mail = await desk.deliver(
      envelope(desk.sandbox, { from: FIRM, to: ESEMPIO_FACTS, subject: 'Pagina ostile', original }),
    );
    const page = await opened(mail.exchange ?? '');
    const frame = page.frameLocator('.d-page-frame').first();
    await frame.getByText('Gentile ufficio').waitFor();
    expect(await frame.locator('script, form, iframe, a, img, link, meta[http-equiv]').count()).toBe(0);
    await page.getByText(/Collegamenti scritti nella pagina/).click();
    expect(await page.locator('.d-links').textContent()).toContain('http://192.0.2.7/furto');
    expect(await page.getByText(/Non mostrati: \d+ elementi da altri siti, \d+ programmi, 1 modulo/).isVisible()).toBe(
      true,
    );
    const links = page.locator('.d-links').first();
    expect(await links.textContent()).toContain('Il testo mostra «www.comune.example.it», ma porta a 192.0.2.7.');
    expect(await links.textContent()).toContain('https://xn--pple-43d.example/');
    expect(await links.getByText('non si apre').count()).toBe(2);
    expect(await links.locator('a').count()).toBe(0);
    await shot(page, 'messaggio-collegamenti-1440', true);
    await nothingRan(page);
    await axe(page);
    await reflow(page);
    const asked = await desk.ask('protocol', `/documenti/posta/${mail.id}/${mail.inspection?.documents[0]?.sha256}`);
    expect(asked.headers.get('content-disposition')).toMatch(/^attachment;/);
    expect(asked.headers.get('content-security-policy')).toContain('sandbox');
    expect(asked.headers.get('content-type')).toBe('application/octet-stream');
  });

  it('the links of a mail’s own page, told beside it', async () => {
    const content = '<p>Paghi <a href="https://furto.example/x">qui: www.comune.example.it</a></p>';
    const original = Buffer.from(
      [
        ...[`From: ${FIRM.address}`, `To: ${ESEMPIO_FACTS.address}`, 'Subject: Solo una pagina'],
        ...[`Date: ${new Date().toUTCString()}`, `Message-ID: <${fresh('h')}@pec.edilprova.example.it>`],
        ...['MIME-Version: 1.0', 'Content-Type: text/html; charset=utf-8', '', content, ''],
      ].join('\r\n'),
    );
    const mail = await desk.deliver(
      envelope(desk.sandbox, { from: FIRM, to: ESEMPIO_FACTS, subject: 'Solo una pagina', original }),
    );
    const page = await opened(mail.exchange ?? '');
    const summary = page.getByText(/Collegamenti scritti nella pagina \(1\)/);
    expect(await summary.textContent()).toContain('uno da guardare');
    await summary.click();
    await page.getByText('https://furto.example/x').waitFor();
    await axe(page);
  });

  it('a subject of twenty thousand characters, with script and marks that turn the writing round', async () => {
    const subject = `<script>${HOSTILE_SCRIPT}</script>\u202efdp.exe\u0007 ${'oggetto lunghissimo '.repeat(1_000)}`;
    const id = await letter(subject, [
      { name: 'fattura\u202efdp.exe', mediaType: 'application/octet-stream', content: 'MZ\0' },
      {
        name: '<img src=x onerror=alert(1)>.txt',
        mediaType: 'text/plain',
        content: `<script>${HOSTILE_SCRIPT}</script> testo`,
      },
    ]);
    const page = await opened(id);
    const heading = (await page.locator('h1').textContent()) ?? '';
    expect(heading).toContain('<script>');
    expect(heading.length).toBeLessThan(600);
    expect(heading).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u0007]/);
    expect(await page.locator('.d-doc-tabs').textContent()).not.toMatch(/[\u202a-\u202e]/);
    expect(await page.locator('.d-doc-tabs').textContent()).toContain('fatturafdp.exe');
    await reflow(page);
    await axe(page);
    await page.goto(`/messaggi/${id}?documento=2`);
    expect(await page.locator('pre.d-doc-text').first().textContent()).toContain('testo');
    await nothingRan(page);
    await shot(page, 'messaggio-ostile-1440');
  });

  it('two hundred documents', async () => {
    const parts = Array.from({ length: 200 }, (_, index) => ({
      name: `allegato-${String(index + 1).padStart(3, '0')}.txt`,
      mediaType: 'text/plain',
      content: `Documento ${index + 1}\n`,
    }));
    const id = await letter('Duecento allegati', parts);
    const page = await opened(id, '?documento=150');
    expect(await page.locator('pre.d-doc-text').first().textContent()).toBe('Documento 150\n');
    expect(await page.locator('.d-doc-tab').count()).toBe(5);
    await page.getByText('Altri 196 documenti').click();
    await axe(page);
    await reflow(page);
  });
});
