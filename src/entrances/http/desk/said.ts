/** What an act has done is said on the next page: a sentence of ours in a short-lived cookie, read once. */
import type { FastifyReply, FastifyRequest } from 'fastify';

const COOKIE = 'detto';
const MOST_CHARACTERS = 600;

export function tellNext(reply: FastifyReply, said: string | null): void {
  if (said === null) return;
  const value = Buffer.from(said.slice(0, MOST_CHARACTERS)).toString('base64url');
  reply.setCookie(COOKIE, value, { path: '/', httpOnly: true, sameSite: 'lax', maxAge: 60 });
}

export function takeSaid(request: FastifyRequest, reply: FastifyReply): string | null {
  const value = request.cookies[COOKIE];
  if (value === undefined) return null;
  reply.clearCookie(COOKIE, { path: '/' });
  return Buffer.from(value, 'base64url').toString().toWellFormed().slice(0, MOST_CHARACTERS) || null;
}
