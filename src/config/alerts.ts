/** What the environment says of e-mails to the administrator. config.ts reads it and hands the variables in. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { mailAddress } from '../kernel/ids.ts';
import type { SmtpAccount } from '../service/register/accounts.ts';

export const ALERT_VARIABLES = {
  INTERPRO_ALERT_EMAIL: "address of the node's administrator, told by e-mail of mailboxes that cannot be read",
  INTERPRO_ALERT_SMTP: 'server that takes these e-mails: smtps://user@host, or smtp://host; not a PEC provider',
  INTERPRO_ALERT_PASSWORD_FILE: 'file with the password of that user',
  INTERPRO_ALERT_FROM: 'address these e-mails come from (default: INTERPRO_ALERT_EMAIL)',
} as const satisfies Record<string, string>;

export type AlertEnv = { readonly [V in keyof typeof ALERT_VARIABLES]?: string | undefined };

export interface AlertConfig {
  readonly to: string;
  readonly from: string;
  readonly account: SmtpAccount;
}

/** Null: nobody is told by e-mail. What is wrong is added to `faults`. */
export function readAlerts(env: AlertEnv, faults: string[]): AlertConfig | null {
  const { INTERPRO_ALERT_EMAIL: to, INTERPRO_ALERT_SMTP: server, INTERPRO_ALERT_PASSWORD_FILE: file } = env;
  const from = env.INTERPRO_ALERT_FROM ?? to;
  if (to === undefined || server === undefined || from === undefined) {
    if (to !== undefined)
      faults.push('INTERPRO_ALERT_SMTP is missing: say which server takes e-mails to the administrator');
    else if (server !== undefined || file !== undefined || from !== undefined)
      faults.push('INTERPRO_ALERT_EMAIL is missing: say who is told by e-mail');
    return null;
  }
  for (const [name, address] of [
    ['INTERPRO_ALERT_EMAIL', to],
    ['INTERPRO_ALERT_FROM', from],
  ] as const)
    if (mailAddress(address) === null) faults.push(`${name}: "${address}" is not a mail address`);
  const account = toAccount(server, passwordIn(file, faults), faults);
  return account === null ? null : { to, from, account };
}

function passwordIn(file: string | undefined, faults: string[]): string | null {
  if (file === undefined) return null;
  try {
    return readFileSync(resolve(file), 'utf8').trimEnd();
  } catch {
    faults.push(`INTERPRO_ALERT_PASSWORD_FILE: the file ${file} cannot be read`);
    return null;
  }
}

/** This text goes to a log, and the address might hold a password: it is not repeated. */
function toAccount(server: string, password: string | null, faults: string[]): SmtpAccount | null {
  const url = URL.parse(server);
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === '' || !/^\/?$/.test(url.pathname)) {
    faults.push('INTERPRO_ALERT_SMTP is not an address: use smtps://user@host or smtp://host, with a port if need be');
    return null;
  }
  if (url.password !== '') {
    faults.push(
      'INTERPRO_ALERT_SMTP holds a password: put it into a file, and name that in INTERPRO_ALERT_PASSWORD_FILE',
    );
    return null;
  }
  const user = url.username === '' ? null : decoded(url.username);
  if ((user === null) !== (password === null))
    faults.push('INTERPRO_ALERT_PASSWORD_FILE and the user in INTERPRO_ALERT_SMTP go together: one of them is missing');
  const isTls = url.protocol === 'smtps:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  // A password never leaves this machine in clear: on port 25, 587 and 2525 TLS begins with STARTTLS.
  const secure = isTls || (user !== null && !isLoopback(host));
  return { host, port: Number(url.port || (isTls ? 465 : 25)), secure, user, password, ca: null };
}

/** As it stands where its percent signs encode nothing. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
