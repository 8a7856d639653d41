/** Pages tell that they are open, and are told who else is there. */

import type { AooId } from '../../../../kernel/ids.ts';
import { type Reader, readerOf } from '../../../../service/people/rights.ts';
import type { Presence } from '../../../../service/queries/presence.ts';
import type { Desk } from '../desk.ts';
import { postedForm } from '../form.ts';
import { type Html, html } from '../template.ts';

export interface PresenceDeps {
  readonly presence: Presence;
  /** Whether the person may see it at all: who looks at something that is hidden from somebody is hidden, too. */
  readonly isSeen: (aoo: AooId, reader: Reader, about: string) => Promise<boolean>;
}

const ABOUT = /^(?:[0-9a-f-]{36}|\d{4}\/\d{7,9})$/;
const PAGE = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function presenceRoutes(desk: Desk, { presence, isSeen }: PresenceDeps): void {
  // No act: telling it twice changes nothing, so it has no key.
  const config = { access: 'desk', right: 'desk:read' } as const;
  desk.server.post('/presenza', { config, schema: { hide: true } }, async (request, reply) => {
    const visit = await desk.admit(request, reply, 'desk:read');
    if (visit === null) return reply;
    const { caller, aoo } = visit;
    const form = postedForm(request.body);
    const [about, page] = [form.text('cosa'), form.text('pagina')];
    if (!ABOUT.test(about) || !PAGE.test(page) || !(await isSeen(aoo, readerOf(caller), about)))
      return reply.status(404).send({ others: [] });
    const { personId, name } = caller;
    if (form.has('esce')) await presence.leave({ aoo, about, page, personId });
    else await presence.beat({ aoo, about, page, personId, name, isWriting: form.text('scrive') === 'si' });
    const others = await presence.others(aoo, [about], personId);
    return reply.send({ others: others.map(({ name: who, isWriting }) => ({ name: who, isWriting })) });
  });
}

/** Says who else is there. Whoever shows something puts it beside its title. */
export const presenceLine = (about: string): Html =>
  html`<p class="d-second d-presence" data-module="presence" data-about="${about}" role="status"></p>`;
