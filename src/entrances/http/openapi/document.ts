/**
 * Adds to the OpenAPI document what all operations have in common (headers, refusals, security) and what the node itself
 * sends (webhooks). What is used twice is a reference.
 */

import { Type } from '@fastify/type-provider-typebox';
import { PROBLEMS, type ProblemCode } from '../../../kernel/problems.ts';
import { ProblemPlaces } from '../reply/problem-places.ts';
import { PROBLEM_TYPE } from '../reply/problem-reply.ts';
import { int32, int64, matching, named, oneOf, storedText } from '../schemas.ts';
import { describeDefaults } from './described-defaults.ts';
import { liftNamedSchemas } from './named-schemas.ts';
import { PARAMETERS, REFUSALS, SUCCESSES, scopeSentence } from './sentences.ts';
import { shareParameters, type WrittenParameter } from './shared-parameters.ts';
import { WEBHOOKS } from './webhook-requests.ts';

interface WrittenOperation {
  responses: Record<string, unknown>;
  security?: readonly object[];
  parameters?: WrittenParameter[];
  'x-versioned'?: boolean;
  'x-scope'?: string | null;
  'x-knows-caller'?: boolean;
  'x-produces'?: readonly string[];
  'x-tells'?: readonly DocumentedHeader[];
  'x-problem-codes'?: readonly ProblemCode[];
  [member: string]: unknown;
}

interface WrittenDocument {
  paths?: Record<string, Record<string, WrittenOperation>>;
  components?: Record<string, Record<string, unknown>>;
  [member: string]: unknown;
}

const SECURITY_SCHEMES = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'Chiave API, oppure JWT di un emittente riconosciuto (voucher PDND), verificato secondo RFC8725.',
  },
  certificate: { type: 'mutualTLS', description: 'Certificato client registrato con le credenziali.' },
} as const;
const CREDENTIALS = [{ bearer: [] }, { certificate: [] }];

/** RFC 9457: the body of every refusal. */
const ProblemSchema = named(
  'Problem',
  {
    type: matching('^urn:interpro:problem:[a-z0-9-]+$', 100, { description: 'Identificativo del problema.' }),
    title: storedText(4_000, { description: 'Frase per una persona, sempre la stessa per un codice.' }),
    status: int32(200, 599),
    detail: Type.Optional(
      storedText(10_000, { description: 'La frase con i dati di questa richiesta, se ce ne sono.' }),
    ),
    code: matching('^[a-z0-9-]+$', 64, { description: 'Codice stabile.' }),
    instance: Type.Optional(
      matching('^urn:interpro:request:[A-Za-z0-9._-]+$', 100, { description: 'Identificativo della richiesta.' }),
    ),
    errors: ProblemPlaces,
  },
  { description: 'Perché la richiesta non è stata eseguita.' },
);

const header = (schema: object, description: string) => ({ description, schema: plain(schema) });
const HEADERS = {
  'RateLimit-Limit': header(int64(), 'Richieste ammesse in un minuto.'),
  'RateLimit-Remaining': header(int64(), 'Richieste ancora disponibili.'),
  'RateLimit-Reset': header(int32(0, 3_600), "Secondi all'azzeramento del conteggio."),
  'Retry-After': header(int32(1, 86_400), 'Secondi dopo i quali riprovare.'),
  'Request-Id': header(matching('^[A-Za-z0-9._-]+$', 64), 'Identificativo della richiesta, anche nei log.'),
  'Cache-Control': header(oneOf(['no-store']), 'Nessuna risposta si conserva: `no-store`.'),
  ETag: header(matching('^"[0-9a-f]+"$', 70), 'Versione dello stato; di un documento, la sua impronta.'),
  'Content-Range': header(
    matching('^bytes ([0-9]+-[0-9]+|[*])/[0-9]+$', 70),
    "L'intervallo contenuto nella risposta oppure, se è rifiutato, i byte che ci sono in tutto.",
  ),
  'Accept-Ranges': header(oneOf(['bytes']), 'Il contenuto si può chiedere anche in parte (Range).'),
  Location: header(matching('^/[A-Za-z0-9._/-]+$', 500), 'Indirizzo della risorsa creata.'),
  'Upload-Offset': header(int64(), 'Byte del caricamento già conservati: si prosegue da qui.'),
} as const;
export type DocumentedHeader = keyof typeof HEADERS;

const RATE = ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset', 'Request-Id'] as const;
/** Documented for every operation that is not public, whether or not it has a problem of its own with this status. */
const USUAL = ['400', '401', '403', '404', '429', '503'];
const USUAL_OPEN = ['400', '429', '503'];
/** For operations with a body. */
const USUAL_BODY = ['409', '413', '415', '422'];

export function completeDocument<D extends object>(document: D) {
  const { paths = {} } = document as WrittenDocument;
  const used = new Set<string>();
  for (const path of Object.values(paths)) {
    for (const [method, written] of Object.entries(path)) {
      documentReading(written, method);
      documentOperation(written, used);
    }
  }
  const responses = Object.fromEntries([...used].sort().map((status) => [responseName(status), refusal(status)]));
  const schemas = new Map<string, Readonly<Record<string, unknown>>>();
  const parts = { paths: describeDefaults(paths), webhooks: plain(WEBHOOKS), problem: plain(ProblemSchema) };
  const lifted = liftNamedSchemas(parts, schemas);
  const text = JSON.stringify([lifted.paths, responses]);
  const isUsed = (name: string) => text.includes(`#/components/headers/${name}"`);
  return {
    ...document,
    security: CREDENTIALS,
    paths: lifted.paths,
    webhooks: lifted.webhooks,
    components: {
      schemas: Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1))),
      responses,
      parameters: shareParameters([lifted.paths, lifted.webhooks]),
      headers: Object.fromEntries(Object.entries(HEADERS).filter(([name]) => isUsed(name))),
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}

