/** Which test files can notice a change: those that import the changed file, at any depth, or start a process that does. */
import { readFolders, type SourceFacts } from '../house/source-facts.ts';

/** Nearest first. `distance` counts the imports between the test and the changed file. */
export type RelatedTests = (path: string) => readonly { readonly path: string; readonly distance: number }[];

/** These read the sources as text: they would fail for the wrong reason. */
const READERS = /^test\/(?:house|mutation)\//;

export function relatedTestsOf(root: string): RelatedTests {
  const [sources = []] = readFolders(root, ['.']);
  return relatedTestsAmong(sources);
}

export function relatedTestsAmong(sources: readonly SourceFacts[]): RelatedTests {
  const known = new Set(sources.map(({ path }) => path));
  const importers = new Map<string, Set<string>>();
  for (const { path, imports, strings } of sources) {
    // A test that starts a process names its file.
    const started = strings.map(({ text }) => text).filter((text) => known.has(text));
    const reached = imports.filter(({ relative, typeOnly }) => relative && !typeOnly).map(({ target }) => target);
    for (const target of [...reached, ...started]) {
      const those = importers.get(target) ?? new Set();
      importers.set(target, those.add(path));
    }
  }
  return (changed) => {
    const found: { path: string; distance: number }[] = [];
    const seen = new Set([changed]);
    let frontier = [changed];
    for (let distance = 0; frontier.length > 0; distance += 1) {
      for (const path of frontier) if (path.endsWith('.test.ts') && !READERS.test(path)) found.push({ path, distance });
      frontier = frontier.flatMap((path) => [...(importers.get(path) ?? [])].filter((one) => !seen.has(one)));
      frontier = [...new Set(frontier)];
      for (const path of frontier) seen.add(path);
    }
    return found;
  };
}
