import { parseArgs } from 'node:util';

export interface Options {
  readonly json: string | null;
  /** Number of exchanges in the database. */
  readonly exchanges: number;
  /** Seconds of each measurement. */
  readonly seconds: number;
  readonly submits: number;
  readonly uploadBytes: number;
  readonly polls: number;
}

export const HELP = `npm run bench:api [-- options]

How fast the API reads and takes messages, through HTTP on loopback, with the load in a process of its own. Beside it, in
the same run, an empty route of Fastify and a single select by primary key through one. Takes some two minutes.

  --json FILE   write the figures as JSON as well
  --quick       a small run of everything: does it still work?
  --help
`;

/** Null when only help was asked for. Throws on unknown options. */
export function readOptions(args: readonly string[]): Options | null {
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'string' }, quick: flag, help: flag } });
  if (values.help) return null;
  const json = values.json ?? null;
  return values.quick
    ? { json, exchanges: 500, seconds: 1, submits: 50, uploadBytes: 5_000_000, polls: 50 }
    : { json, exchanges: 10_000, seconds: 8, submits: 3_000, uploadBytes: 100_000_000, polls: 500 };
}
