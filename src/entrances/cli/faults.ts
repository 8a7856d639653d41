/** What a command could not do, in a line that says what to do about it. */

const NETWORK = /^(E(CONN|PIPE|TIMEDOUT|AI_AGAIN|HOST|NETUNREACH)|ENOTFOUND)/;

/** The commands talk to nothing but the database without saying so themselves. */
export function explain(error: unknown): string {
  const said = messageOf(error);
  const code = String((error as { code?: unknown } | null)?.code ?? '');
  // SQLSTATE: 08, 53 and 57 connection, shortage, shutdown; 28 who one is; 3D which database; 42P01, 42703, 22023 the schema.
  if (NETWORK.test(code) || /^(08|53|57)...$/.test(code) || /^Connection terminated|timeout exceeded/.test(said))
    return `the database is away (${said}): is the service running (npm start)? interpro doctor says more`;
  if (/^28...$/.test(code)) return `the database does not let us in (${said}): correct DATABASE_URL`;
  if (code === '3D000') return `the database does not exist (${said}): create it, or correct DATABASE_URL`;
  if (['42P01', '42703', '22023'].includes(code))
    return `the database is not at the current schema (${said}): npm run -s interpro -- migrate`;
  return said;
}

/** Several addresses of one host that fail together have no message of their own. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return messageOf(error.errors[0]);
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}
