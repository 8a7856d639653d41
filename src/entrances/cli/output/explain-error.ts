import { errorCode } from '../../../kernel/thrown.ts';

const NETWORK = /^(E(CONN|PIPE|TIMEDOUT|AI_AGAIN|HOST|NETUNREACH)|ENOTFOUND)/;

/** One line on what went wrong and what to do. Network errors are the database's: commands report other connections themselves. */
export function explainError(error: unknown): string {
  const said = messageOf(error);
  const code = errorCode(error);
  // SQLSTATE classes: 08, 53, 57 connection, shortage, shutdown; 28 authentication; 3D no such database; 42P01, 42703, 22023 schema.
  if (NETWORK.test(code) || /^(08|53|57)...$/.test(code) || /^Connection terminated|timeout exceeded/.test(said))
    return `the database is away (${said}): is the service running (npm start)? interpro doctor says more`;
  if (/^28...$/.test(code)) return `the database does not let us in (${said}): correct DATABASE_URL`;
  if (code === '3D000') return `the database does not exist (${said}): create it, or correct DATABASE_URL`;
  if (['42P01', '42703', '22023'].includes(code))
    return `the database is not at the current schema (${said}): npm run -s interpro -- migrate`;
  return said;
}

/** Node's error for several addresses that all failed has no message of its own. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return messageOf(error.errors[0]);
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}
