import type { XmlOutput } from '../xml/write.ts';

/** In these grammars an id must be a name and unique, and a `rife` must name one. All others are left out. */
const NAME = /^[\p{L}_][\p{L}\p{M}\p{N}_.\u00b7-]*$/u;

export function settleReferences(root: XmlOutput): XmlOutput {
  const holders: XmlOutput[] = [];
  const waiting = [root];
  for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
    if (each.attributes.length > 0 && each.name !== 'TestoDelMessaggio') {
      if (each.attributes.some(([name]) => name === 'id' || name === 'rife')) holders.push(each);
    }
    for (const child of each.children) if (typeof child !== 'string') waiting.push(child);
  }
  if (holders.length === 0) return root;
  const ids = new Set<string>();
  const wrong = new Set<XmlOutput>();
  const attributeOf = (holder: XmlOutput, name: string) => holder.attributes.find(([key]) => key === name)?.[1];
  for (const holder of holders.reverse()) {
    const id = attributeOf(holder, 'id');
    if (id === undefined) continue;
    if (NAME.test(id) && !ids.has(id)) ids.add(id);
    else wrong.add(holder);
  }
  const dangling = new Set(holders.filter((holder) => !ids.has(attributeOf(holder, 'rife') ?? '')));
  if (
    wrong.size === 0 &&
    holders.every((holder) => attributeOf(holder, 'rife') === undefined || !dangling.has(holder))
  ) {
    return root;
  }
  const settled = (output: XmlOutput): XmlOutput => ({
    ...output,
    attributes: output.attributes.filter(
      ([name]) => !(name === 'id' && wrong.has(output)) && !(name === 'rife' && dangling.has(output)),
    ),
    children: output.children.map((child) => (typeof child === 'string' ? child : settled(child))),
  });
  return settled(root);
}
