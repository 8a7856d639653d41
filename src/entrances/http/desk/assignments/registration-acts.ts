/** What people do to the assignment of one registration: forms that ask for more, and acts that are one tap. */
import type { AssignmentAct } from '../../../../domain/assignments/assignment.ts';
import { type Problem, type ProblemCode, problem } from '../../../../kernel/problems.ts';
import { assignmentActor, offeredActs } from '../../../../service/assignments/actor.ts';
import type { AssignedRegistration } from '../../../../service/assignments/assignment-views.ts';
import type { AssignmentDecided } from '../../../../service/assignments/decide-assignment.ts';
import { readerOf } from '../../../../service/people/rights.ts';
import { type Faults, NO_FAULTS } from '../components/fields.ts';
import { registrationPath, romeDay } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import type { PostedForm } from '../form.ts';
import { FRAMEWORK_FIELDS } from '../form.ts';
import { notFoundView } from '../gate-pages.ts';
import type { DeskAnswer } from '../replies.ts';
import { refused, seeOther } from '../view.ts';
import type { ActVisit, Visit } from '../visit.ts';
import { type AssignFormOptions, assignView, type Filled, passOnView, returnView } from './assign-forms.ts';
import { type AssignmentDeps, backTo, registrationNamed } from './assignment-deps.ts';
import { targetOf } from './targets.ts';

const PATH = '/registro/:year/:number';
const LIST = '/assegnazioni';
type AtOffice = Visit<'assign' | 'assignments:own'>;
type Act = ActVisit<'assign' | 'assignments:own'>;

export function registrationActs(desk: Desk, deps: AssignmentDeps): void {
  desk.page({ path: `${PATH}/assegna`, right: 'assign' }, async (visit) =>
    withOptions(deps, visit, NOTHING_FILLED, (options) =>
      options.registration.isAnnulled
        ? refused(problem('registration-annulled'), registrationPath(options.registration))
        : assignView(options),
    ),
  );
  desk.act({ path: `${PATH}/assegna`, right: 'assign' }, (visit) => assignByForm(deps, visit));
  for (const [act, meant] of [
    ['riassegna', 'reassign'],
    ['delega', 'delegate'],
  ] as const) {
    const show = (options: AssignFormOptions) => passOnView(options, act);
    formOf(desk, deps, act, meant, show);
  }
  formOf(desk, deps, 'restituisci', 'return', returnView);
  for (const [act, meant] of [
    ['prendi', 'accept'],
    ['concludi', 'close'],
    ['letta', 'read'],
    ['ritira', 'withdraw'],
  ] as const)
    desk.act({ path: `${PATH}/${act}`, right: 'assignments:own' }, (visit) => decide(deps, visit, meant, null));
}

/** A page that asks, and the act it leads to. */
function formOf(
  desk: Desk,
  deps: AssignmentDeps,
  path: string,
  act: AssignmentAct,
  show: (options: AssignFormOptions) => DeskAnswer,
): void {
  desk.page({ path: `${PATH}/${path}`, right: 'assignments:own' }, async (visit) =>
    withOptions(deps, visit, NOTHING_FILLED, async (options) => {
      const actor = assignmentActor(visit.caller);
      const standsInFor = await deps.assignments.views.standsInFor(
        visit.aoo,
        actor.personId,
        romeDay(deps.assignments.now()),
      );
      const { present, registration } = options;
      const isOffered =
        present !== null && offeredActs(actor, present, standsInFor, registration.isAnnulled).includes(act);
      return isOffered ? show(options) : notFoundView;
    }),
  );
  desk.act({ path: `${PATH}/${path}`, right: 'assignments:own' }, (visit) => decide(deps, visit, act, show));
}

const NOTHING_FILLED: Filled = { to: '', information: [], note: '', faults: NO_FAULTS };

const filledIn = ({ form }: Act, faults: Faults): Filled => ({
  to: form.text('competenza') || form.text('a'),
  information: form.all('conoscenza'),
  note: form.typed('nota'),
  act: form.text(FRAMEWORK_FIELDS.act),
  faults,
});

