import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HTTP_LIMITS } from '../../../../src/entrances/http/limits.ts';
import { openServer } from '../../../../src/entrances/http/open-server.ts';
import type { ApiServer } from '../../../../src/entrances/http/operation.ts';
import { buildPreviewServer } from '../../../../src/entrances/http/preview/preview-server.ts';
import { viewerFiles, viewerRoutes } from '../../../../src/entrances/http/preview/viewer-files.ts';
import { HAS_CHROMIUM, launchChromium, openBrowserContext } from '../../../desk/support/browser.ts';
import { HOSTILE_SCRIPT, pdfFile, pdfWithFontPayload, pdfWithScripts } from '../../../support/pdf-file.ts';
import { repository } from '../../../support/shared.ts';

/** Width and height of a picture that nobody could draw, in a file of a few bytes. */
const HUGE_PNG = Buffer.from('89504e470d0a1a0a0000000d4948445200010000000100000802000000', 'hex');
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="200" height="80" onload="${HOSTILE_SCRIPT}"><script>${HOSTILE_SCRIPT}</script><image href="http://192.0.2.7/p.png" width="9" height="9"/><foreignObject width="9" height="9"><iframe xmlns="http://www.w3.org/1999/xhtml" src="http://192.0.2.7/"></iframe></foreignObject><rect width="200" height="80" fill="green"/></svg>`;

/** A page as the desk makes them, on a server of its own, with the module of the desk. */
const MODES = ['on another origin', 'in an opaque frame'] as const;

describe.skipIf(!HAS_CHROMIUM)('the viewer of documents', () => {
  const documents = new Map<string, Buffer>();
  let browser: Browser;
  let desk: Server;
  let viewer: ApiServer;
  let opaque: ApiServer;
  const origin = (server: Server | ApiServer) =>
    `http://127.0.0.1:${(('server' in server ? server.server.address() : server.address()) as AddressInfo).port}`;

  beforeAll(async () => {
    browser = await launchChromium();
    const log = pino({ level: 'silent' });
    viewer = await buildPreviewServer({ log, tls: null, desk: () => origin(desk) });
    await viewer.listen({ host: '127.0.0.1', port: 0 });
    opaque = openServer(log, HTTP_LIMITS, null);
    viewerRoutes(opaque, viewerFiles(), { prefix: '/anteprima', desk: () => origin(desk) });
    await opaque.listen({ host: '127.0.0.1', port: 0 });
    desk = createServer(async (request, response): Promise<unknown> => {
      const url = new URL(request.url ?? '/', 'http://x');
      const path = url.pathname;
      if (path === '/preview.js') {
        response.setHeader('content-type', 'text/javascript');
        return response.end(await readFile(join(repository, 'src/entrances/http/desk/assets/js/preview.js')));
      }
      if (path === '/start.js') {
        response.setHeader('content-type', 'text/javascript');
        return response.end("import { start } from './preview.js'; start(document.querySelector('#d'));");
      }
      if (path.startsWith('/documenti/')) {
        response.setHeader('set-cookie', 'sessione=x; HttpOnly; Path=/');
        return response.end(documents.get(path));
      }
      response.setHeader('content-type', 'text/html');
      response.setHeader(
        'content-security-policy',
        `default-src 'none'; script-src 'self'; connect-src 'self'; frame-src ${origin(viewer)} ${origin(opaque)}; img-src data:`,
      );
      return response.end(deskPage(url.searchParams));
    });
    await new Promise<void>((resolve) => desk.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    await browser?.close();
    desk?.closeAllConnections();
    desk?.close();
    await viewer?.close();
    await opaque?.close();
  });

  const deskPage = (asked: URLSearchParams): string => {
    const isOpaque = asked.get('mode') === MODES[1];
    const place = isOpaque ? `${origin(opaque)}/anteprima/visore` : `${origin(viewer)}/visore`;
    return `<!doctype html><html lang="it"><head><meta charset="utf-8"><title>Scrivania</title><link rel="icon" href="data:,"></head><body>
<div id="d" data-viewer="${place}" data-bytes="/documenti/${asked.get('n')}" data-kind="${asked.get('kind')}" data-type="${asked.get('type')}" data-name="Prova"${isOpaque ? ' data-opaque' : ''}>
<div data-part="bar" hidden><span data-part="pages"></span><button data-part="before">Pagina prima</button><button data-part="after">Pagina dopo</button><button data-part="smaller">Riduci</button><span data-part="zoom"></span><button data-part="larger">Ingrandisci</button></div>
<div data-part="frame">…</div><p data-part="failed" hidden></p></div>
<script type="module" src="/start.js"></script></body></html>`;
  };

  let count = 0;
  const open = async (mode: string, bytes: Buffer, kind = 'pdf', type = 'application/pdf'): Promise<Page> => {
    count += 1;
    documents.set(`/documenti/${count}`, bytes);
    const start = { origin: origin(desk), alsoOrigins: [origin(viewer), origin(opaque)], cookies: [] };
    const page = await (await openBrowserContext(browser, start, {})).newPage();
    await page.goto(`/?${new URLSearchParams({ mode, n: String(count), kind, type })}`);
    return page;
  };
  const shown = async (page: Page): Promise<Frame> => {
    await page.locator('#d[data-state]').waitFor({ timeout: 60_000 });
    expect(await page.locator('[data-part=failed]').textContent()).toBe('');
    const frame = page.frames()[1];
    if (frame === undefined) throw new Error('there is no frame');
    return frame;
  };
  const failedWith = async (page: Page): Promise<string | null> => {
    await page.locator('#d[data-state=failed]').waitFor({ timeout: 60_000 });
    expect(page.frames()).toHaveLength(1);
    return page.locator('[data-part=failed]').textContent();
  };
  /** Neither here nor there has anything of the document run. */
  const nothingRan = async (page: Page) => {
    for (const frame of page.frames()) {
      expect(await frame.evaluate('typeof globalThis.RUN')).toBe('undefined');
      expect(await frame.title()).not.toBe('RUN');
    }
  };
  /** How much of the drawn page is not white. */
  const INK = `(() => { const canvas = document.querySelector('.page canvas'); const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let dark = 0; for (let at = 0; at < data.length; at += 4) if (data[at] < 128) dark += 1; return dark; })()`;

  describe.each(MODES)('%s', (mode) => {
    it('shows a page at a time, with its text, numbers and zoom', async () => {
      const page = await open(mode, pdfFile({ pages: ['Prima pagina: città', 'Seconda pagina', 'Terza'] }));
      const frame = await shown(page);
      expect(await page.locator('[data-part=pages]').textContent()).toBe('Pagina 1 di 3');
      expect(await frame.locator('.text').textContent()).toContain('Prima pagina: città');
      expect(await frame.evaluate(INK)).toBeGreaterThan(200);
      await page.getByRole('button', { name: 'Pagina dopo' }).click();
      await page.getByText('Pagina 2 di 3').waitFor();
      expect(await frame.locator('.text').textContent()).toContain('Seconda pagina');
      expect(await frame.locator('.page canvas').count()).toBe(1);
      await page.getByRole('button', { name: 'Ingrandisci' }).click();
      await page.getByText('125 %').waitFor();
      await frame.locator('main').focus();
      // Down to the end of the page, and once more to the next one: as often as it takes, for scrolling takes its time.
      const third = async () => {
        if ((await page.getByText('Pagina 3 di 3').count()) === 0) await frame.locator('main').press('PageDown');
        return page.getByText('Pagina 3 di 3').count();
      };
      await expect.poll(third, { timeout: 60_000, interval: 100 }).toBe(1);
    });

    it('cannot see the desk, and the desk alone may hold and ask it', async () => {
      const page = await open(mode, pdfFile({ pages: ['Prova'] }));
      const frame = await shown(page);
      const seen = await frame.evaluate(
        `(() => { try { return parent.document.title; } catch (error) { return error.name; } })()`,
      );
      expect(seen).toBe('SecurityError');
      const cookies = `(() => { try { return document.cookie; } catch (error) { return ''; } })()`;
      expect(await frame.evaluate(cookies)).toBe('');
    });

    it('runs no script of a document and follows none of its links', async () => {
      const page = await open(mode, pdfWithScripts('Con programmi'));
      const frame = await shown(page);
      expect(await frame.locator('.text').textContent()).toContain('Con programmi');
      await frame.locator('main').click();
      expect(page.context().pages()).toHaveLength(1);
      expect(await frame.locator('a, input, form').count()).toBe(0);
      await nothingRan(page);
    });

    it('takes a matrix of a font for numbers (CVE-2024-4367)', async () => {
      const page = await open(mode, pdfWithFontPayload('Carattere'));
      const frame = await shown(page);
      expect(await frame.evaluate(INK)).toBeGreaterThan(60);
      await nothingRan(page);
    });

    it('shows a drawing as a picture in which nothing runs', async () => {
      const page = await open(mode, Buffer.from(SVG), 'image', 'image/svg+xml');
      const frame = await shown(page);
      expect(
        await frame.locator('img').evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
      ).toBe(200);
      await nothingRan(page);
    });

    it('says why a document is not shown', async () => {
      expect(await failedWith(await open(mode, Buffer.from('%PDF-1.7 niente')))).toContain('può essere danneggiato');
      expect(await failedWith(await open(mode, HUGE_PNG, 'image', 'image/png'))).toContain('troppo grande');
      expect(await failedWith(await open(mode, Buffer.from('GIF89a'), 'image', 'image/gif'))).toContain(
        'può essere danneggiato',
      );
    });
  });

  it('takes away a frame that says nothing any more', async () => {
    const start = { origin: origin(desk), alsoOrigins: [origin(viewer)], cookies: [] };
    const page = await (await openBrowserContext(browser, start, {})).newPage();
    await page.clock.install();
    // The worker dies while it starts, as one does that a document has brought down.
    await page.route('**/pdf.worker.mjs', async (route) => {
      await route.fulfill({
        contentType: 'text/javascript',
        headers: { 'access-control-allow-origin': '*' },
        body: 'for (;;);',
      });
    });
    documents.set('/documenti/muto', pdfFile({ pages: ['Mai mostrata'] }));
    await page.goto(`/?${new URLSearchParams({ mode: MODES[0], n: 'muto', kind: 'pdf', type: 'application/pdf' })}`);
    await page.locator('iframe').waitFor();
    await page.clock.fastForward(60_000);
    expect(await failedWith(page)).toContain(
      'L’anteprima non è pronta. Ricarica la pagina per riprovare, o scarica il documento.',
    );
    expect(await page.locator('iframe').count()).toBe(0);
  });

  it('hands out its own files and nothing else', async () => {
    const ask = async (path: string) => (await fetch(`${origin(viewer)}${path}`)).status;
    expect(await ask('/visore')).toBe(200);
    expect(await ask('/pdf/wasm/openjpeg.wasm')).toBe(200);
    for (const path of [
      '/',
      '/scrivania',
      '/rest/interpro/v1/status',
      '/pdf/../package.json',
      '/pdf/wasm/quickjs-eval.js',
      '/.env',
    ])
      expect(await ask(path), path).toBe(404);
    const framed = await fetch(`${origin(viewer)}/visore`);
    expect(framed.headers.get('content-security-policy')).toContain(`frame-ancestors ${origin(desk)};`);
    expect(framed.headers.get('content-security-policy')).toContain(`connect-src 'self' ${origin(viewer)};`);
    expect(framed.headers.get('content-security-policy')).not.toMatch(/'unsafe-/);
  });
});
