/** What to do about what `doctor` found wrong. */
import { errorCode, errorMessage } from '../../kernel/thrown.ts';
import { MailboxError, type MailboxFault } from '../../service/intake/mailbox.ts';

export type Advice = string | ((error: unknown) => string);

const OWN_AUTHORITY =
  'if the server has an authority of its own, name its certificate with "caFile" in INTERPRO_OFFICES; else check host, port and "secure"';

const MAILBOX = {
  tls: OWN_AUTHORITY,
  authentication:
    'check user and password of the mailbox in INTERPRO_OFFICES, and that it is neither blocked nor expired',
  'folder-missing': 'name a folder that exists with "folder" in INTERPRO_OFFICES',
  unreachable: 'check host and port of the mailbox in INTERPRO_OFFICES, and that this machine reaches them',
  protocol: 'check host, port and "secure" of the mailbox in INTERPRO_OFFICES; else ask the provider',
} as const satisfies Record<MailboxFault, string>;

export const mailboxAdvice = (error: unknown): string =>
  MAILBOX[error instanceof MailboxError ? error.fault : 'protocol'];

const CERTIFICATE = /certificate|self.signed|altnames|TLS|SSL/i;

export function smtpAdvice(error: unknown): string {
  if (errorCode(error) === 'EAUTH') return 'check user and password of "smtp" in INTERPRO_OFFICES';
  if (CERTIFICATE.test(errorMessage(error))) return OWN_AUTHORITY;
  return 'check host and port of "smtp" in INTERPRO_OFFICES, and that this machine reaches them';
}

/** What the library says is of OAuth; what lies behind it, of the network. */
export function accountsAdvice(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const said = `${errorMessage(error)} ${errorMessage(cause)} ${errorCode(cause)}`;
  if (CERTIFICATE.test(said))
    return "let Node trust the provider's authority (NODE_EXTRA_CA_CERTS), or correct its certificate; until then people sign in by password";
  if (/issuer|unexpected JSON attribute/i.test(said))
    return 'give "issuer" in INTERPRO_ACCOUNTS exactly as the provider calls itself in its /.well-known/openid-configuration';
  return 'check "issuer" in INTERPRO_ACCOUNTS, and that this machine reaches it; until then people sign in by password';
}

const MIGRATE = 'run: npm run -s interpro -- migrate';

/** By SQLSTATE. */
const DATABASE: ReadonlyMap<string, string> = new Map([
  ['28P01', 'correct user and password in DATABASE_URL'],
  ['28000', 'correct user and password in DATABASE_URL, or let that user in (pg_hba.conf)'],
  ['3D000', 'create the database, or correct its name in DATABASE_URL'],
  // The role is not there, or this login may not take it.
  ['22023', MIGRATE],
  ['42501', `${MIGRATE}; it grants what is missing, or says what a superuser has to do`],
]);

export const databaseAdvice = (error: unknown): string =>
  DATABASE.get(errorCode(error)) ?? 'start PostgreSQL, or correct DATABASE_URL';

export const migrationsAdvice = (error: unknown): string =>
  errorCode(error) === '42501' ? databaseAdvice(error) : MIGRATE;
