/**
 * Style sheet, scripts, fonts and icons. They are served under an address with the digest of all they are made of, so that
 * browsers may keep them for ever. The sheet is made when the first page is asked for: of the design system, what the desk
 * uses; then ours. That takes about a second of work, which a service that nobody looks at is spared.
 */
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { sha256Of } from '../../../kernel/digest.ts';
import { ICONS, useSprite } from './components/icon.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const OWN = join(HERE, 'assets');
const require = createRequire(import.meta.url);
const ITALIA = join(dirname(require.resolve('bootstrap-italia/package.json')), 'dist');
const SYSTEM = join(ITALIA, 'css/bootstrap-italia.min.css');
const HTMX = join(dirname(require.resolve('htmx.org/package.json')), 'dist/htmx.min.js');

const FONTS = {
  'titillium-regular': 'Titillium_Web/titillium-web-v10-latin-ext_latin-regular.woff2',
  'titillium-600': 'Titillium_Web/titillium-web-v10-latin-ext_latin-600.woff2',
  'titillium-700': 'Titillium_Web/titillium-web-v10-latin-ext_latin-700.woff2',
  'mono-regular': 'Roboto_Mono/roboto-mono-v13-latin-ext_latin-regular.woff2',
} as const;

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

export interface Assets {
  /** The address of `desk.css`, `js/desk.js`… */
  readonly url: (name: string) => string;
  readonly files: ReadonlyMap<string, () => Promise<Buffer>>;
}

let made: Promise<Assets> | null = null;
/** Reads and makes all of them, once in a process. */
export const readAssets = (): Promise<Assets> => {
  made ??= makeAssets();
  return made;
};

async function makeAssets(): Promise<Assets> {
  const read = new Map<string, Buffer>();
  read.set('icons.svg', Buffer.from(await sprite()));
  read.set('icon.svg', await readFile(join(OWN, 'icon.svg')));
  read.set('htmx.js', await readFile(HTMX));
  for (const [name, file] of Object.entries(FONTS))
    read.set(`fonts/${name}.woff2`, await readFile(join(ITALIA, 'fonts', file)));
  for (const name of await namesIn(join(OWN, 'js'), '.js'))
    read.set(`js/${name}`, await readFile(join(OWN, 'js', name)));
  const version = sha256Of([...read.values(), await readFile(SYSTEM), ...(await sources())]).slice(0, 12);
  const url = (name: string): string => `/statici/${version}/${name}`;
  useSprite(url('icons.svg'));
  let sheet: Promise<Buffer> | null = null;
  const styles = (): Promise<Buffer> => {
    sheet ??= styleSheet().then(Buffer.from);
    return sheet;
  };
  const files = new Map([...read].map(([name, bytes]) => [name, async () => bytes] as const));
  return { url, files: files.set('desk.css', styles) };
}

/** What the style sheet is made of, besides the design system. */
async function sources(): Promise<readonly Buffer[]> {
  const names = (await readdir(HERE, { recursive: true })).filter((name) => /\.(?:ts|css)$/.test(name)).sort();
  return Promise.all(names.map((name) => readFile(join(HERE, name))));
}

export async function serveAssets(server: FastifyInstance, { url, files }: Assets): Promise<void> {
  // For the headers of ranges and the like; nothing of a folder is served.
  await server.register(fastifyStatic, { root: OWN, serve: false, dotfiles: 'deny' });
  server.get(url('*'), { config: { access: 'desk', isOpen: true }, schema: { hide: true } }, async (request, reply) => {
    const { '*': name } = request.params as { readonly '*': string };
    const bytes = files.get(name);
    if (bytes === undefined) {
      reply.callNotFound();
      return reply;
    }
    return reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .type(TYPES[extname(name)] ?? 'application/octet-stream')
      .send(await bytes());
  });
}

const namesIn = async (folder: string, extension: string): Promise<readonly string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith(extension)).sort();

async function styleSheet(): Promise<string> {
  const { PurgeCSS } = await import('purgecss');
  const [purged] = await new PurgeCSS().purge({
    content: [`${HERE}/**/*.ts`],
    css: [SYSTEM],
    // Of the design system: the reset, the grid of type, and what our templates name. Ours bear a prefix.
    safelist: { standard: ['visually-hidden'], greedy: [] },
    // Its own `d-table` and the like outrank every rule of ours.
    blocklist: [/^d-/],
    fontFace: true,
    keyframes: true,
    variables: true,
  });
  const own = await Promise.all(
    (await namesIn(join(OWN, 'css'), '.css'))
      .toSorted((one, other) => order(one) - order(other) || (one < other ? -1 : 1))
      .map((name) => readFile(join(OWN, 'css', name), 'utf8')),
  );
  // The system's rings of focus need its script, which says whether the mouse was used; ours stand in `base.css`.
  const system = (purged?.css ?? '').replace(/[^{}]*data-focus-mouse[^{}]*\{[^}]*\}/g, '');
  return [system, ...own].join('\n');
}

/** Tokens first, then what all pages share, then screens by name. */
const order = (name: string): number =>
  ['tokens.css', 'base.css', 'components.css', 'layout.css'].indexOf(name) +
  5 * Number(!/^(?:tokens|base|components|layout)\.css$/.test(name));

async function sprite(): Promise<string> {
  const whole = await readFile(join(ITALIA, 'svg/sprites.svg'), 'utf8');
  const symbols = ICONS.map((name) => {
    const symbol = new RegExp(`<symbol[^>]*\\bid="${name}"[^>]*>.*?</symbol>`, 's').exec(whole)?.[0];
    if (symbol === undefined) throw new Error(`the design system has no icon ${name}`);
    return symbol;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`;
}
