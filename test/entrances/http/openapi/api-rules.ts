/** The rules of an Italian public body's API (Linee guida ModI, catalogue of services), each as a function over a document. */

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
          !['type', 'title', 'status'].every((name) => name in members) && `${status} is no RFC 9457 problem`,
        ];
      }),
  ),
  'GET /status answers 200 application/problem+json': (document) => {
    const status = object(object(object(document['paths'])['/status'])['get']);
    const answer = follow(document, object(status['responses'])['200']);
    return PROBLEM in object(answer['content']) ? [] : ['no such answer'];
  },
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
  'arrays with maxItems': eachSchema(
    (schema) => typesOf(schema).includes('array') && typeof schema['maxItems'] !== 'number' && 'no maxItems',
  ),
  'objects closed, or maps with an end': eachSchema((schema) => {
    if (!typesOf(schema).includes('object') || schema['additionalProperties'] === false) return false;
    return !(isObject(schema['additionalProperties']) && typeof schema['maxProperties'] === 'number') && 'open';
  }),
  'security on every operation; nothing is changed without': eachOperation(({ said, method }, document) => {
    const security = said['security'] ?? document['security'];
    const open = list(security).length === 0 || list(security).some((one) => Object.keys(object(one)).length === 0);
    return [!Array.isArray(security) && 'not said', open && method !== 'get' && method !== 'head' && 'open'];
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