/** The longest answer is the evidence of an exchange, with all its mails. */
const MOST_READ = 2 ** 31 - 1;
const headerParameter = (name: string, pattern: string, description: string): WrittenParameter => ({
  name,
  in: 'header',
  description,
  schema: plain(matching(pattern, 500)),
});

/** Conditional reads and ranges, and answers that are not JSON. */
function documentReading(written: WrittenOperation, method: string): void {
  const { 'x-produces': produces = [], responses } = written;
  delete written['x-produces'];
  const whole = responses['200'] as { content?: object } | undefined;
  const isBytes = whole !== undefined && whole.content === undefined && produces.length > 0;
  const bytes = { schema: { type: 'string', format: 'binary', maxLength: MOST_READ } };
  if (isBytes) whole.content = Object.fromEntries(produces.map((type) => [type, bytes]));
  const ranged = written['x-problem-codes']?.includes('range-not-satisfiable') === true;
  if (method !== 'get' || !(ranged || written['x-versioned'] === true)) return;
  const parameters = written.parameters ?? [];
  written.parameters = parameters;
  parameters.push(
    headerParameter(
      'If-None-Match',
      '^[ -~]+$',
      "L'ETag della copia che si ha già: se la risorsa non è cambiata, la risposta è 304.",
    ),
  );
  responses['304'] = {
    description: SUCCESSES['304'],
    headers: headerReferences([...RATE, 'ETag', ...(ranged ? (['Accept-Ranges'] as const) : [])]),
  };
  if (!ranged) return;
  written['x-versioned'] = true;
  written['x-tells'] = ['Accept-Ranges'];
  parameters.push(headerParameter('Range', '^bytes=[0-9, -]+$', 'Un intervallo di byte (RFC 9110, § 14.1.2).'));
  responses['206'] = { content: whole?.content, headers: headerReferences(['Content-Range']) };
}

function documentOperation(written: WrittenOperation, used: Set<string>): void {
  const scope = written['x-scope'] ?? 'public';
  const tells = written['x-tells'] ?? [];
  delete written['x-tells'];
  if (scope !== 'public') written.security = CREDENTIALS;
  else written.security = written['x-knows-caller'] === true ? [{}, ...CREDENTIALS] : [{}];
  delete written['x-knows-caller'];
  written['description'] = [written['description'], scopeSentence(scope)].filter(Boolean).join('\n\n');
  for (const parameter of written.parameters ?? []) {
    parameter.description ??= PARAMETERS[parameter.name] ?? '';
    // Recommendation RAC_REST_NAME_003; names of headers have no case.
    if (parameter.in === 'header')
      parameter.name = parameter.name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
  }
  for (const [status, response] of Object.entries(written.responses)) {
    const said = response as { description?: string; headers?: object; content?: Record<string, unknown> };
    // A refusal with members of its own is a problem, too.
    if (/^[45]/.test(status) && said.content !== undefined)
      said.content = { [PROBLEM_TYPE]: Object.values(said.content)[0] };
    if (said.description === undefined || said.description === 'Default Response')
      said.description = SUCCESSES[status] ?? REFUSALS[status] ?? 'Risposta.';
    const isDone = status.startsWith('2');
    const told: readonly DocumentedHeader[] = [
      ...(written['x-versioned'] === true && isDone ? (['ETag'] as const) : []),
      ...(isDone ? (['Cache-Control', ...tells] as const) : []),
    ];
    said.headers = { ...headerReferences([...RATE, ...told]), ...said.headers };
  }
  const codes = written['x-problem-codes'] ?? [];
  const statuses = [
    ...(scope === 'public' ? USUAL_OPEN : USUAL),
    ...(written['requestBody'] === undefined ? [] : USUAL_BODY),
    ...codes.map((code) => String(PROBLEMS[code].http)),
  ];
  for (const status of new Set(statuses.sort())) {
    if (status in written.responses) continue;
    used.add(status);
    written.responses[status] = { $ref: `#/components/responses/${responseName(status)}` };
  }
}

/** Headers of refusals, by status. */
const HEADERS_OF_REFUSALS: Readonly<Record<string, readonly DocumentedHeader[]>> = {
  400: ['Upload-Offset'],
  409: ['Retry-After', 'Upload-Offset'],
  413: ['Retry-After', 'Upload-Offset'],
  415: ['Upload-Offset'],
  416: ['Content-Range', 'Upload-Offset'],
  422: ['Upload-Offset'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};

const responseName = (status: string): string => `Problem${status}`;

function refusal(status: string): object {
  const codes = Object.entries(PROBLEMS).filter(([, { http }]) => String(http) === status);
  const [code = 'bad-request', row] = codes[0] ?? [];
  return {
    description: REFUSALS[status] ?? 'La richiesta non è stata eseguita.',
    headers: headerReferences([...RATE, ...(HEADERS_OF_REFUSALS[status] ?? [])]),
    content: {
      [PROBLEM_TYPE]: {
        schema: { $ref: '#/components/schemas/Problem' },
        example: {
          type: `urn:interpro:problem:${code}`,
          title: row?.sentence ?? '',
          status: Number(status),
          code,
        },
      },
    },
  };
}

const headerReferences = (names: readonly DocumentedHeader[]): Record<string, object> =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

/** The schema as JSON, without the internal members of the schema library. */
function plain(schema: object): object {
  return JSON.parse(JSON.stringify(schema)) as object;
}
