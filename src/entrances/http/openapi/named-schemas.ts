/**
 * Schemas with a name (`title`) stand once in the document, under `components.schemas`; everywhere else is a reference. A
 * vendor's generator makes a type of each. Validation does not see this: routes keep their whole schemas.
 */

type Json = Readonly<Record<string, unknown>>;

const NAME = /^[A-Z][A-Za-z0-9]*$/;
/** Values of the interface, not schemas: nothing in them is a name. */
const VALUES = new Set(['example', 'examples', 'default', 'enum', 'const', 'info']);

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Moves named schemas out of `part` into `schemas`. The same name for another schema is a mistake of ours. */
export function liftNamedSchemas<T>(part: T, schemas: Map<string, Json>): T {
  return lift(part, schemas) as T;
}

function lift(value: unknown, schemas: Map<string, Json>): unknown {
  if (Array.isArray(value)) return value.map((one) => lift(one, schemas));
  if (!isObject(value)) return value;
  const lifted = Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, liftMember(key, member, schemas)]),
  );
  const { title: name, ...schema } = lifted;
  return typeof name === 'string' && NAME.test(name) ? reference(name, schema, schemas) : lifted;
}

function liftMember(key: string, member: unknown, schemas: Map<string, Json>): unknown {
  if (VALUES.has(key)) return member;
  if (key !== 'properties' || !isObject(member)) return lift(member, schemas);
  return Object.fromEntries(Object.entries(member).map(([name, one]) => [name, lift(one, schemas)]));
}

/** What is said of an object belongs to it; what is said of a plain value, to the place where it stands. */
function reference(name: string, schema: Json, schemas: Map<string, Json>): Json {
  const { description, default: usual, examples, ...plain } = schema;
  const isOwn = schema['type'] === 'object';
  const known = schemas.get(name);
  const shape = isOwn ? schema : plain;
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(shape))
    throw new Error(`two schemas are called ${name}`);
  schemas.set(name, shape);
  const said = { description, default: usual, examples };
  return { $ref: `#/components/schemas/${name}`, ...(isOwn ? {} : said) };
}
