/** What an act has done is said on the next page: a sentence of ours in a short-lived cookie, read once. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isOwnAddress } from './addresses.ts';
import type { SaidLink, SeeOther } from './view.ts';

const COOKIE = 'detto';
const MOST_CHARACTERS = 600;

/** A sentence, and the words of it that are a link. */
export interface Said {
  readonly text: string;
  readonly link: SaidLink | null;
}

/** A line each: the sentence, where its link leads, and the words that are the link. */
export function tellNext(reply: FastifyReply, { said, link }: SeeOther): void {
  if (said === null) return;
  const text = said.replace(/\n/g, ' ').slice(0, MOST_CHARACTERS);
  const lines = link == null ? [text] : [text, link.href, link.label];
  const value = Buffer.from(lines.join('\n')).toString('base64url');
  reply.setCookie(COOKIE, value, { path: '/', httpOnly: true, sameSite: 'lax', maxAge: 60 });
}

export function takeSaid(request: FastifyRequest, reply: FastifyReply): Said | null {
  const value = request.cookies[COOKIE];
  if (value === undefined) return null;
  reply.clearCookie(COOKIE, { path: '/' });
  const [text = '', href = '', label = ''] = Buffer.from(value, 'base64url').toString().toWellFormed().split('\n', 3);
  if (text === '') return null;
  const isLink = label !== '' && text.includes(label) && isOwnAddress(href);
  return { text: text.slice(0, MOST_CHARACTERS), link: isLink ? { href, label } : null };
}
