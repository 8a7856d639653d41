/** The parts of a JSON Schema that say where null may stand. */
interface Shape {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly allOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
}

/**
 * Many clients write null for a member they leave out. Removes those: null for a member that is optional and that the schema
 * does not know as null. Null for a required member, an unknown one or an element of a list stays and is refused.
 */
export function dropOptionalNulls(value: unknown, ...schemas: readonly Shape[]): void {
  if (typeof value !== 'object' || value === null) return;
  const shapes = schemas.flatMap(alternatives);
  if (Array.isArray(value)) {
    const items = shapes.flatMap(({ items: each }) => each ?? []);
    if (items.length > 0) for (const element of value) dropOptionalNulls(element, ...items);
    return;
  }
  const members = value as Record<string, unknown>;
  for (const [name, member] of Object.entries(members)) {
    const knowing = shapes.filter(({ properties }) => properties !== undefined && Object.hasOwn(properties, name));
    const known = knowing.flatMap(({ properties }) => properties?.[name] ?? []);
    if (member !== null) dropOptionalNulls(member, ...known);
    else if (known.length > 0 && !known.some(takesNull) && !knowing.some(({ required }) => required?.includes(name)))
      delete members[name];
  }
}

function alternatives(shape: Shape): Shape[] {
  const inner = [...(shape.anyOf ?? []), ...(shape.oneOf ?? []), ...(shape.allOf ?? [])];
  return [shape, ...inner.flatMap(alternatives)];
}

/** Also where nothing is said of the form. */
const takesNull = (shape: Shape): boolean =>
  alternatives(shape).some(
    ({ type, enum: values, const: only, anyOf, oneOf, allOf }) =>
      [type].flat().includes('null') ||
      values?.includes(null) === true ||
      only === null ||
      [type, values, only, anyOf, oneOf, allOf].every((said) => said === undefined),
  );
