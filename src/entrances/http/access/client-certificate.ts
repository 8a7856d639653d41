import { BlockList, isIPv6 } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { FastifyRequest } from 'fastify';
import { type ClientCertificate, clientCertificate, readX509 } from '../../../service/access/client-certificate.ts';

/** Longest certificate header taken from a proxy; a real certificate has 2 KB. */
const MOST_CHARACTERS = 16_384;

export interface Proxies {
  /** Addresses or networks (`10.0.0.0/8`) of the proxies in front of this service; no other peer is believed. */
  readonly addresses: readonly string[];
  /** Header in which they forward the client certificate; null: they forward none. */
  readonly certificateHeader: string | null;
}

/** Finds the client certificate of a request: in its own TLS connection, or forwarded by a trusted proxy. */
export function certificateReader({ addresses, certificateHeader }: Proxies) {
  const trusted = new BlockList();
  for (const address of addresses) {
    const [host = '', bits] = address.split('/');
    const family = isIPv6(host) ? 'ipv6' : 'ipv4';
    if (bits === undefined) trusted.addAddress(host, family);
    else trusted.addSubnet(host, Number(bits), family);
  }
  /** Read once for each connection. */
  const seen = new WeakMap<TLSSocket, ClientCertificate | null>();
  return (request: FastifyRequest): ClientCertificate | null => {
    const { socket } = request.raw;
    const forwarded = certificateHeader === null ? undefined : request.headers[certificateHeader];
    const peer = socket.remoteAddress ?? '';
    if (typeof forwarded === 'string' && trusted.check(peer, isIPv6(peer) ? 'ipv6' : 'ipv4'))
      return forwardedCertificate(forwarded);
    if (!(socket instanceof TLSSocket)) return null;
    const known = seen.get(socket);
    if (known !== undefined) return known;
    // A certificate that no configured authority has issued counts as none.
    const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
    const read = certificate === undefined ? null : clientCertificate(certificate);
    seen.set(socket, read);
    return read;
  };
}

/** `:base64 DER:` (RFC 9440), or a PEM, percent-encoded (nginx, Envoy, Traefik) or not. */
function forwardedCertificate(header: string): ClientCertificate | null {
  if (header.length > MOST_CHARACTERS) return null;
  const der = /^:([A-Za-z0-9+/=]+):$/.exec(header)?.[1];
  const certificate = readX509(der === undefined ? unescaped(header) : Buffer.from(der, 'base64'));
  return certificate === null ? null : clientCertificate(certificate);
}

function unescaped(text: string): string {
  try {
    return text.includes('%') ? decodeURIComponent(text) : text;
  } catch {
    return '';
  }
}
