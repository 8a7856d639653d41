import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { readEnv, toConfig } from '../../config/config.ts';
import { PASSWORD_CONTEXT } from '../../service/access/secrets.ts';
import { sealText } from '../../wiring/cli.ts';
import { complain, say } from './output/say.ts';
import { sayMisuse } from './output/say-misuse.ts';

const HELP = `Usage: interpro seal < file-with-the-password

Prints the password of a mailbox, sealed with the key of the node (INTERPRO_SECRET_KEY or INTERPRO_SECRET_KEY_FILE), for
"passwordSealed" in the offices file. Only that key opens it. A line end after the password is ignored.`;

export async function runSeal(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { help: { type: 'boolean' } } });
  if (values.help) return say(HELP);
  const { env, unknown } = readEnv();
  // The offices file may be just being written: only the key of the configuration is read.
  const { INTERPRO_OFFICES: _, DATABASE_URL: __, ...rest } = env;
  const keys = toConfig({ env: rest, unknown }).access?.secretKeys ?? [];
  const password = (await text(process.stdin)).replace(/\r?\n$/, '');
  if (password === '') return sayMisuse('seal', 'there is nothing on standard input');
  const sealed = sealText(keys, password, PASSWORD_CONTEXT);
  if (sealed.ok) return say(sealed.value);
  complain(
    `interpro seal: ${sealed.problem.message} (INTERPRO_SECRET_KEY_FILE: a file made with openssl rand -base64 32)`,
  );
  return 1;
}
