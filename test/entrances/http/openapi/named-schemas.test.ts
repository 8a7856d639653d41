import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLogger } from '../../../../src/adapters/logger.ts';
import { liftNamedSchemas } from '../../../../src/entrances/http/openapi/named-schemas.ts';
import { buildServer, PREFIX } from '../../../../src/entrances/http/server.ts';
import { NODE_TOKEN } from '../../../support/node-token.ts';
import { depsOfAllRoutes } from '../deps-of-all-routes.ts';

type Json = ReturnType<typeof JSON.parse>;

/** What a schema allows, whatever is said of it. */
function shapeOf({ description, title, default: usual, examples, ...shape }: Json): string {
  return JSON.stringify(shape);
}

/** Objects, lists of values and alternatives that are written out, with their places. */
function* written(value: Json, place: string): Generator<readonly [shape: string, place: string]> {
  if (typeof value !== 'object' || value === null) return;
  if (
    value.enum?.length > 1 ||
    value.anyOf !== undefined ||
    (value.type === 'object' && value.properties !== undefined)
  )
    yield [shapeOf(value), place];
  for (const [name, member] of Object.entries<Json>(value))
    if (!['example', 'examples', 'enum'].includes(name)) yield* written(member, `${place}/${name}`);
}

describe('named schemas', () => {
  let server: Awaited<ReturnType<typeof buildServer>>;
  let document: Json;
  beforeAll(async () => {
    server = await buildServer({ ...depsOfAllRoutes(), log: openLogger('silent'), token: NODE_TOKEN });
    document = (await server.inject(`${PREFIX}/openapi.json`)).json();
  });
  afterAll(() => server?.close());

  it('are all that the document has more than once, and no two are the same', () => {
    const places = new Map<string, string[]>();
    for (const [shape, place] of written(document, '')) places.set(shape, [...(places.get(shape) ?? []), place]);
    expect(places.size).toBeGreaterThan(100);
    expect([...places.values()].filter((several) => several.length > 1)).toEqual([]);
  });

  it('make a reference of every body of the API', () => {
    const inline = Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
      Object.entries<Json>(methods).flatMap(([method, { requestBody, responses }]) =>
        [requestBody, ...Object.values<Json>(responses)]
          .flatMap((said) => Object.entries<Json>(said?.content ?? {}))
          .filter(([type, { schema }]) => /json$/.test(type) && schema.$ref === undefined && schema.format !== 'binary')
          .map(([type]) => `${method} ${path} ${type}`),
      ),
    );
    expect(inline).toEqual([]);
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['Exchange', 'IncomingMessage', 'OutgoingMessage', 'Problem', 'Registration', 'Task']),
    );
  });

  it('list the verdicts on a document that arrived', () => {
    const { DigestVerdict, DocumentSignatureVerdict } = document.components.schemas;
    expect(DigestVerdict.enum).toEqual(['matches', 'differs', 'not-declared']);
    expect(DocumentSignatureVerdict.enum).toEqual(['intact', 'broken', 'unreadable', 'absent']);
  });

  it('leave nothing of the names behind, and point at something', () => {
    const text = JSON.stringify(document);
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      expect(document.components.schemas).toHaveProperty(name);
    for (const [name, schema] of Object.entries<Json>(document.components.schemas))
      expect(schema.title, name).toBe(undefined);
  });

  it('keep what is said of a value in its place, and of an object with the object', () => {
    const schemas = new Map();
    const said = liftNamedSchemas(
      {
        a: { title: 'Colour', type: 'string', enum: ['red'], description: 'Of the wall.' },
        b: { title: 'Colour', type: 'string', enum: ['red'], default: 'red' },
        c: { title: 'Wall', type: 'object', description: 'A wall.', properties: { title: { type: 'string' } } },
        examples: [{ title: 'Wall' }],
      },
      schemas,
    );
    expect(said).toEqual({
      a: { $ref: '#/components/schemas/Colour', description: 'Of the wall.' },
      b: { $ref: '#/components/schemas/Colour', default: 'red' },
      c: { $ref: '#/components/schemas/Wall' },
      examples: [{ title: 'Wall' }],
    });
    expect(Object.fromEntries(schemas)).toEqual({
      Colour: { type: 'string', enum: ['red'] },
      Wall: { type: 'object', description: 'A wall.', properties: { title: { type: 'string' } } },
    });
  });

  it('require of a member only what the code requires: defaults of members are told in words', () => {
    const withDefault = (value: Json): string[] =>
      typeof value !== 'object' || value === null
        ? []
        : Object.entries<Json>(value).flatMap(([name, member]) => [
            ...(name === 'properties' ? Object.keys(member).filter((one) => 'default' in member[one]) : []),
            ...(['example', 'examples'].includes(name) ? [] : withDefault(member)),
          ]);
    expect(withDefault({ a: { properties: { b: { default: 1 } } } })).toEqual(['b']);
    expect(withDefault(document)).toEqual([]);
    const { Recipient, OutgoingMessage, KeyRotation } = document.components.schemas;
    expect(Recipient.properties.copy).toEqual({
      type: 'boolean',
      description: 'Per conoscenza. Se manca, vale false.',
    });
    expect(OutgoingMessage.properties.confirmationRequested.description).toBe('Se manca, vale true.');
    expect(KeyRotation.properties.overlapDays.description).toMatch(/ Se manca, vale 7\.$/);
    // Parameters keep theirs: no generator makes them required.
    const { parameters } = document.paths['/index/suggestions'].get;
    expect(parameters.find(({ name }: Json) => name === 'limit').schema.default).toBe(8);
  });

  it('bear a name that no other schema has', () => {
    const two = { a: { title: 'Wall', type: 'string' }, b: { title: 'Wall', type: 'integer' } };
    expect(() => liftNamedSchemas(two, new Map())).toThrow('two schemas are called Wall');
  });
});
