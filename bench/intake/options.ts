import { parseArgs } from 'node:util';

export interface Options {
  readonly json: string | null;
  /** Number of mails of each size in KB. */
  readonly sizes: ReadonlyMap<number, number>;
  /** Mails delivered one at a time to an idle system; 0: none. */
  readonly idle: number;
  /** Size of the single large mail in MB; 0: none. */
  readonly large: number;
  /** Folder for CPU profiles of the service process. */
  readonly profile: string | null;
}

export const HELP = `npm run bench:intake [-- options]

Fills a Dovecot mailbox with certified mail, lets one service process work through it, and prints how fast it was,
beside a baseline that fetches the same mailbox and stores it without looking inside. Takes a few minutes.
Needs Debian's dovecot-imapd and dovecot-lmtpd.

  --json FILE      write the figures as JSON as well
  --size KB        size of the mails; may be given several times (default: 20 and 280)
  --messages N     how many mails of each size (default: 4000 of up to 100 KB, 1000 of larger ones)
  --idle N         mails delivered one at a time to an idle system (default: 40; 0: leave it out)
  --large MB       size of the one large mail (default: 100; 0: leave it out)
  --profile DIR    write CPU profiles of the service process there
  --help
`;

/** Null when only help was asked for. Throws on unknown options. */
export function readOptions(args: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'string' },
      size: { type: 'string', multiple: true },
      messages: { type: 'string' },
      idle: { type: 'string' },
      large: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return null;
  const sizes = (values.size ?? ['20', '280']).map((size) => whole('--size', size, 12, 900));
  const messages = values.messages === undefined ? null : whole('--messages', values.messages, 100, 100_000);
  return {
    json: values.json ?? null,
    sizes: new Map(sizes.map((size) => [size, messages ?? (size > 100 ? 1_000 : 4_000)])),
    idle: whole('--idle', values.idle ?? '40', 0, 1_000),
    large: whole('--large', values.large ?? '100', 0, 130),
    profile: values.profile ?? null,
  };
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new Error(`${name} is "${text}": use a whole number from ${least} to ${most}`);
  }
  return value;
}
