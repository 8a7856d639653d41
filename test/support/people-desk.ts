/** The pages about persons on a server of their own, over real persons in a real database. */

import { postgresDigests } from '../../src/adapters/postgres/queries/assignment-digest.ts';
import { homeRoutes } from '../../src/entrances/http/desk/home.ts';
import { peopleScreens } from '../../src/entrances/http/desk/people-screens.ts';
import type { AccountRules } from '../../src/service/people/account-sign-in.ts';
import { STANDARD_SESSIONS } from '../../src/service/people/sessions.ts';
import type { Office } from '../../src/service/register/office.ts';
import { ESEMPIO, PROVARIA } from './access-house.ts';
import { deskServer } from './desk-server.ts';
import { openPeopleHouse } from './people-house.ts';

export const SAME_SITE = { 'sec-fetch-site': 'same-origin' };

export async function openPeopleDesk(accountRules: AccountRules | null = null, publicUrl: string | null = null) {
  const house = await openPeopleHouse(STANDARD_SESSIONS, accountRules);
  const { people, clock } = house;
  const footer = {
    declaration: 'https://example.it/accessibilita',
    privacy: null,
    feedback: 'mailto:aiuto@example.it',
  };
  const offices = new Map<Office['aoo'], Office>([ESEMPIO, PROVARIA].map((office) => [office.aoo, office]));
  const accounts = people.accounts === null ? null : { ...people.accounts, name: 'l’account del Comune', publicUrl };
  const digests = { isOffered: () => true, ...postgresDigests(house.pool) };
  const parts = { people, offices, footer, isSecure: false, now: clock.now, accounts, digests };
  const server = await deskServer(
    [],
    (desk) => {
      homeRoutes(desk);
      peopleScreens(desk, parts);
    },
    { sessions: { open: people.openSession }, offices, footer },
  );
  return {
    ...house,
    server,
    /** Opens a page as this browser, and gives what its forms need. */
    async open(url: string, cookies: Record<string, string> = {}) {
      const page = await server.inject({ url, cookies });
      const secret = page.cookies.find(({ name }) => name === 'moduli')?.value;
      const token = /name="_csrf" value="([^"]*)"/.exec(page.body)?.[1] ?? '';
      return { page, token, cookies: { ...cookies, ...(secret !== undefined && { moduli: secret }) } };
    },
    post: (
      url: string,
      fields: Record<string, string>,
      cookies: Record<string, string> = {},
      headers: Record<string, string> = SAME_SITE,
    ) =>
      server.inject({
        method: 'POST',
        url,
        cookies,
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        payload: new URLSearchParams(fields).toString(),
      }),
    async stop() {
      await server.close();
      await house.stop();
    },
  };
}
