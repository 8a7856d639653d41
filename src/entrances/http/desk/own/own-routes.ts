import { PROBLEMS, type Problem } from '../../../../kernel/problems.ts';
import { uuidOrNil } from '../../../../kernel/uuid.ts';
import type { DigestStore } from '../../../../service/assignments/daily-digest.ts';
import type { DeskCaller } from '../../../../service/people/caller.ts';
import type { People } from '../../../../service/people/people.ts';
import { mayDo } from '../../../../service/people/rights.ts';
import { type Faults, faultyTitle, NO_FAULTS } from '../components/fields.ts';
import { romeDay } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { giveSession, visitorOf } from '../entry/browser.ts';
import type { Gate } from '../gate.ts';
import { notFoundView } from '../gate-pages.ts';
import { type DeskAnswer, tokenOfForms } from '../replies.ts';
import { html } from '../template.ts';
import { refused, seeOther } from '../view.ts';
import type { ActVisit, Visit } from '../visit.ts';
import { factorPage, recoveryCodesPage } from './factor-page.ts';
import { ownPage } from './own-page.ts';

export interface OwnDigests extends Pick<DigestStore, 'wants' | 'setWanted'> {
  /** Is there an address to send it from? */
  isOffered(): boolean;
}

export interface OwnDeps extends Pick<Gate, 'isSecure'> {
  readonly people: People;
  /** The daily e-mail about assignments. */
  readonly digests: OwnDigests;
  readonly now: () => Date;
}

export function ownRoutes(desk: Desk, deps: OwnDeps): void {
  const { people } = deps;
  desk.page({ path: '/io', right: 'own' }, (visit) => show(visit, deps));
  secrets(desk, deps);
  sessionRoutes(desk, deps);
  absences(desk, deps);

  desk.act({ path: '/io/ufficio', right: 'own' }, async ({ caller, form }) => {
    const wanted = (await people.workplaces(caller)).find(({ aoo }) => aoo === form.text('ufficio'));
    if (wanted === undefined) return seeOther('/io');
    const done = await people.chooseOffice(caller, wanted.aoo);
    return done.ok ? seeOther('/', `Ora lavori per ${wanted.name}.`) : refused(done.problem, '/io');
  });
  desk.act({ path: '/io/riepilogo', right: 'own' }, async ({ caller, form }) => {
    if (!(await mayHaveDigest(caller, deps))) return notFoundView;
    const isWanted = form.has('riepilogo');
    await deps.digests.setWanted(caller.personId, isWanted, deps.now());
    return seeOther('/io#riepilogo', isWanted ? 'Il riepilogo arriva ogni mattina.' : 'Il riepilogo non arriva più.');
  });
  desk.act({ path: '/io/tasti', right: 'own' }, async ({ caller, form }) => {
    const singleKeys = form.has('tasti');
    const done = await people.own.setPreferences(caller, { singleKeys });
    if (!done.ok) return refused(done.problem, '/io');
    return seeOther('/io#tasti', singleKeys ? 'Tasti singoli accesi.' : 'Tasti singoli spenti.');
  });
}

/** Only who may be given something, and has an address to be told at. */
const mayHaveDigest = async (caller: DeskCaller, { people, digests }: OwnDeps): Promise<boolean> =>
  digests.isOffered() && mayDo(caller, 'assignments:own') && ((await people.own.me(caller))?.address ?? '') !== '';

async function show(
  visit: Visit<'own'> | ActVisit<'own'>,
  deps: OwnDeps,
  faults: Faults = NO_FAULTS,
): Promise<DeskAnswer> {
  const { caller } = visit;
  const { people, digests, now } = deps;
  const { own, factor } = people;
  const person = await own.me(caller);
  if (person === null) return seeOther('/entra');
  const [state, sessions, workplaces, absent, delegations, colleagues, digest] = await Promise.all([
    factor.state(caller),
    people.sessions(caller),
    people.workplaces(caller),
    own.absences(caller),
    own.delegations(caller),
    own.colleagues(caller),
    mayHaveDigest(caller, deps).then((may) => (may ? digests.wants(caller.personId) : null)),
  ]);
  return {
    title: faultyTitle(person.name, faults),
    status: faults.size > 0 ? 422 : 200,
    body: ownPage(visit, {
      person,
      factor: state,
      sessions,
      workplaces,
      absences: absent,
      delegations,
      colleagues,
      digest,
      today: romeDay(now()),
      now: now(),
      faults,
      typed: (name) => ('form' in visit ? visit.form.text(name) : ''),
    }),
  };
}

/** A mistake in a field is shown beside it; anything else has a page of its own. */
const wrong = (
  visit: ActVisit<'own'>,
  deps: OwnDeps,
  { code, message }: Problem,
  name: string | null,
): Promise<DeskAnswer> | DeskAnswer =>
  name === null || PROBLEMS[code].http !== 422
    ? refused({ code, message, at: '' }, '/io')
    : show(visit, deps, new Map([[name, message]]));

