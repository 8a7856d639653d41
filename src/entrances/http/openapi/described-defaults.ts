type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Generators of clients make a member with a `default` required, as if the caller had to write it. So the document says in
 * words what holds without it; validation goes on applying it. Parameters keep theirs: generators leave them optional.
 */
export function describeDefaults<T>(part: T): T {
  return described(part) as T;
}

function described(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(described);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, key === 'properties' ? membersOf(member) : described(member)]),
  );
}

const membersOf = (members: unknown): unknown =>
  isObject(members)
    ? Object.fromEntries(Object.entries(members).map(([name, one]) => [name, inWords(described(one))]))
    : members;

function inWords(member: unknown): unknown {
  if (!isObject(member) || member['default'] === undefined) return member;
  const { default: usual, description, ...schema } = member;
  const said = typeof description === 'string' ? `${description} ` : '';
  return { ...schema, description: `${said}Se manca, vale ${JSON.stringify(usual)}.` };
}
