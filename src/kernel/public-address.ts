/**
 * Where an URL that others have named may not lead: an address that is not of the public internet would let them reach
 * what only this machine can reach. Judged is the very address a socket connects to.
 */
import type { LookupAddress, LookupOptions } from 'node:dns';
import { BlockList, isIP, isIPv4, type LookupFunction, type Socket } from 'node:net';

/** IANA IPv4 special-purpose registry: everything that is not globally reachable, and 6to4 relays. */
const NOT_PUBLIC_4 = [
  ['0.0.0.0', 8], // this network, unspecified
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // shared by carriers (CGNAT)
  ['127.0.0.0', 8],
  ['169.254.0.0', 16], // link-local, also the metadata of clouds
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24], // documentation
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
] as const;
/** Within 2000::/3, which alone is given out: what is not globally reachable all the same. */
const NOT_PUBLIC_6 = [
  ['2001::', 23], // Teredo, benchmarks, ORCHID
  ['2001:db8::', 32],
  ['2620:4f:8000::', 48],
  ['3fff::', 20], // documentation
] as const;

const notPublic = new BlockList();
for (const [net, prefix] of NOT_PUBLIC_4) notPublic.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of NOT_PUBLIC_6) notPublic.addSubnet(net, prefix, 'ipv6');
const givenOut = new BlockList();
givenOut.addSubnet('2000::', 3, 'ipv6');

/** Hosts and nets that are reachable by permission of the node: names, addresses, `10.0.0.0/8`, `fd00::/8`. */
export interface AllowedHosts {
  names(host: string): boolean;
  contains(address: string): boolean;
}

export function allowedHosts(entries: readonly string[]): AllowedHosts {
  const names = new Set<string>();
  const nets = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/');
    const version = isIP(address);
    if (version === 0) names.add(entry.toLowerCase());
    else nets.addSubnet(address, Number(prefix ?? (version === 4 ? 32 : 128)), version === 4 ? 'ipv4' : 'ipv6');
  }
  const contains = (address: string): boolean => {
    const plain = withoutZone(address);
    const inner = isIPv4(plain) ? plain : embedded(plain);
    return nets.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6') || (inner !== null && nets.check(inner, 'ipv4'));
  };
  return { names: (host) => names.has(host.toLowerCase()), contains };
}

/** True for an address of the public internet, in every form it can be written. */
export function isPublic(address: string): boolean {
  const plain = withoutZone(address);
  const version = isIP(plain);
  if (version === 0) return false;
  if (version === 4) return !notPublic.check(plain, 'ipv4');
  const inner = embedded(plain);
  if (inner !== null) return !notPublic.check(inner, 'ipv4');
  return givenOut.check(plain, 'ipv6') && !notPublic.check(plain, 'ipv6');
}

const withoutZone = (address: string): string => address.split('%')[0] ?? '';

/** The IPv4 address a packet to this one ends at: IPv4-mapped, NAT64 (RFC 6052), 6to4 (RFC 3056). Null: none. */
function embedded(address: string): string | null {
  const words = wordsOf(address);
  if (words === null) return null;
  const [a, b, c] = words;
  const middle = words.slice(2, 6);
  const empty = middle.slice(0, 3).every((word) => word === 0);
  if (a === 0 && b === 0 && empty && middle[3] === 0xffff) return dotted(words[6], words[7]);
  if (a === 0x64 && b === 0xff9b && empty && middle[3] === 0) return dotted(words[6], words[7]);
  if (a === 0x2002) return dotted(b, c);
  return null;
}

const dotted = (high = 0, low = 0): string => [high >> 8, high & 255, low >> 8, low & 255].join('.');

/** The eight words of an IPv6 address; the URL parser knows every way to write one. */
function wordsOf(address: string): readonly number[] | null {
  const host = URL.parse(`http://[${address}]/`)?.hostname.slice(1, -1);
  if (host === undefined) return null;
  const [left = '', right] = host.split('::');
  const words = (text: string) => (text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16)));
  const [first, last] = [words(left), words(right ?? '')];
  const gap = right === undefined ? 0 : 8 - first.length - last.length;
  return [...first, ...new Array<number>(gap).fill(0), ...last];
}

export type Resolver = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Thrown, with this code, where a connection would leave the public internet without permission. */
export class AddressRefusedError extends Error {
  readonly code = 'ADDRESS_NOT_ALLOWED';
}

/** The host of an URL as an address or a name. */
export const hostOf = ({ hostname }: URL): string => (hostname.startsWith('[') ? hostname.slice(1, -1) : hostname);

const LOCAL_NAME = /(?:^|\.)(?:localhost|local|internal)\.?$|^[^.]*\.?$/i;

/** What can be said of a host without asking the network. */
export function isForbidden(host: string, allowed: AllowedHosts): boolean {
  const literal = isIP(host) !== 0;
  if (allowed.names(host) || (literal && allowed.contains(host))) return false;
  return literal ? !isPublic(host) : LOCAL_NAME.test(host);
}

/** Resolves, and hands out only addresses that may be connected to. */
export function guardedLookup(allowed: AllowedHosts, resolver: Resolver): LookupFunction {
  return (hostname, options, callback) => {
    resolver(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, '', 0);
      const good = found.filter(({ address }) => mayConnect(hostname, address, allowed));
      const [first] = good;
      if (first === undefined) return callback(new AddressRefusedError('no address of the name is allowed'), '', 0);
      return options.all === true ? callback(null, good) : callback(null, first.address, first.family);
    });
  };
}

const mayConnect = (hostname: string, address: string, allowed: AllowedHosts): boolean =>
  isPublic(address) || allowed.names(hostname) || allowed.contains(address);

/** Once more, on the socket itself: what is connected to is what was judged. */
export function judgeSocket(socket: Socket, url: URL, allowed: AllowedHosts): void {
  if (!socket.connecting) return;
  socket.once('connect', () => {
    if (!mayConnect(hostOf(url), socket.remoteAddress ?? '', allowed))
      socket.destroy(new AddressRefusedError('connected to an address that is not allowed'));
  });
}
