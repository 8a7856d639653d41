/** Chromium for the tests of the desk, and what no page of it may do: complain, break its CSP, or ask another host. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { needs } from '../../support/shared.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
/** For `describe.skipIf(!HAS_CHROMIUM)`. */
export const HAS_CHROMIUM = needs(existsSync(CHROMIUM), `Chromium is not at ${CHROMIUM} (CHROMIUM names another)`);

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      // Inside containers root has no user namespaces, and the pages are our own.
      '--no-sandbox',
      // A request that the watch misses fails all the same: no name but this machine's leads anywhere.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
      '--disable-background-networking',
    ],
  });
}

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  /** False: the page without JavaScript. */
  readonly javaScript?: boolean;
  /** Responses from 400 on that scripts, pictures and the like may get in this test, as `404 /percorso`. */
  readonly mayFail?: readonly string[];
}

/** Where a person's browser begins. */
export interface Start {
  readonly origin: string;
  /** Other origins that pages may ask: the one of the previews. */
  readonly alsoOrigins: readonly string[];
  readonly cookies: readonly { readonly name: string; readonly value: string }[];
}

/** A browser of its own, with its cookies. The test that opens it fails when one of its pages does what no page may. */
export async function openBrowserContext(
  browser: Browser,
  { origin, alsoOrigins, cookies }: Start,
  { width = 1440, height = 900, javaScript = true, mayFail = [] }: PageOptions,
): Promise<BrowserContext> {
  const context = await browser.newContext({
    baseURL: origin,
    viewport: { width, height },
    javaScriptEnabled: javaScript,
    locale: 'it-IT',
    timezoneId: 'Europe/Rome',
    reducedMotion: 'reduce',
    hasTouch: width < 700,
  });
  // As long as a busy machine may need: it is an effect that is waited for, so a quick one waits for nothing.
  context.setDefaultTimeout(30_000);
  await context.addCookies(cookies.map((cookie) => ({ ...cookie, url: origin, httpOnly: true, sameSite: 'Lax' })));
  const faults = watch(context, new Set([origin, ...alsoOrigins]), mayFail);
  onTestFinished(async () => {
    await context.close();
    if (faults.length > 0) throw new Error(`what no page of the desk may do:\n  ${faults.join('\n  ')}`);
  });
  return context;
}

const REPORT_CSP = `document.addEventListener('securitypolicyviolation', (event) =>
  console.error('CSP ' + event.effectiveDirective + ' ' + event.blockedURI + ' ' + event.sample));`;

function watch(context: BrowserContext, origins: ReadonlySet<string>, mayFail: readonly string[]): readonly string[] {
  const faults: string[] = [];
  void context.addInitScript(REPORT_CSP);
  context.on('console', (message) => {
    const text = message.text();
    // Also said of a page or a form that is refused on purpose: what may fail is judged by the responses below.
    if (text.startsWith('Failed to load resource: the server responded')) return;
    if (['error', 'warning'].includes(message.type()))
      faults.push(`console: ${text} (${message.location().url || message.page()?.url()})`);
  });
  context.on('weberror', (error) => void faults.push(`error: ${error.error().stack ?? error.error().message}`));
  context.on('request', (request) => {
    const { origin, protocol, href } = new URL(request.url());
    if (['data:', 'blob:', 'about:'].includes(protocol) || origins.has(origin)) return;
    faults.push(`another host was asked: ${href}`);
  });
  context.on('response', (response) => {
    const status = response.status();
    const isPart = !['document', 'fetch', 'xhr'].includes(response.request().resourceType());
    const { pathname } = new URL(response.url());
    if (status >= 500 || (status >= 400 && isPart && !mayFail.includes(`${status} ${pathname}`)))
      faults.push(`${status} for ${response.request().method()} ${response.url()}`);
  });
  return faults;
}

/** The script of this name waits until what is returned is called: as on a slow line. */
export async function holdScript(page: Page, name: string): Promise<() => void> {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  await page.route(new RegExp(`/${name}[^/]*\\.js$`), async (route) => {
    await released;
    await route.continue();
  });
  return release;
}

/** Writes what the page looks like into the folder that `DESK_SHOTS` names; without it, nothing. */
export async function shot(page: Page, name: string, fullPage = false): Promise<void> {
  const folder = process.env['DESK_SHOTS'];
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage });
}
