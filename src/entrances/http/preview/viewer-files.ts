/**
 * The viewer of documents: one page, its script and style, and pdf.js. There are no documents here: the desk hands over their
 * bytes. It is served by a listener of its own, so that it stands on another origin than the desk; where there is none, by
 * the desk itself for an opaque frame.
 */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const ASSETS = join(dirname(fileURLToPath(import.meta.url)), 'assets');
const PDFJS = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'));

/** The build for older browsers: offices have those, too. Its sandbox for scripts of documents is not among them. */
const SCRIPTS = { 'pdf.mjs': 'legacy/build/pdf.min.mjs', 'pdf.worker.mjs': 'legacy/build/pdf.worker.min.mjs' } as const;
/** What a document may need besides, fetched then. */
const FOLDERS = ['cmaps', 'standard_fonts', 'wasm', 'iccs'] as const;
const NEVER = /quickjs|LICENSE/;

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
  '.ttf': 'font/ttf',
};

/** By address, all that there are: what is asked for is looked up here and never in a folder. The large ones are read then. */
export function viewerFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const name of ['visore.js', 'visore.css']) files.set(name, join(ASSETS, name));
  for (const [name, file] of Object.entries(SCRIPTS)) files.set(`pdf/${name}`, join(PDFJS, file));
  for (const folder of FOLDERS)
    for (const name of readdirSync(join(PDFJS, folder)))
      if (!NEVER.test(name)) files.set(`pdf/${folder}/${name}`, join(PDFJS, folder, name));
  return files;
}

export interface ViewerPlace {
  /** Before every address, with no slash at its end. */
  readonly prefix: string;
  /** Where the desk stands, that alone may frame this and speak to it. */
  readonly desk: (request: FastifyRequest) => string;
  /** For the routes, where the server asks for it. */
  readonly config?: object;
}

/** Compiling the decoders of images and colours is all that is allowed beside our own files. */
const RUNS = "script-src 'self' 'wasm-unsafe-eval'";

/**
 * An opaque frame has the origin `null`: without these headers it could not load its own scripts. They are public files.
 * The policy of a worker is that of its script's answer.
 */
const HEADERS = {
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
  'cache-control': 'public, max-age=3600',
  'content-security-policy': `default-src 'none'; ${RUNS}; connect-src 'self'; frame-ancestors 'none'`,
} as const;

export function viewerRoutes(server: FastifyInstance, files: ReadonlyMap<string, string>, place: ViewerPlace): void {
  const { prefix, desk, config = {} } = place;
  const route = (path: string, handler: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>) =>
    server.route({ method: 'GET', url: `${prefix}/${path}`, config, schema: { hide: true }, handler });
  route('visore', async (request, reply) => {
    const origin = desk(request);
    return reply
      .header('content-security-policy', policyOf(origin, `${request.protocol}://${request.host}`))
      .header('cache-control', 'no-store')
      .header('cross-origin-resource-policy', 'cross-origin')
      .type('text/html; charset=utf-8')
      .send(page(origin, prefix));
  });
  route('*', async (request, reply) => {
    const { '*': name } = request.params as { readonly '*': string };
    const file = files.get(name);
    if (file === undefined) {
      reply.callNotFound();
      return reply;
    }
    return reply
      .headers(HEADERS)
      .type(TYPES[extname(name)] ?? 'application/octet-stream')
      .send(await readFile(file));
  });
}

/** `own` is named beside 'self', which matches nothing in an opaque frame. */
const policyOf = (desk: string, own: string): string =>
  [
    "default-src 'none'",
    `${RUNS} ${own}`,
    `style-src 'self' ${own}`,
    'img-src blob:',
    `font-src 'self' ${own}`,
    `connect-src 'self' ${own}`,
    "worker-src 'self'",
    `frame-ancestors ${desk}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

/** The origin comes from a Host header that browsers alone send here; it is escaped all the same. */
const page = (desk: string, prefix: string): string => `<!doctype html>
<html lang="it">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="desk" content="${desk.replace(/[^\w:/.[\]-]/g, '')}">
<title>Documento</title>
<link rel="stylesheet" href="${prefix}/visore.css">
<script type="module" src="${prefix}/visore.js"></script>
</head>
<body>
<main id="foglio" tabindex="0" aria-label="Documento"></main>
</body>
</html>
`;
