/**
 * Where a link of a page would truly lead, as a person has to see it before trusting it: the host as computers write it, so
 * that letters of another alphabet show, and what can do harm named.
 */
import { domainToASCII } from 'node:url';

export interface LinkTarget {
  /** `page`: leads to a site; `write`: to an address; `closed`: no desk would open it; `other`: whatever else. */
  readonly kind: 'page' | 'write' | 'closed' | 'other';
  /** In full, the host in its ASCII form. */
  readonly address: string;
  /** Of a `page`. */
  readonly host: string | null;
  /** The host as the link writes it, where it is not written in plain letters. */
  readonly written: string | null;
  /** Another host that the link's text names. */
  readonly named: string | null;
  /** Of a `closed` one: `javascript`, `data`. */
  readonly scheme: string | null;
}

/** They run, carry a page of their own, or reach into the reader's machine. */
const CLOSED = new Set(['javascript', 'vbscript', 'data', 'blob', 'file', 'about', 'filesystem', 'view-source']);
const SCHEME = /^([a-z][a-z0-9+.-]*):/i;
const NAMED = /(?:^|[\s/@("«])((?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24})(?=$|[\s/:?#)"»,;])/u;

export function linkTarget(text: string, address: string): LinkTarget {
  const nothing = { address, host: null, written: null, named: null, scheme: null } as const;
  const scheme = SCHEME.exec(address)?.[1]?.toLowerCase() ?? '';
  if (CLOSED.has(scheme)) return { ...nothing, kind: 'closed', scheme };
  if (scheme === 'mailto') return { ...nothing, kind: 'write' };
  // Browsers take the scheme of the page for it: that of the web, in a mail.
  const whole = address.startsWith('//') ? `https:${address}` : address;
  if (!/^https?:/i.test(whole) || !URL.canParse(whole)) return { ...nothing, kind: 'other' };
  const { href, hostname } = new URL(whole);
  const [, authority = ''] = /^https?:[\\/]*([^/?#\\]*)/i.exec(whole) ?? [];
  const written = authority.replace(/^.*@/, '').replace(/:\d*$/, '');
  const isPlain = /^[\x21-\x7e]*$/.test(written) && !written.includes('%');
  return {
    ...{ ...nothing, kind: 'page', address: href, host: hostname },
    written: isPlain || written.toLowerCase() === hostname ? null : written,
    named: otherHost(text, hostname),
  };
}

function otherHost(text: string, host: string): string | null {
  const named = NAMED.exec(text)?.[1];
  if (named === undefined) return null;
  const plain = bare(domainToASCII(named.toLowerCase()));
  const real = bare(host);
  return plain === '' || real === plain || real.endsWith(`.${plain}`) ? null : named;
}

const bare = (host: string): string => host.replace(/^www\./, '');
