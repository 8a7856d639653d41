import type { AooId } from '../../../../kernel/ids.ts';
import { PROBLEMS, type Problem } from '../../../../kernel/problems.ts';
import { uuidOrNil } from '../../../../kernel/uuid.ts';
import type { People } from '../../../../service/people/people.ts';
import type { Grant } from '../../../../service/people/person.ts';
import { ROLES } from '../../../../service/people/rights.ts';
import type { Office } from '../../../../service/register/office.ts';
import { type Faults, faultyTitle, NO_FAULTS, refusalFaults } from '../components/fields.ts';
import type { Desk } from '../desk.ts';
import { giveSession } from '../entry/browser.ts';
import type { Gate } from '../gate.ts';
import { notFoundView } from '../gate-pages.ts';
import type { DeskAnswer } from '../replies.ts';
import { refused, seeOther } from '../view.ts';
import type { ActVisit, Visit } from '../visit.ts';
import { administratorOf, reachedOffices } from './admin-frame.ts';
import { entryIssuedPage, newPersonPage, peopleListPage, personPage } from './people-pages.ts';

export interface PeopleAdminDeps extends Pick<Gate, 'isSecure'> {
  readonly people: People;
  readonly offices: ReadonlyMap<AooId, Office>;
  readonly now: () => Date;
}

const PATH = '/amministrazione/persone';
const RIGHT = 'administration';
const PAGE = 50;

export function peopleAdminRoutes(desk: Desk, deps: PeopleAdminDeps): void {
  const { people, offices, now } = deps;
  desk.page({ path: PATH, right: RIGHT }, async (visit) => {
    const text = visit.query.text('q').slice(0, 100);
    const after = visit.query.text('da');
    const found = await people.manage.people(administratorOf(visit), { text, after, limit: PAGE + 1 });
    const shown = found.slice(0, PAGE);
    const next = found.length > PAGE ? (shown.at(-1)?.name ?? null) : null;
    return {
      title: 'Persone e ruoli',
      at: 'amministrazione',
      body: peopleListPage({ people: shown, offices: [...offices.values()], text, next, now: now() }),
    };
  });
  newPersonRoutes(desk, deps);
  desk.page({ path: `${PATH}/:person`, right: RIGHT }, (visit) => showPerson(visit, deps));
  personActs(desk, deps);
  roleActs(desk, deps);
  accountActs(desk, deps);
}

const placesOf = ({ caller }: Visit<'administration'>, { offices }: PeopleAdminDeps) => ({
  offices: reachedOffices(caller, offices),
  ofNode: caller.ofNode,
});

function newPersonRoutes(desk: Desk, deps: PeopleAdminDeps): void {
  const show = (visit: Visit<'administration'>, faults: Faults, typed: (name: string) => string): DeskAnswer => ({
    title: faultyTitle('Aggiungi una persona', faults),
    at: 'amministrazione',
    status: faults.size > 0 ? 422 : 200,
    body: newPersonPage(visit, { ...placesOf(visit, deps), faults, typed }),
  });
  desk.page({ path: `${PATH}/nuova`, right: RIGHT }, async (visit) => show(visit, NO_FAULTS, () => ''));
  desk.act({ path: `${PATH}/nuova`, right: RIGHT }, async (visit) => {
    const { form } = visit;
    const wish = grantOf(form.text('ruolo'), deps);
    const done = await deps.people.manage.createPerson(
      {
        name: form.text('persona'),
        login: form.text('nome'),
        address: form.text('indirizzo'),
        grants: wish === null ? [] : [wish],
      },
      administratorOf(visit),
    );
    if (done.ok) return issued(visit, done.value.person.name, done.value.entry, done.value.person.personId);
    return show(visit, refusalFaults(done, FIELDS, 'ruolo'), (name) => form.text(name));
  });
}

const FIELDS: Readonly<Record<string, string>> = {
  name: 'persona',
  login: 'nome',
  role: 'ruolo',
  address: 'indirizzo',
};

const issued = ({ request }: Visit<'administration'>, name: string, entry: string, personId: string): DeskAnswer => ({
  title: 'Collegamento per entrare',
  at: 'amministrazione',
  body: entryIssuedPage(name, `${request.protocol}://${request.host}/entra/${entry}`, personId),
});

async function showPerson(
  visit: Visit<'administration'> | ActVisit<'administration'>,
  deps: PeopleAdminDeps,
  faults: Faults = NO_FAULTS,
): Promise<DeskAnswer> {
  const person = await deps.people.manage.personAndRoles(administratorOf(visit), personId(visit));
  if (person === null) return notFoundView;
  // An account brings roles of other offices, too: whose it is, only who administers the node says.
  const accounts = visit.caller.ofNode
    ? await deps.people.accountLinks?.linkedAccounts(person.personId, administratorOf(visit))
    : null;
  return {
    title: faultyTitle(person.name, faults),
    at: 'amministrazione',
    status: faults.size > 0 ? 422 : 200,
    body: personPage(visit, {
      ...placesOf(visit, deps),
      person,
      names: [...deps.offices.values()],
      faults,
      typed: (name) => ('form' in visit && visit.form.has(name) ? visit.form.typed(name) : null),
      accounts: accounts ?? null,
    }),
  };
}

