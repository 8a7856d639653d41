/** An OpenAPI document without references: every shared part stands in its places. */

type Json = ReturnType<typeof JSON.parse>;

export function writtenOut(document: Json): Json {
  const follow = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(follow);
    if (typeof value !== 'object' || value === null) return value;
    const { $ref, ...own } = value;
    if (typeof $ref !== 'string')
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, follow(one)]));
    const path = $ref.slice(2).split('/');
    return { ...follow(path.reduce((found, name) => found[name], document)), ...own };
  };
  return follow(document);
}
