/** What the documentation shows is what its own schemas take. */

import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLogger } from '../../../../src/adapters/logger.ts';
import { FORMATS } from '../../../../src/entrances/http/schema-validation.ts';
import { buildServer, PREFIX } from '../../../../src/entrances/http/server.ts';
import { NODE_TOKEN } from '../../../support/node-token.ts';
import { depsOfAllRoutes } from '../deps-of-all-routes.ts';

type Json = ReturnType<typeof JSON.parse>;

let server: Awaited<ReturnType<typeof buildServer>>;
let document: Json;
beforeAll(async () => {
  server = await buildServer({ ...depsOfAllRoutes(), log: openLogger('silent'), token: NODE_TOKEN });
  document = (await server.inject(`${PREFIX}/openapi.json`)).json();
});
afterAll(() => server?.close());

interface Shown {
  /** Where the schema stands in the document. */
  readonly schema: string;
  readonly value: unknown;
  readonly where: string;
}

/** Every example beside the schema it is of: of a schema itself, and of a body, a parameter or a header. */
function* shownIn(value: Json, at: string): Generator<Shown> {
  if (typeof value !== 'object' || value === null) return;
  const { schema, example, examples } = value;
  const own = schema === undefined ? at : `${at}/schema`;
  const isSchema = typeof value.type === 'string' || schema !== undefined;
  if (isSchema && example !== undefined) yield { schema: own, value: example, where: `${at}/example` };
  if (isSchema && Array.isArray(examples))
    for (const [which, one] of examples.entries()) yield { schema: own, value: one, where: `${at}/examples/${which}` };
  else if (schema !== undefined && examples !== undefined)
    for (const [name, one] of Object.entries<Json>(examples))
      yield { schema: own, value: one.value, where: `${at}/examples/${name}` };
  for (const [name, member] of Object.entries<Json>(value)) {
    if (name === 'example' || (name === 'examples' && isSchema)) continue;
    yield* shownIn(
      member,
      `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}`,
    );
  }
}

function faultsOf(candidate: Json): { readonly seen: number; readonly faults: readonly string[] } {
  const ajv = new Ajv2020({ strict: false, formats: FORMATS });
  ajv.addSchema({ ...candidate, $id: 'https://interpro.example.it/document' });
  const shown = [...shownIn(candidate, '')];
  const faults = shown.filter(
    ({ schema, value }) => !ajv.validate({ $ref: `https://interpro.example.it/document#${schema}` }, value),
  );
  return { seen: shown.length, faults: faults.map(({ where }) => where) };
}

it('every example of the document fits its schema', () => {
  const { seen, faults } = faultsOf(document);
  expect(faults).toEqual([]);
  expect(seen).toBeGreaterThan(60);
});

it.each([
  ['of a body', (d: Json) => d.paths['/uploads'].post.requestBody.content['application/json']],
  ['of a refusal', (d: Json) => d.components.responses.Problem409.content['application/problem+json']],
])('one %s that does not is found', (_what, place) => {
  const broken = structuredClone(document);
  const { example, examples } = place(broken);
  const one = example ?? examples?.[Object.keys(examples)[0] ?? '']?.value ?? examples[0];
  one.nobody = 'altro';
  expect(faultsOf(broken).faults.length).toBe(1);
});
