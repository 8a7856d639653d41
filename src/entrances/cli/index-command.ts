/** `interpro index <what>`: each part is loaded when it is called. */
import { say } from './say.ts';

interface Part {
  readonly usage: string;
  readonly summary: string;
  run(args: readonly string[]): Promise<number>;
}

const PARTS: Readonly<Record<string, Part>> = {
  import: {
    usage: 'import FILE|URL',
    summary: 'bring a file of the national index into the database',
    run: async (args) => (await import('./index-import.ts')).runIndexImport(args),
  },
  imports: {
    usage: 'imports [ID]',
    summary: 'the imports, or what one of them changed',
    run: async (args) => (await import('./index-import.ts')).runIndexImports(args),
  },
  find: {
    usage: 'find WORDS…',
    summary: 'bodies, AOOs and offices by name, code, address or place',
    run: async (args) => (await import('./index-find.ts')).runIndexFind(args),
  },
  show: {
    usage: 'show CODE',
    summary: 'one body, AOO or office with all that is known of it',
    run: async (args) => (await import('./index-find.ts')).runIndexShow(args),
  },
  set: {
    usage: 'set CODE FIELD=VALUE',
    summary: "add to the national index or override it, in the region's layer",
    run: async (args) => (await import('./index-set.ts')).runIndexSet(args, false),
  },
  unset: {
    usage: 'unset CODE FIELD…',
    summary: 'withdraw what the layer says',
    run: async (args) => (await import('./index-set.ts')).runIndexSet(args, true),
  },
  messages: {
    usage: 'messages [ID]',
    summary: 'changes announced by AOOs: list, accept, refuse',
    run: async (args) => (await import('./index-messages.ts')).runIndexMessages(args),
  },
  history: {
    usage: 'history CODE',
    summary: 'every version of a body, an AOO or an office',
    run: async (args) => (await import('./index-history.ts')).runIndexHistory(args),
  },
};

const help = (): string =>
  `Usage: interpro index <what> [options]\n\n${Object.values(PARTS)
    .map(({ usage, summary }) => `  ${usage.padEnd(18)} ${summary}`)
    .join('\n')}\n\nEach explains itself with --help.`;

export async function runIndex(args: readonly string[]): Promise<number> {
  const [name = '', ...rest] = args;
  const part = Object.hasOwn(PARTS, name) ? PARTS[name] : undefined;
  if (part !== undefined) return await part.run(rest);
  if (name === '--help' || name === 'help') return say(help());
  process.stderr.write(`${name === '' ? '' : `interpro index: there is no "${name}"\n\n`}${help()}\n`);
  return 2;
}
