/** For the head of document management: which programs were given keys that open what their office keeps. */
import type { Clock } from '../../../../kernel/clock.ts';
import type { CredentialStore } from '../../../../service/access/credential.ts';
import { revokeCredential } from '../../../../service/access/manage-credentials.ts';
import type { ContentKeyLine, ContentKeys } from '../../../../service/people/content-keys.ts';
import { SCOPE_NAMES } from '../administration/scope-names.ts';
import { badge } from '../components/badge.ts';
import { button } from '../components/buttons.ts';
import { dataTable } from '../components/lists.ts';
import { emptyState, part, sheet } from '../components/note.ts';
import { romeDay, romeFull, shortDay } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { notFoundView } from '../gate-pages.ts';
import { type Html, html } from '../template.ts';
import { refused, seeOther } from '../view.ts';
import { actFields } from '../visit.ts';

export interface ContentKeyDeps {
  readonly keys: ContentKeys;
  readonly credentials: CredentialStore;
  readonly clock: Clock;
}

const PATH = '/chiavi';

export function contentKeyRoutes(desk: Desk, { keys, credentials, clock }: ContentKeyDeps): void {
  desk.page({ path: PATH, right: 'content-keys' }, async ({ aoo, token }) => {
    const lines = await keys.unseen(aoo);
    return {
      title: 'Chiavi che aprono i contenuti',
      at: 'scrivania',
      body: html`
        <div class="d-head"><h1>Chiavi che aprono i contenuti</h1></div>
        ${
          lines.length === 0
            ? emptyState('Nulla di nuovo', 'Le chiavi create finora le hai già viste.')
            : sheet(
                part(
                  { title: 'Nuove o cambiate' },
                  html`<p class="d-second">Chi amministra non vede messaggi e registro, ma crea le chiavi con cui un programma li legge o li cambia. Se una non te l’aspettavi, revocala.</p>
                ${dataTable({
                  caption: 'Chiavi da vedere, dalla più recente',
                  head: ['Programma', 'Che cosa può fare', 'Creata', 'Vale', ''],
                  rows: lines.map((line) => [
                    html`<strong>${line.name}</strong>`,
                    html`${line.scopes.map(nameOf).join('; ')}`,
                    html`${romeFull(line.at)}, da ${line.by}`,
                    stateOf(line),
                    html`<div class="d-row-acts">${form(token, line, 'vista', 'Ho visto')}${line.revokedAt === null && form(token, line, 'revoca', 'Revoca')}</div>`,
                  ]),
                })}`,
                ),
              )
        }`,
    };
  });
  desk.act({ path: `${PATH}/:id/vista`, right: 'content-keys' }, async ({ caller, params, request }) => {
    const seen = await keys.see(caller, params['id'] ?? '', request.ip);
    return seen.ok ? seeOther(PATH, `«${seen.value.name}»: vista.`) : notFoundView;
  });
  desk.act({ path: `${PATH}/:id/revoca`, right: 'content-keys' }, async (visit) => {
    const { caller, office, aoo, params, request } = visit;
    const line = (await keys.unseen(aoo)).find(({ entryId }) => entryId === params['id']);
    if (line === undefined) return notFoundView;
    const done = await revokeCredential(office, line.credential, caller.name, { credentials, clock });
    if (!done.ok) return refused(done.problem, PATH);
    await keys.see(caller, line.entryId, request.ip);
    return seeOther(PATH, `«${line.name}» non può più entrare.`);
  });
}

const nameOf = (scope: string): string =>
  Object.hasOwn(SCOPE_NAMES, scope) ? SCOPE_NAMES[scope as keyof typeof SCOPE_NAMES] : scope;

function stateOf({ revokedAt, until }: ContentKeyLine): Html {
  if (revokedAt !== null) return badge('bad', `revocata il ${shortDay(romeDay(revokedAt))}`);
  return html`${until === null ? 'senza scadenza' : `fino al ${shortDay(romeDay(new Date(until)))}`}`;
}

const form = (token: string, { entryId, name }: ContentKeyLine, act: 'vista' | 'revoca', label: string): Html => html`
  <form method="post" action="${PATH}/${entryId}/${act}" class="d-inline-form">${actFields({ token })}${button({ label, kind: act === 'vista' ? 'secondary' : 'danger', small: true, says: `${label}: ${name}` })}</form>`;
