import { parseArgs } from 'node:util';

export interface Options {
  readonly json: string | null;
  /** Round trips at full speed; 0: none. */
  readonly messages: number;
  /** Round trips at five a second; 0: none. */
  readonly paced: number;
  /** Recipients of the one registration; 0: none. */
  readonly recipients: number;
  /** Folder for CPU profiles of the councils and of the sandbox. */
  readonly profile: string | null;
}

export const HELP = `npm run bench:exchange [-- options]

Two councils, each with the service in a process of its own and a database of its own, exchange messages through the
sandbox: message, confirmation, and the receipts of both. Beside it, in the same run, the sandbox alone passes the same
mails between two plain clients. Takes some four minutes.

  --json FILE       write the figures as JSON as well
  --messages N      messages there and back at full speed (default: 1000; 0: leave it out)
  --paced N         the same at five a second (default: 300; 0: leave it out)
  --recipients N    recipients of one registration (default: 1000; 0: leave it out)
  --quick           a small run of everything: does it still work?
  --profile DIR     write CPU profiles of the councils and of the sandbox there
  --help
`;

/** Null when only help was asked for. Throws on unknown options. */
export function readOptions(args: readonly string[]): Options | null {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { json: text, messages: text, paced: text, recipients: text, profile: text, quick: flag, help: flag },
  });
  if (values.help) return null;
  const [messages, paced, recipients] = values.quick ? ['40', '10', '40'] : ['1000', '300', '1000'];
  return {
    json: values.json ?? null,
    messages: whole('--messages', values.messages ?? messages, 100_000),
    paced: whole('--paced', values.paced ?? paced, 100_000),
    recipients: whole('--recipients', values.recipients ?? recipients, 2_000),
    profile: values.profile ?? null,
  };
}

function whole(name: string, text: string, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > most)
    throw new Error(`${name} is "${text}": use a whole number from 0 to ${most}`);
  return value;
}
