/**
 * The rules of an Italian public body's API (Linee guida ModI, catalogue of services), each as a function over a document:
 * what the national rule set with its extra security checks has as errors and warnings, and the guidelines beyond that.
 */

export type Json = Record<string, unknown>;
type Rule = (document: Json) => readonly string[];

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const object = (value: unknown): Json => (isObject(value) ? value : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const METHODS = new Set(['get', 'put', 'post', 'delete', 'patch', 'head', 'options', 'trace']);
const PROBLEM = 'application/problem+json';

/** What a reference points at. */
function follow(document: Json, value: unknown): Json {
  const reference = object(value)['$ref'];
  if (typeof reference !== 'string') return object(value);
  let found: unknown = document;
  for (const name of reference.slice(2).split('/')) found = object(found)[name];
  return object(found);
}

interface Operation {
  readonly place: string;
  readonly method: string;
  readonly path: string;
  readonly said: Json;
}

function operations(document: Json): readonly Operation[] {
  return Object.entries(object(document['paths'])).flatMap(([path, methods]) =>
    Object.entries(object(methods))
      .filter(([method]) => METHODS.has(method))
      .map(([method, said]) => ({ place: `${method} ${path}`, method, path, said: object(said) })),
  );
}

const responses = (document: Json, { said }: Operation): readonly (readonly [string, Json])[] =>
  Object.entries(object(said['responses'])).map(([status, response]) => [status, follow(document, response)]);

/** Every set of headers of a response, in the paths, the webhooks and the shared parts. */
function responseHeaders(value: unknown, place = ''): readonly (readonly [string, Json])[] {
  if (Array.isArray(value)) return value.flatMap((one, at) => responseHeaders(one, `${place}/${at}`));
  return Object.entries(object(value)).flatMap(([name, member]) => {
    if (name !== 'responses') return responseHeaders(member, `${place}/${name}`);
    return Object.entries(object(member)).map(([status, said]) => [
      `${place}/${status}`,
      object(object(said)['headers']),
    ]);
  });
}

/** Names of the header parameters, wherever they stand. */
function headerParameters(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(headerParameters);
  const { in: place, name } = object(value);
  const own = place === 'header' && typeof name === 'string' ? [name] : [];
  return [...own, ...Object.values(object(value)).flatMap(headerParameters)];
}

const parameters = (document: Json, { said }: Operation): readonly Json[] =>
  list(said['parameters']).map((parameter) => follow(document, parameter));

/** Every schema of the document, wherever it stands, with its place. */
function schemas(document: Json): readonly (readonly [string, Json])[] {
  const found: (readonly [string, Json])[] = [];
  const walk = (schema: unknown, place: string): void => {
    if (!isObject(schema) || '$ref' in schema) return;
    found.push([place, schema]);
    for (const [name, member] of Object.entries(object(schema['properties']))) walk(member, `${place}.${name}`);
    for (const one of ['items', 'additionalProperties', 'not']) walk(schema[one], `${place}/${one}`);
    for (const many of ['anyOf', 'oneOf', 'allOf'])
      for (const [at, member] of list(schema[many]).entries()) walk(member, `${place}/${many}/${at}`);
  };
  const search = (value: unknown, place: string): void => {
    if (Array.isArray(value)) for (const [at, member] of value.entries()) search(member, `${place}/${at}`);
    if (!isObject(value)) return;
    for (const [name, member] of Object.entries(value)) {
      if (name === 'example' || name === 'examples') continue;
      if (name === 'schema') walk(member, `${place}/schema`);
      else search(member, `${place}/${name}`);
    }
  };
  search(document['paths'], '');
  search(document['webhooks'], 'webhooks');
  const { schemas: shared, ...components } = object(document['components']);
  search(components, 'components');
  for (const [name, schema] of Object.entries(object(shared))) walk(schema, name);
  return found;
}

const typesOf = (schema: Json): readonly unknown[] => [schema['type']].flat();

const eachSchema =
  (complain: (schema: Json) => string | false | null | undefined): Rule =>
  (document) =>
    schemas(document).flatMap(([place, schema]) => {
      const complaint = complain(schema);
      return complaint ? [`${place}: ${complaint}`] : [];
    });

const eachOperation =
  (complain: (operation: Operation, document: Json) => readonly (string | false)[]): Rule =>
  (document) =>
    operations(document).flatMap((one) =>
      complain(one, document)
        .filter((complaint) => complaint !== false)
        .map((complaint) => `${one.place}: ${complaint}`),
    );

const has = (headers: Json, name: string): boolean =>
  Object.keys(headers).some((key) => key.toLowerCase() === name.toLowerCase());
const KEBAB =
  /^\/(?:[a-z0-9]+(?:-[a-z0-9]+)*|\{[A-Za-z][A-Za-z0-9]*\})(?:\.[a-z]+)?(?:\/(?:[a-z0-9]+(?:-[a-z0-9]+)*|\{[A-Za-z][A-Za-z0-9]*\})(?:\.[a-z]+)?)*$/;
const CREDENTIAL = /token|secret|passw|api-?_?key|credential|authorization|signature/i;
const RATE = ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'];

export const RULES: Readonly<Record<string, Rule>> = {
  'OpenAPI 3.0 or later': ({ openapi }) => (/^3\.\d+\.\d+$/.test(String(openapi)) ? [] : [`openapi is ${openapi}`]),
  'servers over https, described, under /rest/<domain>/v<major>': ({ servers }) =>
    list(servers).length === 0
      ? ['no servers']
      : list(servers).flatMap((server) => {
          const { url, description } = object(server);
          return [
            /^https:\/\/[^/]+\/rest\/[a-z0-9-]+\/v\d+$/.test(String(url)) ? [] : [`server ${url}`],
            description ? [] : [`server ${url} is not described`],
          ].flat();
        }),
  'kebab-case paths': ({ paths }) => Object.keys(object(paths)).filter((path) => !KEBAB.test(path)),
  'lists as items, with cursor and limit': eachOperation((one, document) =>
    responses(document, one).flatMap(([status, response]) => {
      const names = new Set(parameters(document, one).map(({ name }) => name));
      const schema = follow(document, object(object(object(response['content'])['application/json'])['schema']));
      const properties = object(schema['properties']);
      return [
        schema['type'] === 'array' && `${status} is a bare array`,
        names.has('cursor') && !names.has('limit') && 'cursor without limit',
        names.has('cursor') &&
          status === '200' &&
          !('items' in properties && 'cursor' in properties) &&
          'asks for a cursor and answers none',
      ];
    }),
  ),
  'format on every number': eachSchema(
    (schema) =>
      typesOf(schema).some((type) => type === 'number' || type === 'integer') && !schema['format'] && 'no format',
  ),
  'no null arrays or booleans': eachSchema((schema) => {
    const types = typesOf(schema);
    const members = [...list(schema['anyOf']), ...list(schema['oneOf'])].flatMap((member) => typesOf(object(member)));
    const nullable = types.includes('null') || schema['nullable'] === true || members.includes('null');
    return nullable && [...types, ...members].some((type) => type === 'array' || type === 'boolean') && 'may be null';
  }),
  'no credentials in URLs': (document) => [
    ...operations(document).flatMap((one) =>
      parameters(document, one)
        .filter((parameter) => parameter['in'] !== 'header' && CREDENTIAL.test(String(parameter['name'])))
        .map(({ name }) => `${one.place}: ${name}`),
    ),
    ...Object.entries(object(object(document['components'])['securitySchemes']))
      .filter(([, scheme]) => object(scheme)['type'] === 'apiKey' && object(scheme)['in'] !== 'header')
      .map(([name]) => name),
  ],
  'errors as application/problem+json': eachOperation((one, document) =>
    responses(document, one)
      .filter(([status]) => /^[45]/.test(status))
      .flatMap(([status, response]) => {
        const content = object(response['content']);
        const schema = follow(document, object(content[PROBLEM])['schema']);
        const members = object(schema['properties']);
        return [
          Object.keys(content).join() !== PROBLEM && `${status} is ${Object.keys(content).join() || 'empty'}`,
          !['type', 'title', 'status', 'detail'].every((name) => name in members) && `${status} is no RFC 9457 problem`,
        ];
      }),
  ),
  'GET /status answers 200 application/problem+json': (document) => {
    const status = object(object(object(document['paths'])['/status'])['get']);
    const answer = follow(document, object(status['responses'])['200']);
    const content = object(answer['content']);
    const members = object(follow(document, object(content[PROBLEM])['schema'])['properties']);
    return Object.keys(content).join() === PROBLEM && ['title', 'status', 'detail'].every((name) => name in members)
      ? []
      : ['no such answer'];
  },
  'no header with X-': (document) => [
    ...responseHeaders(document).flatMap(([place, headers]) =>
      Object.keys(headers)
        .filter((name) => /^x-/i.test(name))
        .map((name) => `${place}: ${name}`),
    ),
    ...headerParameters(document).filter((name) => /^x-/i.test(name)),
  ],
  'no header that OpenAPI has a place of its own for': (document) =>
    [...headerParameters(document), ...responseHeaders(document).flatMap(([, headers]) => Object.keys(headers))].filter(
      (name) => /^(?:accept|content-type|authorization)$/i.test(name),
    ),
  'what caches may do, with every success': eachOperation((one, document) =>
    responses(document, one)
      .filter(([status]) => status.startsWith('2'))
      .map(([status, response]) => {
        const { description } = follow(document, object(response['headers'])['Cache-Control']);
        return !/max-age|private|no-store|no-cache|no-transform/.test(String(description)) && `${status} does not say`;
      }),
  ),
  'bodies where they belong': eachOperation((one, document) => [
    ['get', 'delete'].includes(one.method) && 'requestBody' in one.said && 'a body in the request',
    ...responses(document, one).map(([status, { content }]) => {
      const schemas = Object.values(object(content)).map((type) => object(type)['schema']);
      if (/^20[45]$/.test(status)) return content !== undefined && `${status} with a body`;
      return /^20[0-36]$/.test(status) && (schemas.length === 0 || schemas.includes(undefined)) && `${status} without`;
    }),
  ]),
  'answers in JSON are objects': eachOperation((one, document) =>
    responses(document, one).flatMap(([status, response]) =>
      Object.entries(object(response['content']))
        .filter(([type]) => /json$/.test(type))
        .map(([, said]) => {
          const { type = 'object' } = follow(document, object(said)['schema']);
          return type !== 'object' && `${status} is ${type}`;
        }),
    ),
  ),
  'no name of a method in an operationId': eachOperation(({ said }) => [
    /^(?:get|post|put|delete|patch|head)/i.test(String(said['operationId'])) && String(said['operationId']),
  ]),
  'schemas in PascalCase': ({ components }) =>
    Object.keys(object(object(components)['schemas'])).filter((name) => !/^[A-Z][A-Za-z0-9]*$/.test(name)),
  'numbers with their limits': eachSchema(
    (schema) =>
      typesOf(schema).some((type) => type === 'number' || type === 'integer') &&
      !('minimum' in schema && 'maximum' in schema) &&
      'no limits',
  ),
  'security for the whole document, tokens by RFC8725': ({ security, components }) => [
    ...(list(security).some((one) => Object.keys(object(one)).length > 0) ? [] : ['none']),
    ...Object.entries(object(object(components)['securitySchemes']))
      .filter(([, scheme]) => /^jwt$/i.test(String(object(scheme)['bearerFormat'])))
      .filter(([, scheme]) => !/RFC8725/.test(String(object(scheme)['description'])))
      .map(([name]) => name),
  ],
  '429 documented for every operation': eachOperation(({ said }) => [
    !('429' in object(said['responses'])) && 'no 429',
  ]),
  '429 and 503 with Retry-After': eachOperation((one, document) =>
    responses(document, one)
      .filter(([status]) => status === '429' || status === '503')
      .map(([status, response]) => !has(object(response['headers']), 'Retry-After') && `${status} has none`),
  ),
  'rate-limit headers on every response': eachOperation((one, document) =>
    responses(document, one).flatMap(([status, response]) =>
      RATE.map((name) => !has(object(response['headers']), name) && `${status} lacks ${name}`),
    ),
  ),
  'info: contact, termsOfService, semantic version, x-api-id, x-summary': ({ info }) => {
    const { contact, termsOfService, version, ...more } = object(info);
    return [
      ...(object(contact)['name'] && (object(contact)['email'] || object(contact)['url']) ? [] : ['contact']),
      ...(/^https:\/\//.test(String(termsOfService)) ? [] : ['termsOfService']),
      ...(/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/.test(String(version)) ? [] : ['version']),
      ...['x-api-id', 'x-summary'].filter((name) => !more[name]),
    ];
  },
  'strings with maxLength and a pattern, format or enum': eachSchema((schema) => {
    if (!typesOf(schema).includes('string') || Array.isArray(schema['enum']) || 'const' in schema) return false;
    if (typeof schema['maxLength'] !== 'number') return 'no maxLength';
    return !schema['pattern'] && !schema['format'] && 'no pattern, format or enum';
  }),
  'arrays with their limits': eachSchema(
    (schema) => typesOf(schema).includes('array') && !('minItems' in schema && 'maxItems' in schema) && 'no limit',
  ),
  'objects closed, or maps with an end': eachSchema((schema) => {
    if (!typesOf(schema).includes('object') || schema['additionalProperties'] === false) return false;
    return !(isObject(schema['additionalProperties']) && typeof schema['maxProperties'] === 'number') && 'open';
  }),
  'security on every operation; nothing is changed without': eachOperation(({ said, method }, document) => {
    const security = said['security'] ?? document['security'];
    const open = list(security).length === 0 || list(security).some((one) => Object.keys(object(one)).length === 0);
    return [list(security).length === 0 && 'not said', open && method !== 'get' && method !== 'head' && 'open'];
  }),
  'OAuth by client credentials or code alone': (document) =>
    Object.entries(object(object(document['components'])['securitySchemes'])).flatMap(([name, scheme]) =>
      Object.keys(object(object(scheme)['flows']))
        .filter((flow) => flow !== 'clientCredentials' && flow !== 'authorizationCode')
        .map((flow) => `${name}: ${flow}`),
    ),
  'PATCH with a JSON-Patch or merge-patch type': eachOperation(({ method, said }) =>
    method !== 'patch'
      ? []
      : Object.keys(object(object(said['requestBody'])['content'])).map(
          (type) => !/^application\/(?:json-patch|merge-patch)\+json$/.test(type) && type,
        ),
  ),
  'If-Match with 412': eachOperation((one, document) => [
    parameters(document, one).some(({ name }) => String(name).toLowerCase() === 'if-match') &&
      !('412' in object(one.said['responses'])) &&
      'no 412',
  ]),
};

/** `rule: place: what`, for every rule that is broken. */
export const complaints = (document: Json): readonly string[] =>
  Object.entries(RULES).flatMap(([name, rule]) => rule(document).map((complaint) => `${name}: ${complaint}`));
