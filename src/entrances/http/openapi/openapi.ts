import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifySchema, RouteOptions } from 'fastify';
import manifest from '../../../../package.json' with { type: 'json' };
import type { ProblemCode } from '../../../kernel/problems.ts';
import { type ApiServer, operation, TAGS } from '../operation.ts';
import { anyValue, storedText } from '../schemas.ts';
import { completeDocument, type DocumentedHeader } from './document.ts';

declare module 'fastify' {
  /** What the document needs of a route besides its schema; `completeDocument` takes these out again. */
  interface FastifySchema {
    'x-scope'?: string | null;
    'x-knows-caller'?: boolean;
    'x-problem-codes'?: readonly ProblemCode[];
    'x-tells'?: readonly DocumentedHeader[];
    'x-versioned'?: boolean;
    'x-produces'?: readonly string[];
    produces?: readonly string[];
  }
}

/** What the operator of a node says about it. */
export interface ApiInfo {
  /** Public address of this node, without a path: `https://…`; null: it has none. */
  readonly publicUrl: string | null;
  readonly contact: { readonly name: string; readonly email: string } | null;
  /** Address of the terms of service; null: the ones under `/docs/terms`. */
  readonly termsOfService: string | null;
}

export const NO_INFO: ApiInfo = { publicUrl: null, contact: null, termsOfService: null };

/** Identifies this interface in the national catalogue, whoever operates it. It never changes. */
const API_ID = '6f4b8a52-3c1d-4e7a-9b60-2d5f8e1c7a94';
const DOCS_PATH = '/docs';
/** In place of an unknown public address. */
const UNKNOWN_URL = 'https://interpro.example.it';
/** Longest streamed body. Each route has a limit of its own. */
const MOST_STREAMED = 256 * 1024 * 1024;

/** Collects the routes that are declared after it. */
export async function registerOpenApi(server: ApiServer, prefix: string, info: ApiInfo): Promise<void> {
  // The page and its files are public: they hold only the documentation.
  server.addHook('onRoute', (route) => {
    if (!route.url.startsWith(DOCS_PATH)) return;
    route.config = { access: 'public', ...route.config };
    route.schema = { ...route.schema, hide: true };
  });
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: infoOf(info),
      servers: [serverOf(info, prefix)],
      tags: Object.entries(TAGS)
        .map(([name, description]) => ({ name, description }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    },
    stripBasePath: false,
    transform: ({ schema, url, route }) => ({
      schema: documented(schema, route, url, prefix),
      url: url.slice(prefix.length),
    }),
    transformObject: (document) =>
      'openapiObject' in document ? completeDocument(document.openapiObject) : document.swaggerObject,
  });
}

/** The document for machines, the page for people, and the terms of service. */
export async function openApiRoutes(server: ApiServer, prefix: string): Promise<void> {
  let text: string | null = null;
  server.get(
    `${prefix}/openapi.json`,
    operation({
      id: 'readOpenapi',
      tag: 'node',
      summary: 'Questa documentazione, in formato OpenAPI',
      access: 'public',
      answers: { 200: anyValue({ description: 'Documento OpenAPI 3.1.' }) },
      hide: true,
    }),
    async (_request, reply) => {
      text ??= JSON.stringify(server.swagger());
      return reply.type('application/json; charset=utf-8').serializer(String).send(text);
    },
  );
  server.get(
    `${DOCS_PATH}/terms`,
    operation({
      id: 'readTerms',
      tag: 'node',
      summary: "Condizioni d'uso",
      access: 'public',
      answers: { 200: storedText(2_000) },
      hide: true,
    }),
    async (_request, reply) => reply.type('text/plain; charset=utf-8').serializer(String).send(TERMS),
  );
  await server.register(swaggerUi, {
    routePrefix: DOCS_PATH,
    uiConfig: { validatorUrl: 'none', docExpansion: 'list', deepLinking: true, persistAuthorization: false },
    theme: { title: 'InterPro: API' },
    // On the page one tries the node that serves it; its policy lets it ask no other.
    transformSpecification: (document) => ({ ...document, servers: [{ url: prefix, description: 'Questo nodo' }] }),
    staticCSP: {
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      // Swagger UI sets styles on its own elements.
      'style-src': ["'self'", "'unsafe-inline'"],
      'img-src': ["'self'", 'data:'],
      'font-src': ["'self'"],
      'connect-src': ["'self'"],
      'base-uri': ["'none'"],
      'form-action': ["'self'"],
      'frame-ancestors': ["'none'"],
    },
  });
}

const TERMS = `Condizioni d'uso

Questo servizio è riservato alle amministrazioni e a chi agisce per loro, con credenziali rilasciate dal gestore del nodo.
Il gestore stabilisce chi vi accede, per quali finalità e con quale frequenza. Il software è distribuito con licenza
EUPL-1.2.
`;

function infoOf({ publicUrl, contact, termsOfService }: ApiInfo) {
  const place = `${publicUrl ?? UNKNOWN_URL}${DOCS_PATH}`;
  return {
    title: 'InterPro: interoperabilità fra protocolli informatici',
    version: manifest.version,
    description: `Scambio di documenti protocollati fra pubbliche amministrazioni: invio, ricezione, registrazione, conferma.

Gli errori sono \`application/problem+json\` (RFC 9457) con un codice stabile; l'elenco è in \`/problems\`. I comandi richiedono \`Idempotency-Key\`: la stessa chiave con la stessa richiesta dà la stessa risposta; se il comando è rifiutato, la chiave si può riusare. Gli stati hanno un \`ETag\`; gli elenchi si leggono a pagine con \`cursor\`.`,
    termsOfService: termsOfService ?? `${place}/terms`,
    contact: { ...(contact ?? { name: 'Gestore del nodo' }), url: `${place}/` },
    license: { name: 'EUPL-1.2', url: 'https://joinup.ec.europa.eu/collection/eupl/eupl-text-eupl-12' },
    'x-api-id': API_ID,
    'x-summary': 'Scambio di documenti protocollati fra pubbliche amministrazioni.',
  };
}

/** Absolute and https, as the national rules want it: without an address of its own, one to be replaced. */
const serverOf = ({ publicUrl }: ApiInfo, prefix: string) =>
  publicUrl === null
    ? { url: `${UNKNOWN_URL}${prefix}`, description: 'Da sostituire con il nome del nodo (INTERPRO_PUBLIC_URL)' }
    : { url: `${publicUrl}${prefix}`, description: 'Servizio in esercizio' };

/** Routes beside the versioned path are left out. */
function documented(
  schema: FastifySchema,
  { config }: Pick<RouteOptions, 'config'>,
  url: string,
  prefix: string,
): FastifySchema {
  if (!url.startsWith(`${prefix}/`) || schema?.operationId === undefined) return { ...schema, hide: true };
  const streamed = 'consumes' in schema && !('body' in schema);
  return {
    ...schema,
    ...(streamed && { body: { type: 'string', format: 'binary', maxLength: MOST_STREAMED, ...examplesOf(config) } }),
    'x-scope': config?.access ?? null,
    ...(config?.knowsCaller === true && { 'x-knows-caller': true }),
    'x-problem-codes': config?.problems ?? [],
    ...(config?.tells !== undefined && { 'x-tells': config.tells }),
    ...(config?.versioned === true && { 'x-versioned': true }),
    ...(config?.produces !== undefined && { produces: config.produces, 'x-produces': config.produces }),
  };
}

const examplesOf = (config: RouteOptions['config']) =>
  config?.example === undefined ? {} : { examples: [config.example] };
