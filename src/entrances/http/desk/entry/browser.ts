/** The browser before us: its cookies, and where it may be sent. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Visitor } from '../../../../service/people/person.ts';
import type { SignedIn } from '../../../../service/people/sessions.ts';
import { cookieRules, type Gate, sessionCookie } from '../gate.ts';

type Door = Pick<Gate, 'isSecure'>;

const deviceCookie = ({ isSecure }: Door): string => (isSecure ? '__Host-dispositivo' : 'dispositivo');
const DEVICE_SECONDS = 180 * 86_400;

export const visitorOf = ({ ip, headers, cookies }: FastifyRequest, door: Door): Visitor => ({
  address: ip,
  agent: (headers['user-agent'] ?? '').slice(0, 300),
  device: cookies[deviceCookie(door)] ?? null,
  session: cookies[sessionCookie(door)] ?? null,
});

/** The session ends with the browser at the latest, so its cookie names no time. */
export function giveSession(reply: FastifyReply, door: Door, token: string): void {
  reply.setCookie(sessionCookie(door), token, cookieRules(door));
}

export function giveCookies(reply: FastifyReply, door: Door, { token, device }: SignedIn): void {
  giveSession(reply, door, token);
  reply.setCookie(deviceCookie(door), device, { ...cookieRules(door), maxAge: DEVICE_SECONDS });
}

export function takeSession(reply: FastifyReply, door: Door): void {
  reply.clearCookie(sessionCookie(door), cookieRules(door));
}

const OWN = 'http://desk.invalid';

/** Where to go after signing in: a page of ours, whatever the link said. Browsers read `/\host` as another host. */
export function returnTo(wanted: string): string {
  if (!/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(wanted) || wanted.length > 2_000) return '/';
  if (!URL.canParse(wanted, OWN)) return '/';
  const { origin, pathname, search } = new URL(wanted, OWN);
  const isDoor = /^\/(?:entra|esci)(?:\/|$)/.test(pathname);
  return origin !== OWN || pathname.startsWith('//') || isDoor ? '/' : `${pathname}${search}`;
}
