import { parseArgs } from 'node:util';

export interface Options {
  readonly json: string | null;
  /** Number of documents for the memory test; 0: skip it. */
  readonly documents: number;
  /** Processor seconds for each rate; 0: skip them. */
  readonly seconds: number;
}

export const HELP = `npm run bench:segnatura [-- options]

How many segnature of 5 KB one core reads, validates, writes, seals and verifies in a second, beside a baseline in which
libxml2 alone parses and validates the same bytes; then whether memory grows over many documents.
The rates count processor time, so that other work on the machine does not lower them much; the rate by the wall clock is
told as well. Takes a few minutes, most of them for the memory.

  --json FILE      write the figures as JSON as well
  --documents N    documents to watch the memory over (default: 100000; 0: leave it out; 1000000: up to half an hour)
  --seconds N      seconds for each of the rates (default: 5; 0: leave them out)
  --help
`;

/** Null when only help was asked for. Throws on unknown options. */
export function readOptions(args: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'string' },
      documents: { type: 'string', default: '100000' },
      seconds: { type: 'string', default: '5' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return null;
  const documents = whole('--documents', values.documents, 0, 10_000_000);
  if (documents > 0 && documents < 50_000) throw new Error('--documents: below 50000 the process is still warming up');
  return { json: values.json ?? null, documents, seconds: whole('--seconds', values.seconds, 0, 600) };
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new Error(`${name} is "${text}": use a whole number from ${least} to ${most}`);
  }
  return value;
}
