import addressparser from 'nodemailer/lib/addressparser';
import { fieldParameters, type MimeNode, messageIn, readMimeTree } from '../mime-tree.ts';
import { headerValue } from '../submission.ts';

/** ENVELOPE and BODYSTRUCTURE (RFC 3501, 7.4.2): what a client can show of a message before it fetches a body. */
export const envelopeOf = (message: Buffer): string => envelope(readMimeTree(message));

export const bodyStructureOf = (message: Buffer, form: 'basic' | 'extended'): string =>
  structure(message, readMimeTree(message), form === 'extended');

/** A quoted string, or a literal where quotes cannot hold the text. One character for each byte. */
function string(text: string | null): string {
  if (text === null) return 'NIL';
  return /[\r\n\0\x80-\xff]/.test(text) ? `{${text.length}}\r\n${text}` : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

const field = ({ headers }: MimeNode, name: string): string | null => {
  const value = headerValue(headers, name).trim();
  return value === '' ? null : value;
};

function envelope(part: MimeNode): string {
  const from = addresses(field(part, 'from'));
  const or = (name: string) => {
    const own = addresses(field(part, name));
    return own === 'NIL' ? from : own;
  };
  return `(${[
    string(field(part, 'date')),
    string(field(part, 'subject')),
    from,
    or('sender'),
    or('reply-to'),
    ...['to', 'cc', 'bcc'].map((name) => addresses(field(part, name))),
    ...['in-reply-to', 'message-id'].map((name) => string(field(part, name))),
  ].join(' ')})`;
}

function addresses(value: string | null): string {
  const all = value === null ? [] : addressparser(value, { flatten: true });
  const written = all.map(({ name, address }) => {
    const at = address.lastIndexOf('@');
    const [user, host] = at < 0 ? [address, ''] : [address.slice(0, at), address.slice(at + 1)];
    return `(${[string(name === '' ? null : name), 'NIL', string(user), string(host)].join(' ')})`;
  });
  return written.length === 0 ? 'NIL' : `(${written.join('')})`;
}

function structure(message: Buffer, part: MimeNode, extended: boolean): string {
  const [type = '', subtype = ''] = part.type.split('/');
  const parameters = parameterList(field(part, 'content-type'), type);
  const disposition = field(part, 'content-disposition');
  const further = [
    disposition === null ? 'NIL' : `(${string(disposition.split(';')[0]?.trim() ?? '')} ${parameterList(disposition)})`,
    string(field(part, 'content-language')),
    string(field(part, 'content-location')),
  ];
  if (part.isMultipart && part.parts.length > 0) {
    const inside = part.parts.map((one) => structure(message, one, extended)).join('');
    return `(${[inside, string(subtype), ...(extended ? [parameters, ...further] : [])].join(' ')})`;
  }
  const inner = messageIn(message, part);
  const lines = message.subarray(part.bodyStart, part.end).reduce((count, byte) => count + (byte === 10 ? 1 : 0), 0);
  return `(${[
    string(type),
    string(subtype),
    parameters,
    string(field(part, 'content-id')),
    string(field(part, 'content-description')),
    string(field(part, 'content-transfer-encoding') ?? '7bit'),
    part.end - part.bodyStart,
    ...(inner === null ? [] : [envelope(inner), structure(message, inner, extended)]),
    ...(inner !== null || type === 'text' ? [lines] : []),
    ...(extended ? [string(field(part, 'content-md5')), ...further] : []),
  ].join(' ')})`;
}

function parameterList(value: string | null, type = ''): string {
  const all = value === null ? [] : [...fieldParameters(value)];
  // The default for text (RFC 2045, 5.2).
  if (type === 'text' && !all.some(([name]) => name === 'charset')) all.push(['charset', 'us-ascii']);
  return all.length === 0 ? 'NIL' : `(${all.map(([name, text]) => `${string(name)} ${string(text)}`).join(' ')})`;
}
