/** What the pages about persons share: the list of the administration's pages, and who acts. */
import type { AooId } from '../../../../kernel/ids.ts';
import type { DeskCaller } from '../../../../service/people/caller.ts';
import type { Actor } from '../../../../service/people/person.ts';
import type { Office } from '../../../../service/register/office.ts';
import { type AdministrationPage, administrationPages } from '../administration/administration-page.ts';
import { type Html, html } from '../template.ts';
import type { Visit } from '../visit.ts';

export type PeoplePage = '/amministrazione/persone' | '/amministrazione/uffici-interni' | '/amministrazione/accessi';

const PLACES = {
  '/amministrazione/persone': 'persone',
  '/amministrazione/uffici-interni': 'uffici-interni',
  '/amministrazione/accessi': 'accessi',
} as const satisfies Record<PeoplePage, AdministrationPage>;

export const peopleFrame = (at: PeoplePage, title: string, beside: Html | false, content: Html): Html => html`
  <div class="d-page-head"><h1>${title}</h1><span class="d-second">Sistema, senza i contenuti dei messaggi</span></div>
  <div class="d-admin">
    ${administrationPages(PLACES[at], { ofNode: true })}
    <div class="d-admin-main">${beside}${content}</div>
  </div>`;

/** An administrator of the node reaches everything; one of an office, that office. */
export const administratorOf = ({ caller, aoo, request }: Visit<'administration'>): Actor => ({
  personId: caller.personId,
  name: caller.name,
  address: request.ip,
  sessionId: caller.sessionId,
  // Nobody administers without an office but the node's administrators.
  scope: caller.ofNode || aoo === null ? 'node' : aoo,
});

/** The offices that an administrator reaches. */
export const reachedOffices = (
  { ofNode, aoo }: Pick<DeskCaller, 'ofNode' | 'aoo'>,
  offices: ReadonlyMap<AooId, Office>,
): readonly Office[] => [...offices.values()].filter((office) => ofNode || office.aoo === aoo);