function secrets(desk: Desk, deps: OwnDeps): void {
  const { people } = deps;
  desk.act({ path: '/io/password', right: 'own' }, async (visit) => {
    const { caller, form, request, reply } = visit;
    const done = await people.own.changePassword(caller, form.typed('attuale'), form.typed('nuova'), request.ip);
    if (!done.ok) return wrong(visit, deps, done.problem, done.problem.at === 'old' ? 'attuale' : 'nuova');
    giveSession(reply, deps, done.value);
    return seeOther('/io', 'Password cambiata. Gli altri accessi sono chiusi.');
  });
  desk.page({ path: '/io/secondo-fattore', right: 'own' }, async (visit) => {
    const begun = await people.factor.begin(visit.caller);
    return begun.ok ? factorPage(visit, begun.value, NO_FAULTS) : seeOther('/io#secondo-fattore');
  });
  desk.act({ path: '/io/secondo-fattore', right: 'own' }, async (visit) => {
    const { caller, form, request } = visit;
    // Whoever passes by an open screen must not lock the person out with a telephone of their own.
    const proved = await people.own.provePassword(caller, form.typed('conferma'), request.ip);
    const done = proved.ok ? await people.factor.confirm(caller, form.text('codice'), request.ip) : proved;
    if (done.ok) return recoveryCodesPage(done.value);
    const begun = await people.factor.begin(caller);
    return begun.ok
      ? factorPage(visit, begun.value, new Map([[proved.ok ? 'codice' : 'conferma', done.problem.message]]))
      : seeOther('/io#secondo-fattore');
  });
  desk.act({ path: '/io/secondo-fattore/togli', right: 'own' }, async (visit) => {
    const { caller, form, request } = visit;
    const done = await people.own.endFactor(caller, form.typed('conferma'), request.ip);
    return done.ok
      ? seeOther('/io#secondo-fattore', 'Secondo fattore tolto.')
      : wrong(visit, deps, done.problem, 'conferma');
  });
}

function sessionRoutes(desk: Desk, deps: OwnDeps): void {
  const { people } = deps;
  desk.act({ path: '/io/accessi/chiudi', right: 'own' }, async ({ caller, form, request }) => {
    const done = await people.endSession(caller, uuidOrNil(form.text('accesso')), visitorOf(request, deps));
    return seeOther('/io#accessi', done.ok ? 'Accesso chiuso.' : 'Quell’accesso era già chiuso.');
  });
  desk.act({ path: '/io/accessi/chiudi-altri', right: 'own' }, async ({ caller, request }) => {
    const ended = await people.endOtherSessions(caller, visitorOf(request, deps));
    return seeOther('/io#accessi', ended === 1 ? 'Un accesso chiuso.' : `Chiusi ${ended} accessi.`);
  });
  // What a page asks before it sends a form: who is signed in, with which token, for which office.
  desk.server.get(
    '/io/sessione',
    { config: { access: 'desk', isOpen: true }, schema: { hide: true } },
    async (request, reply) =>
      request.deskCaller === null
        ? reply.status(401).send({ token: null })
        : reply.send({
            token: tokenOfForms(request, reply),
            person: request.deskCaller.personId,
            office: request.deskCaller.aoo,
          }),
  );
  desk.page({ path: '/io/entrato', right: 'own' }, async () => ({
    title: 'Sei di nuovo dentro',
    body: html`<div class="d-narrow"><h1>Sei di nuovo dentro</h1><p>Chiudi questa scheda e torna all’altra: quello che avevi scritto è ancora lì.</p></div>`,
  }));
}

function absences(desk: Desk, deps: OwnDeps): void {
  const { own } = deps.people;
  desk.act({ path: '/io/assenze', right: 'own' }, async (visit) => {
    const { caller, form } = visit;
    const days = { first: form.text('assente-dal'), last: form.text('assente-al') || form.text('assente-dal') };
    const done = await own.addAbsence(caller, days);
    return done.ok ? seeOther('/io#assenze', 'Assenza segnata.') : wrong(visit, deps, done.problem, 'assente-al');
  });
  desk.act({ path: '/io/assenze/togli', right: 'own' }, async ({ caller, form }) => {
    await own.endAbsence(caller, uuidOrNil(form.text('assenza')));
    return seeOther('/io#assenze', 'Assenza tolta.');
  });
  desk.act({ path: '/io/deleghe', right: 'own' }, async (visit) => {
    const { caller, form } = visit;
    const days = { first: form.text('delega-dal'), last: form.text('delega-al') || form.text('delega-dal') };
    const done = await own.delegate(caller, form.text('delegato'), days, form.text('delega-nota'));
    if (done.ok) return seeOther('/io#assenze', 'Delega data.');
    return wrong(visit, deps, done.problem, done.problem.at === 'to' ? 'delegato' : 'delega-al');
  });
  desk.act({ path: '/io/deleghe/togli', right: 'own' }, async ({ caller, form }) => {
    const done = await own.endDelegation(caller, uuidOrNil(form.text('delega')));
    return seeOther('/io#assenze', done.ok ? 'Delega tolta.' : 'Quella delega era già finita.');
  });
}
