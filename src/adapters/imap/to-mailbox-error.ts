import type { ImapFlowError } from 'imapflow';
import { MailboxError, type MailboxFault } from '../../service/intake/mailbox.ts';

const TLS =
  /^(ERR_(TLS|SSL|OSSL)|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|EPROTO|UPGRADE_TIMEOUT|STARTTLS)/;
const NETWORK =
  /^(E(CONN|HOST|NET|PIPE|TIMED|AI_|NOTFOUND|ADDR|TIMEOUT|ACCES)|NoConnection|EConnectionClosed|StateLogout|ClosedAfter|CONNECT_TIMEOUT|GREETING_TIMEOUT|ETHROTTLE)/;
/** RFC 5530: the server is in trouble, the password may be right. */
const TEMPORARY = new Set(['UNAVAILABLE', 'INUSE', 'SERVERBUG', 'LIMIT']);

/** The connection broke as such; anything else left it usable. */
export const isLost = ({ fault }: MailboxError): boolean => fault === 'unreachable' || fault === 'tls';

/** Everything imapflow or Node can throw, as one of five reasons. The text never holds a credential. */
export function toMailboxError(thrown: unknown): MailboxError {
  if (thrown instanceof MailboxError) return thrown;
  const error: ImapFlowError = thrown instanceof Error ? thrown : new Error(String(thrown));
  const said = error.responseText ?? (typeof error.response === 'string' ? error.response : '');
  const text = said !== '' && !error.message.includes(said) ? `${error.message}: ${said}` : error.message;
  return new MailboxError(faultOf(error), text.slice(0, 500));
}

function faultOf(error: ImapFlowError): MailboxFault {
  const code = error.code ?? '';
  if (error.tlsFailed || TLS.test(code)) return 'tls';
  if (error.authenticationFailed)
    return TEMPORARY.has(error.serverResponseCode ?? '') ? 'unreachable' : 'authentication';
  if (error.mailboxMissing) return 'folder-missing';
  return NETWORK.test(code) ? 'unreachable' : 'protocol';
}