const personId = ({ params }: Pick<Visit, 'params'>): string => uuidOrNil(params['person'] ?? '');
const back = (visit: Pick<Visit, 'params'>): string => `${PATH}/${personId(visit)}`;

/** Whoever may not see a person is not told that it exists. */
const no = (visit: Pick<Visit, 'params'>, problem: Problem): DeskAnswer =>
  problem.code === 'not-found' ? notFoundView : refused(problem, back(visit));

function personActs(desk: Desk, deps: PeopleAdminDeps): void {
  const { manage } = deps.people;
  desk.act({ path: `${PATH}/:person`, right: RIGHT }, async (visit) => {
    const { form, version } = visit;
    const change = { name: form.text('persona'), address: form.text('indirizzo') };
    const done = await manage.renamePerson(personId(visit), version ?? 0, change, administratorOf(visit));
    if (done.ok) return seeOther(back(visit), 'Dati salvati.');
    return PROBLEMS[done.problem.code].http === 422
      ? showPerson(visit, deps, refusalFaults(done, FIELDS, 'persona'))
      : no(visit, done.problem);
  });
  desk.act({ path: `${PATH}/:person/stato`, right: RIGHT }, async (visit) => {
    const isDisabled = visit.form.text('stato') === 'disattivata';
    const done = await manage.setDisabled(personId(visit), visit.version ?? 0, isDisabled, administratorOf(visit));
    if (!done.ok) return no(visit, done.problem);
    return seeOther(
      back(visit),
      isDisabled ? 'Persona disattivata: i suoi accessi sono chiusi.' : 'Persona riattivata.',
    );
  });
  desk.act({ path: `${PATH}/:person/collegamento`, right: RIGHT }, async (visit) => {
    const by = administratorOf(visit);
    const person = await manage.personAndRoles(by, personId(visit));
    const done = await manage.recoveryEntry(personId(visit), visit.form.has('senza-fattore'), by);
    if (!done.ok || person === null) return done.ok ? notFoundView : no(visit, done.problem);
    return issued(visit, person.name, done.value, person.personId);
  });
}

function accountActs(desk: Desk, deps: PeopleAdminDeps): void {
  const { accountLinks } = deps.people;
  desk.act({ path: `${PATH}/:person/account`, right: RIGHT }, async (visit) => {
    if (accountLinks === null) return notFoundView;
    const subject = visit.form.text('identificativo');
    const done = await accountLinks.linkAccount(personId(visit), subject, administratorOf(visit));
    if (done.ok) return seeOther(`${back(visit)}#account`, 'Account collegato.');
    return done.problem.at === 'subject'
      ? showPerson(visit, deps, new Map([['identificativo', done.problem.message]]))
      : no(visit, done.problem);
  });
  desk.act({ path: `${PATH}/:person/account/togli`, right: RIGHT }, async (visit) => {
    if (accountLinks === null) return notFoundView;
    const account = { issuer: visit.form.text('emittente'), subject: visit.form.text('identificativo') };
    const done = await accountLinks.unlinkAccount(personId(visit), account, administratorOf(visit));
    return done.ok ? seeOther(`${back(visit)}#account`, 'Account scollegato.') : no(visit, done.problem);
  });
}

function roleActs(desk: Desk, deps: PeopleAdminDeps): void {
  const { manage, renewSession } = deps.people;
  const change = async (visit: ActVisit<'administration'>, act: 'giveRole' | 'takeRole', said: string) => {
    const wish = grantOf(visit.form.text('ruolo'), deps);
    if (wish === null) return notFoundView;
    const done = await manage[act](personId(visit), wish, administratorOf(visit));
    if (!done.ok) return no(visit, done.problem);
    // One's own session goes on, under another token.
    if (personId(visit) === visit.caller.personId) giveSession(visit.reply, deps, await renewSession(visit.caller));
    return seeOther(`${back(visit)}#ruoli`, said);
  };
  desk.act({ path: `${PATH}/:person/ruoli`, right: RIGHT }, (visit) => change(visit, 'giveRole', 'Ruolo aggiunto.'));
  desk.act({ path: `${PATH}/:person/ruoli/togli`, right: RIGHT }, (visit) => change(visit, 'takeRole', 'Ruolo tolto.'));
}

/** `<aoo> <role>`; what may be given is decided by the use case. */
function grantOf(text: string, { offices }: PeopleAdminDeps): Grant | null {
  const [place = '', name = ''] = text.split(' ');
  const role = ROLES.find((one) => one === name);
  if (role === undefined || (place !== '-' && !offices.has(place as AooId))) return null;
  return { aoo: place === '-' ? null : (place as AooId), role };
}
