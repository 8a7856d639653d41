import type { FastifyInstance, FastifyReply } from 'fastify';

/** No answer is cached, sniffed or framed, or read by pages of other sites; there are no CORS headers. */
const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
} as const;

/** On every answer. */
export function setSecurityHeaders(server: FastifyInstance): void {
  server.addHook('onSend', async (_request, reply) => addSecurityHeaders(reply));
}

/** A header that the route has set already keeps its value. */
export function addSecurityHeaders(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) if (!reply.hasHeader(name)) reply.header(name, value);
}
