import type { FastifyRequest } from 'fastify';

const PROXY_FIELDS = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];
const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;
/** Names of this machine itself. Any other name that resolves to it may have been made up by a page of another site. */
const OWN_NAME = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * Whether a request was made by a program on this machine. A proxy on this machine forwards for others, and its fields
 * show it. A browser may act for a page of another site, under that site's name (DNS rebinding) or under ours.
 */
export const isLocal = ({ raw, headers }: FastifyRequest): boolean =>
  LOOPBACK.test(raw.socket.remoteAddress ?? '') &&
  PROXY_FIELDS.every((name) => headers[name] === undefined) &&
  OWN_NAME.test(headers.host ?? '') &&
  [undefined, 'none', 'same-origin'].some((site) => site === headers['sec-fetch-site']) &&
  (headers.origin === undefined || URL.parse(headers.origin)?.host === headers.host?.toLowerCase());
