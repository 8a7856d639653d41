/** The desk's framework on a server of its own, with people who exist only here. For tests of what all pages share. */
import Fastify from 'fastify';
import type { Desk } from '../../src/entrances/http/desk/desk.ts';
import { type DeskServerDeps, deskRoutes } from '../../src/entrances/http/desk/desk-server.ts';
import { setSecurityHeaders } from '../../src/entrances/http/security-headers.ts';
import { aooId } from '../../src/kernel/ids.ts';
import type { DeskCaller } from '../../src/service/people/caller.ts';
import type { Role } from '../../src/service/people/rights.ts';
import type { Office } from '../../src/service/register/office.ts';

export const ESEMPIO = aooId('c_esempio', 'AESEMP1');

/** Somebody with these roles in the example council. */
export const someone = (login: string, ...roles: readonly Role[]): DeskCaller => ({
  personId: `00000000-0000-7000-8000-${Buffer.from(login).toString('hex').padEnd(12, '0').slice(0, 12)}`,
  name: `${login} Esempi`,
  login,
  sessionId: `session of ${login}`,
  aoo: roles.includes('administrator') ? null : ESEMPIO,
  roles: new Set(roles),
  units: [],
  headOf: [],
  ofNode: roles.includes('administrator'),
  singleKeys: true,
});

/** Sessions are named by their cookies: `sessione=<login>`. `faults` hears each line of the log that tells of one. */
export async function deskServer(
  people: readonly DeskCaller[],
  declare: (desk: Desk) => void,
  more: Partial<DeskServerDeps> & { readonly faults?: string[] } = {},
) {
  const { faults = [], ...others } = more;
  const server = Fastify({ logger: { level: 'error', stream: { write: (line) => faults.push(line) } } });
  setSecurityHeaders(server);
  const office = { aoo: ESEMPIO, name: 'Comune di Esempio' } as Office;
  const deps: DeskServerDeps = {
    sessions: { open: async (token) => people.find(({ login }) => login === token) ?? null },
    formKey: 'a key for tests alone',
    isSecure: false,
    offices: new Map([[ESEMPIO, office]]),
    footer: { declaration: null, privacy: null, feedback: null },
    openings: { opened: async () => undefined },
    waiting: async () => 0,
    ...others,
  };
  await deskRoutes(server, deps, declare);
  await server.ready();
  return server;
}