/** Only of a registration that the person may see. */
async function withOptions(
  { assignments: { views, now } }: AssignmentDeps,
  visit: AtOffice,
  filled: Filled,
  show: (options: AssignFormOptions) => DeskAnswer | Promise<DeskAnswer>,
): Promise<DeskAnswer> {
  const { office, aoo, params, caller, query, token } = visit;
  const key = registrationNamed(office, params);
  const registration = key === null ? null : await views.about(readerOf(caller), aoo, key);
  if (key === null || registration === null) return notFoundView;
  const [holding, units] = await Promise.all([views.holding(aoo, key), views.choices(aoo, romeDay(now()))]);
  const back = backTo(query.text('torna'), registrationPath(key));
  return show({ registration, units, present: holding.competence, token, filled, back });
}

const backOf = (form: PostedForm, registration: Pick<AssignedRegistration, 'year' | 'number'>): string =>
  backTo(form.text('torna'), registrationPath(registration));

async function assignByForm(deps: AssignmentDeps, visit: Act): Promise<DeskAnswer> {
  const { form, office, params, caller, call, version } = visit;
  const registration = registrationNamed(office, params);
  if (registration === null) return notFoundView;
  const information = form.all('conoscenza').flatMap((value) => targetOf(value) ?? []);
  const competence = targetOf(form.text('competenza'));
  const request = { registration, competence, information, note: form.typed('nota'), version };
  const done = await deps.assignments.assign(office, request, assignmentActor(caller), call);
  if (!done.ok) return notDone(deps, visit, done.problem, (options) => assignView(options));
  const given = [
    ...(done.value.competence === null ? [] : [`Assegnata a ${done.value.competence}.`]),
    ...(done.value.information.length === 0 ? [] : [`Per conoscenza a ${done.value.information.join('; ')}.`]),
  ];
  return seeOther(backOf(form, registration), given.join(' ') || 'Lo sapevano già tutti.');
}

async function decide(
  deps: AssignmentDeps,
  visit: Act,
  act: AssignmentAct,
  show: ((options: AssignFormOptions) => DeskAnswer) | null,
): Promise<DeskAnswer> {
  const { form, office, params, caller, call, version } = visit;
  const registration = registrationNamed(office, params);
  if (registration === null) return notFoundView;
  const request = {
    assignmentId: form.text('assegnazione'),
    act,
    to: targetOf(form.text('a')),
    note: form.typed('nota'),
    version,
  };
  const done = await deps.assignments.decide(office, request, assignmentActor(caller), call);
  if (!done.ok) return notDone(deps, visit, done.problem, show);
  // Whoever has given it away may no longer see it: its page would say that there is none.
  const isSeen = (await deps.assignments.views.about(readerOf(caller), visit.aoo, registration)) !== null;
  return seeOther(isSeen ? backOf(form, registration) : LIST, sentenceOf(act, done.value));
}

/** What can be mended in the form is shown there; what cannot, on a page that says what happened. */
const MENDED_IN: Partial<Record<ProblemCode, readonly string[]>> = {
  'assignment-target-missing': ['competenza', 'a'],
  'assignment-unit-inactive': ['competenza', 'a'],
  'assignment-person-elsewhere': ['competenza', 'a'],
  'assignment-target-same': ['competenza', 'a'],
  'assignment-target-outside': ['a'],
  'assignment-reason-missing': ['nota'],
  'assignment-text-too-long': ['nota'],
};

async function notDone(
  deps: AssignmentDeps,
  visit: Act,
  problem: Problem,
  show: ((options: AssignFormOptions) => DeskAnswer) | null,
): Promise<DeskAnswer> {
  const { form, params, office } = visit;
  const fields = MENDED_IN[problem.code];
  const field = fields?.find((name) => form.has(name)) ?? fields?.[0];
  const key = registrationNamed(office, params);
  if (problem.code === 'not-found') return notFoundView;
  if (show === null || field === undefined)
    return refused(problem, backOf(form, { year: key?.year ?? 0, number: key?.number ?? 0 }));
  return withOptions(deps, visit, filledIn(visit, new Map([[field, problem.message]])), (options) =>
    show({ ...options, back: backOf(form, options.registration) }),
  );
}

function sentenceOf(act: AssignmentAct, { holder }: AssignmentDecided): string {
  switch (act) {
    case 'accept':
      return 'Presa in carico.';
    case 'return':
      return 'Restituita al protocollo e a chi l’aveva assegnata.';
    case 'reassign':
      return `Riassegnata a ${holder}.`;
    case 'delegate':
      return `Delegata a ${holder}.`;
    case 'close':
      return 'Conclusa.';
    case 'read':
      return 'Segnata come letta.';
    case 'withdraw':
      return 'Ritirata.';
    case 'note':
      return 'Nota aggiunta.';
  }
}
