/** `interpro index <what>`. Each part is loaded when it is called. */
import { say } from '../output/say.ts';
import { sayMisuse } from '../output/say-misuse.ts';

interface Part {
  readonly usage: string;
  readonly summary: string;
  run(args: readonly string[]): Promise<number>;
}

const PARTS: Readonly<Record<string, Part>> = {
  import: {
    usage: 'import FILE|URL',
    summary: 'import a file of the national index',
    run: async (args) => (await import('./index-import.ts')).runIndexImport(args),
  },
  imports: {
    usage: 'imports [ID]',
    summary: 'list the imports, or show what one of them changed',
    run: async (args) => (await import('./index-import.ts')).runIndexImports(args),
  },
  find: {
    usage: 'find WORDS…',
    summary: 'find bodies, AOOs and offices by name, code, address or place',
    run: async (args) => (await import('./index-find.ts')).runIndexFind(args),
  },
  show: {
    usage: 'show CODE',
    summary: 'show everything known about a body, an AOO or an office',
    run: async (args) => (await import('./index-find.ts')).runIndexShow(args),
  },
  set: {
    usage: 'set CODE FIELD=VALUE',
    summary: "add to or override the national index in the region's layer",
    run: async (args) => (await import('./index-set.ts')).runIndexSet(args, false),
  },
  unset: {
    usage: 'unset CODE FIELD…',
    summary: 'withdraw fields of the layer',
    run: async (args) => (await import('./index-set.ts')).runIndexSet(args, true),
  },
  messages: {
    usage: 'messages [ID]',
    summary: 'list, accept or refuse changes announced by AOOs',
    run: async (args) => (await import('./index-messages.ts')).runIndexMessages(args),
  },
  history: {
    usage: 'history CODE',
    summary: 'show every version of a body, an AOO or an office',
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
  return sayMisuse('index', name === '' ? 'say what to do' : `there is no command "${name}"`);
}
