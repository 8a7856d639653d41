import { parseArgs } from 'node:util';

export interface Options {
  readonly json: string | null;
  /** In the large register, over ten offices and five years. */
  readonly registrations: number;
  /** Numbered one by one by the use case, and as many bare inserts. */
  readonly numbered: number;
  /** Questions of each kind. */
  readonly questions: number;
  /** Entries of the day that is closed. */
  readonly entries: number;
  /** PDFs of three pages whose texts are read. */
  readonly documents: number;
}

export const HELP = `npm run bench:register [-- options]

How fast the register is: registrations with two documents, each committed durably, beside bare inserts by an equal loop; the
audit of them; the closing of a day; the texts of documents; and look-ups, lists and full text in a register of ten offices and
five years, where registrations are timed once more. Takes some three minutes.

  --json FILE          write the figures as JSON as well
  --registrations N    size of the large register (default: 1000000; 10000000 takes ten times the disk, which is
                       said when the register is filled)
  --quick              a small run of everything: does it still work?
  --help
`;

const QUICK = { registrations: 20_000, numbered: 500, questions: 40, entries: 200, documents: 10 };
const WHOLE = { registrations: 1_000_000, numbered: 10_000, questions: 300, entries: 5_000, documents: 200 };
const MOST = 10_000_000;

/** Null when only help was asked for. Throws on unknown options. */
export function readOptions(args: readonly string[]): Options | null {
  const flag = { type: 'boolean' } as const;
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { json: text, registrations: text, quick: flag, help: flag },
  });
  if (values.help) return null;
  const sizes = values.quick ? QUICK : WHOLE;
  const registrations = Number(values.registrations ?? sizes.registrations);
  if (!Number.isInteger(registrations) || registrations < 10_000 || registrations > MOST)
    throw new Error(`--registrations is "${values.registrations}": use a whole number from 10000 to ${MOST}`);
  return { ...sizes, json: values.json ?? null, registrations };
}
