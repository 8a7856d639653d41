/** Compares every answer of a server with its OpenAPI document: an undocumented status, type, member or header is a fault. */

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

interface Response {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, unknown>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { responses: Readonly<Record<string, Response>> }>>>>;
  readonly components: { readonly responses: Readonly<Record<string, Response>> };
}

/** Any request can get these; docs/api.md documents them once instead of at every operation. */
const OF_THE_TRANSPORT = new Set([414, 417, 431]);
const TOLD_HEADERS = ['allow', 'content-range', 'etag', 'location', 'retry-after', 'upload-offset', 'accept-ranges'];
/** Where one of these is documented, it must be sent. */
const OWED_HEADERS = ['etag', 'location', 'retry-after', 'upload-offset', 'ratelimit-limit', 'request-id'];
const FORMATS = {
  date: /^\d{4}-\d\d-\d\d$/,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  email: /^[^\s@]+@[^\s@]+$/,
  uri: (text: string) => URL.canParse(text),
  int32: { type: 'number', validate: (value: number) => Number.isInteger(value) && Math.abs(value) <= 2 ** 31 },
  int64: { type: 'number', validate: (value: number) => Number.isSafeInteger(value) },
  double: true,
  float: true,
  binary: true,
} as const;

/** Adds to `faults` every difference between what the server answers and what the document says. */
export function onlyDocumented(server: FastifyInstance, prefix: string, faults: Set<string>): void {
  let check: Check | null = null;
  server.addHook('onSend', async (request, reply, payload) => {
    const { url = '' } = request.routeOptions;
    if (request.is404 || !url.startsWith(`${prefix}/`) || url.endsWith('/openapi.json')) return payload;
    check ??= checkOf(server.swagger() as unknown as Document, prefix);
    for (const fault of check(request, reply, payload))
      faults.add(`${request.method} ${url} ${reply.statusCode}: ${fault}`);
    return payload;
  });
}

type Check = (request: FastifyRequest, reply: FastifyReply, payload: unknown) => readonly string[];

function checkOf(document: Document, prefix: string): Check {
  const ajv = new Ajv2020({ strict: false, validateFormats: true, formats: FORMATS as never, messages: true });
  ajv.addSchema({ $id: 'https://interpro.example.it/document', ...document } as object);
  const compiled = new Map<string, ValidateFunction>();
  const validate = (pointer: string): ValidateFunction => {
    const known = compiled.get(pointer) ?? ajv.compile({ $ref: `https://interpro.example.it/document#${pointer}` });
    compiled.set(pointer, known);
    return known;
  };
  return ({ method, routeOptions }, reply, payload) => {
    const path = (routeOptions.url ?? '').slice(prefix.length).replace(/:([A-Za-z][A-Za-z0-9]*)/g, '{$1}');
    const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
    const status = reply.statusCode;
    if (OF_THE_TRANSPORT.has(status)) return [];
    const said = document.paths[path]?.[verb]?.responses[String(status)];
    if (said === undefined) return ['this status is not documented'];
    const named = said.$ref?.split('/').at(-1);
    const response = named === undefined ? said : (document.components.responses[named] ?? {});
    const place =
      named === undefined ? ['paths', path, verb, 'responses', String(status)] : ['components', 'responses', named];
    const faults = headerFaults(response, reply);
    const types = Object.keys(response.content ?? {});
    const empty = payload === null || payload === undefined || payload === '';
    if (types.length === 0) return [...faults, ...(empty ? [] : ['a body that is not documented'])];
    if (empty) return method === 'HEAD' ? faults : [...faults, 'no body, where one is documented'];
    const [type = ''] = String(reply.getHeader('content-type')).split(';');
    const documented = types.find((one) => one === type || one === '*/*');
    if (documented === undefined) return [...faults, `the type ${type} is not documented`];
    if (typeof payload !== 'string' || !/json$/.test(documented)) return faults;
    const valid = validate(pointerOf([...place, 'content', documented, 'schema']));
    if (!valid(JSON.parse(payload)))
      faults.push(
        ...(valid.errors ?? []).map(({ instancePath, message }) => `${instancePath.replace(/\d+/g, 'n')} ${message}`),
      );
    return faults;
  };
}

function headerFaults(response: Response, reply: FastifyReply): string[] {
  const isLater = reply.statusCode === 429 || reply.statusCode === 503;
  const isOwed = (name: string) =>
    reply.statusCode < 400 || name === 'request-id' || (name === 'retry-after' && isLater);
  const documented = new Set(Object.keys(response.headers ?? {}).map((name) => name.toLowerCase()));
  return [
    ...TOLD_HEADERS.filter((name) => reply.hasHeader(name) && !documented.has(name)).map(
      (name) => `${name} is not documented`,
    ),
    ...OWED_HEADERS.filter((name) => isOwed(name) && documented.has(name) && !reply.hasHeader(name)).map(
      (name) => `${name} is missing`,
    ),
  ];
}

const pointerOf = (path: readonly string[]): string =>
  path.map((name) => `/${encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');
