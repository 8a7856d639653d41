import { parseArgs } from 'node:util';

export interface Options {
  readonly json: string | null;
  /** Registrations in the register. */
  readonly registrations: number;
  /** Things that wait for a person. */
  readonly open: number;
  /** Requests of each page. */
  readonly requests: number;
  readonly clerks: number;
  readonly seconds: number;
}

export const HELP = `npm run bench:desk [-- options]

How fast the pages of the desk are: the service in production mode on a register of a million registrations, asked over
loopback; what a browser sees of them on a machine four times slower; and 50 clerks at once while mail comes in. Beside it, in
the same run, a page of the desk that reads nothing. Takes some ten minutes, most of them to fill the register.

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
    ? { json, registrations: 5_000, open: 200, requests: 20, clerks: 5, seconds: 6 }
    : { json, registrations: 1_000_000, open: 5_000, requests: 300, clerks: 50, seconds: 60 };
}
