/** Parameters that several operations take in the same form stand once, under `components.parameters`. */

export interface WrittenParameter {
  name: string;
  readonly in: string;
  description?: string;
  [member: string]: unknown;
}

type Reference = { readonly $ref: string };
type Operations = Readonly<Record<string, Readonly<Record<string, { parameters?: (WrittenParameter | Reference)[] }>>>>;

/** Puts references in their places and returns what they point at. Of several forms of one name, the most used is shared. */
export function shareParameters(parts: readonly object[]): Record<string, WrittenParameter> {
  const operations = parts.flatMap((part) =>
    Object.values(part as Operations).flatMap((methods) => Object.values(methods)),
  );
  const uses = new Map<string, number>();
  for (const { parameters = [] } of operations)
    for (const one of parameters) uses.set(JSON.stringify(one), (uses.get(JSON.stringify(one)) ?? 0) + 1);
  const names = new Map<string, string>();
  for (const [text, count] of [...uses].sort((a, b) => b[1] - a[1])) {
    const name = componentName(JSON.parse(text) as WrittenParameter);
    if (count > 1 && ![...names.values()].includes(name)) names.set(text, name);
  }
  for (const operation of operations)
    if (operation.parameters !== undefined)
      operation.parameters = operation.parameters.map((one) => {
        const name = names.get(JSON.stringify(one));
        return name === undefined ? one : { $ref: `#/components/parameters/${name}` };
      });
  const shared = [...names].map(([text, name]) => [name, JSON.parse(text) as WrittenParameter] as const);
  return Object.fromEntries(shared.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** With its kind: generators make a type of it, beside those of schemas. */
const componentName = ({ name, in: place }: WrittenParameter): string => {
  const joined = name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase()).replaceAll('-', '');
  return `${joined}${place === 'header' ? 'Header' : 'Parameter'}`;
};
