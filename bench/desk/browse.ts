/** What a browser sees on a machine four times slower: when the page is painted, and how many bytes came over the wire. */
import { type CDPSession, chromium } from 'playwright-core';

const SLOWER = 4;

export interface Seen {
  readonly paintMs: number;
  readonly bytes: number;
  readonly fontBytes: number;
}

/** The first visit with an empty cache, then later ones. */
export async function browse(origin: string, token: string, paths: readonly string[]): Promise<readonly Seen[]> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    await context.addCookies([{ name: 'sessione', value: token, url: origin }]);
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
    const seen: Seen[] = [];
    for (const path of paths) {
      const wire = countBytes(session);
      await page.goto(`${origin}${path}`, { waitUntil: 'load' });
      const paintMs = await page.evaluate<number>(
        `new Promise((done) => new PerformanceObserver((list, observer) => {
          const [found] = list.getEntriesByName('first-contentful-paint');
          if (found) { observer.disconnect(); done(found.startTime); }
        }).observe({ type: 'paint', buffered: true }))`,
      );
      seen.push({ paintMs, ...wire() });
    }
    return seen;
  } finally {
    await browser.close();
  }
}

function countBytes(session: CDPSession): () => Omit<Seen, 'paintMs'> {
  const fonts = new Set<string>();
  let bytes = 0;
  let fontBytes = 0;
  const onResponse = ({ requestId, type }: { readonly requestId: string; readonly type: string }): void => {
    if (type === 'Font') fonts.add(requestId);
  };
  const onFinished = ({
    requestId,
    encodedDataLength,
  }: {
    readonly requestId: string;
    readonly encodedDataLength: number;
  }) => {
    if (fonts.has(requestId)) fontBytes += encodedDataLength;
    else bytes += encodedDataLength;
  };
  session.on('Network.responseReceived', onResponse);
  session.on('Network.loadingFinished', onFinished);
  return () => {
    session.off('Network.responseReceived', onResponse);
    session.off('Network.loadingFinished', onFinished);
    return { bytes, fontBytes };
  };
}
