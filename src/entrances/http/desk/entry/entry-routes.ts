import type { AooId } from '../../../../kernel/ids.ts';
import { PROBLEMS } from '../../../../kernel/problems.ts';
import type { PendingEntry } from '../../../../service/people/entries.ts';
import type { People } from '../../../../service/people/people.ts';
import type { Office } from '../../../../service/register/office.ts';
import { type Faults, refusalFaults } from '../components/fields.ts';
import type { Desk } from '../desk.ts';
import type { Gate } from '../gate.ts';
import type { FooterLinks } from '../layout.ts';
import { ROLE_NAMES } from '../role-names.ts';
import { html } from '../template.ts';
import { seeOther, type View } from '../view.ts';
import type { OpenVisit } from '../visit.ts';
import { accountRoutes, type DeskAccounts, leavingPage, originOf } from './account-routes.ts';
import { giveCookies, returnTo, takeSession, visitorOf } from './browser.ts';
import { type DoorFrame, doorPage } from './door-page.ts';
import { signInHereRoutes } from './sign-in-here.ts';
import { entryGonePage, entryPage, signInPage } from './sign-in-page.ts';

export interface DoorDeps extends Pick<Gate, 'isSecure'> {
  readonly people: Pick<People, 'signIn' | 'signOut' | 'entry' | 'useEntry'>;
  /** The body's own accounts; null: there are none. */
  readonly accounts: DeskAccounts | null;
  readonly offices: ReadonlyMap<AooId, Office>;
  readonly footer: FooterLinks;
}

export function entryRoutes(desk: Desk, deps: DoorDeps): void {
  const { people } = deps;
  const frame = frameOf(deps);
  const { accounts } = deps;
  const accountName = accounts?.name ?? null;

  desk.openPage('/entra', async ({ caller, query, token }) => {
    const back = returnTo(query.text('ritorno'));
    return caller === null ? signInPage(frame(), { token, returnTo: back, accountName }) : seeOther(back);
  });

  desk.openAct('/entra', async ({ query, form, request, reply, token }) => {
    const back = returnTo(query.text('ritorno'));
    const login = form.text('nome');
    const typed = { login, password: form.typed('password'), code: form.text('codice') };
    const done = await people.signIn(typed, visitorOf(request, deps));
    if (done.ok) {
      giveCookies(reply, deps, done.value);
      return seeOther(back);
    }
    const { message, code } = done.problem;
    const status = PROBLEMS[code].http;
    return signInPage(frame(), { token, returnTo: back, login, refusal: message, status, accountName });
  });

  accountRoutes(desk, { ...deps, frame });
  signInHereRoutes(desk, { ...deps, accountName });
  entries(desk, deps, frame);

  desk.act({ path: '/esci', right: 'own' }, async ({ request, reply }) => {
    const visitor = visitorOf(request, deps);
    const left = visitor.session === null ? null : await people.signOut(visitor.session, visitor);
    takeSession(reply, deps);
    const origin = accounts === null || left?.method !== 'account' ? null : originOf(request, accounts);
    if (accounts === null || left === null || origin === null) return seeOther('/uscito');
    const next = await accounts.leave(left.accountToken, `${origin}/uscito`);
    return next === null ? seeOther('/uscito') : leavingPage(frame(), reply, next, accounts.name);
  });

  desk.openPage('/uscito', async () =>
    doorPage(
      frame(),
      'Sei uscito',
      html`<h1 class="d-h1">Sei uscito</h1><p>Su questo computer nessuno è più collegato al protocollo.</p><p><a class="d-button d-button--secondary" href="/entra">Entra di nuovo</a></p>`,
    ),
  );
}

type Frame = () => DoorFrame;

const frameOf =
  ({ offices, footer }: DoorDeps): Frame =>
  () => {
    const [one, ...more] = [...offices.values()];
    return { name: one === undefined || more.length > 0 ? null : one.name, footer };
  };

function entries(desk: Desk, deps: DoorDeps, frame: Frame): void {
  const { people, offices } = deps;
  const show = (
    { params, token }: OpenVisit,
    { person, grants, needsCode }: PendingEntry,
    more: { typed: { name: string; login: string }; faults?: Faults; status?: number },
  ): View =>
    entryPage(frame(), {
      token,
      path: `/entra/${encodeURIComponent(params['token'] ?? '')}`,
      person,
      needsCode,
      roles: grants.map(({ aoo, role }) =>
        aoo === null ? ROLE_NAMES[role] : `${ROLE_NAMES[role]}, ${offices.get(aoo)?.name ?? aoo}`,
      ),
      ...more,
    });

  desk.openPage('/entra/:token', async (visit) => {
    const entry = await people.entry(visit.params['token'] ?? '');
    return entry === null ? entryGonePage(frame()) : show(visit, entry, { typed: { name: '', login: '' } });
  });

  desk.openAct('/entra/:token', async (visit) => {
    const { params, form, request, reply } = visit;
    const token = params['token'] ?? '';
    const typed = { name: form.text('persona'), login: form.text('nome') };
    const filled = { ...typed, password: form.typed('password'), code: form.text('codice') };
    const done = await people.useEntry(token, filled, visitorOf(request, deps));
    if (done.ok) {
      giveCookies(reply, deps, done.value);
      return seeOther('/', `Benvenuto, ${done.value.name}.`);
    }
    const { code } = done.problem;
    const entry = code === 'entry-unknown' ? null : await people.entry(token);
    if (entry === null) return entryGonePage(frame());
    return show(visit, entry, {
      typed,
      faults: refusalFaults(done, FIELD_NAMES, 'password'),
      status: PROBLEMS[code].http,
    });
  });
}

/** What the use cases call a field, and what the forms do. */
const FIELD_NAMES: Readonly<Record<string, string>> = {
  name: 'persona',
  login: 'nome',
  password: 'password',
  code: 'codice',
};
