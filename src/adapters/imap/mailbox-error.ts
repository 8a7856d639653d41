import type { ImapFlowError } from 'imapflow';

/**
 * Why a mailbox cannot be read. `authentication` and `folder-missing` need a person; `unreachable` heals by itself;
 * `tls` is the certificate or the handshake; `protocol` is a server that answers something it should not, or a
 * folder whose UIDVALIDITY changed under us.
 */
export type MailboxFault = 'authentication' | 'unreachable' | 'tls' | 'protocol' | 'folder-missing';

export class MailboxError extends Error {
  override readonly name = 'MailboxError';
  readonly reason: MailboxFault;
  /** The one mail the server could not hand out, when the fault is with that mail alone; the caller may step over it. */
  readonly uid: number | null;

  constructor(reason: MailboxFault, message: string, uid: number | null = null) {
    super(message);
    this.reason = reason;
    this.uid = uid;
  }
}

const TLS =
  /^(ERR_(TLS|SSL|OSSL)|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|EPROTO|UPGRADE_TIMEOUT|STARTTLS)/;
const NETWORK =
  /^(E(CONN|HOST|NET|PIPE|TIMED|AI_|NOTFOUND|ADDR|TIMEOUT|ACCES)|NoConnection|EConnectionClosed|StateLogout|ClosedAfter|CONNECT_TIMEOUT|GREETING_TIMEOUT|ETHROTTLE)/;
/** RFC 5530: the server is in trouble, the password may be right. */
const TEMPORARY = new Set(['UNAVAILABLE', 'INUSE', 'SERVERBUG', 'LIMIT']);

/** The connection broke as such; anything else left it usable. */
export const isLost = (fault: MailboxError): boolean => fault.reason === 'unreachable' || fault.reason === 'tls';

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
