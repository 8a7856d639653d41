/** Several at once. Each is an act of its own: what became of it is told by name, and what failed can be tried again. */
import type { AssignmentAct, Holder } from '../../../../domain/assignments/assignment.ts';
import { sha256 } from '../../../../kernel/digest.ts';
import type { Result } from '../../../../kernel/result.ts';
import { assignmentActor } from '../../../../service/assignments/actor.ts';
import type { AssignmentDecided } from '../../../../service/assignments/decide-assignment.ts';
import type { Call } from '../../../../service/register/idempotent-command.ts';
import { badge } from '../components/badge.ts';
import { actBar, button, linkButton } from '../components/buttons.ts';
import { errorSummary, type Faults, faultyTitle, NO_FAULTS, textArea } from '../components/fields.ts';
import { dataTable } from '../components/lists.ts';
import { note, part, sheet } from '../components/note.ts';
import { num, registrationPath, romeDay } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import type { DeskAnswer } from '../replies.ts';
import { html } from '../template.ts';
import type { View } from '../view.ts';
import { seeOther } from '../view.ts';
import { type ActVisit, actFields } from '../visit.ts';
import { type AssignmentDeps, backTo } from './assignment-deps.ts';
import { targetField, targetOf } from './targets.ts';

type Visit = ActVisit<'assignments:own'>;

/** One page of a list. */
const MOST_AT_ONCE = 100;

export function bulkActs(desk: Desk, deps: AssignmentDeps): void {
  desk.act({ path: '/assegnazioni/prendi', right: 'assignments:own' }, (visit) => forEach(deps, visit, 'accept', null));
  desk.act({ path: '/assegnazioni/riassegna', right: 'assignments:own' }, async (visit) => {
    const { form } = visit;
    if (chosenOf(visit).length === 0) return nothingChosen(visit);
    if (!form.has('a')) return targetView(deps, visit, NO_FAULTS);
    const to = targetOf(form.text('a'));
    if (to !== null) return forEach(deps, visit, 'reassign', to);
    return targetView(deps, visit, new Map([['a', 'Scegli a chi passano.']]));
  });
}

interface Chosen {
  readonly assignmentId: string;
  readonly version: number;
}

const CHOSEN = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/(\d{1,9})$/;

const chosenOf = ({ form }: Visit): readonly Chosen[] =>
  form
    .all('scelta')
    .slice(0, MOST_AT_ONCE)
    .flatMap((value) => {
      const [, assignmentId, version] = CHOSEN.exec(value) ?? [];
      return assignmentId === undefined ? [] : [{ assignmentId, version: Number(version) }];
    });

const backOf = ({ form }: Visit): string => backTo(form.text('torna'), '/assegnazioni');
const nothingChosen = (visit: Visit): DeskAnswer =>
  seeOther(backOf(visit), 'Scegline almeno una: non è cambiato nulla.');

async function targetView(
  { assignments: { views, now } }: AssignmentDeps,
  visit: Visit,
  faults: Faults,
): Promise<View> {
  const units = await views.choices(visit.aoo, romeDay(now()));
  const chosen = chosenOf(visit);
  const title = `Riassegna ${chosen.length === 1 ? 'una assegnazione' : `${chosen.length} assegnazioni`}`;
  return {
    title: faultyTitle(title, faults),
    at: 'scrivania',
    status: faults.size > 0 ? 422 : 200,
    body: html`
      <p class="d-crumb"><a href="${backOf(visit)}" data-escape>← Assegnazioni</a></p>
      <div class="d-narrow"><h1>${title}</h1>${sheet(
        part(
          {},
          html`<form method="post" action="/assegnazioni/riassegna" novalidate>
            ${actFields(visit)}<input type="hidden" name="torna" value="${backOf(visit)}">
            ${chosen.map(({ assignmentId, version }) => html`<input type="hidden" name="scelta" value="${assignmentId}/${version}">`)}
            ${errorSummary(faults)}
            ${targetField({ name: 'a', label: 'A chi passano', units, faults })}
            ${textArea({ name: 'nota', label: 'Motivo', value: visit.form.typed('nota'), rows: 2, most: 2_000, optional: true })}
            ${actBar(button({ label: title, kind: 'primary' }), linkButton({ label: 'Lascia stare', kind: 'quiet', href: backOf(visit) }))}
          </form>`,
        ),
      )}</div>`,
  };
}

interface Outcome {
  readonly name: string;
  readonly href: string | null;
  readonly kind: 'done' | 'skipped' | 'failed';
  readonly says: string;
}

async function forEach(deps: AssignmentDeps, visit: Visit, act: AssignmentAct, to: Holder | null): Promise<DeskAnswer> {
  const chosen = chosenOf(visit);
  if (chosen.length === 0) return nothingChosen(visit);
  const { office, caller, call, form } = visit;
  const outcomes: Outcome[] = [];
  for (const { assignmentId, version } of chosen) {
    const request = { assignmentId, version, act, to, note: form.typed('nota') };
    const done = await deps.assignments.decide(office, request, assignmentActor(caller), callFor(call, request));
    outcomes.push(await outcomeOf(deps, visit, assignmentId, done));
  }
  const failed = outcomes.filter(({ kind }) => kind !== 'done').length;
  if (failed === 0) return seeOther(backOf(visit), allDone(act, outcomes));
  return outcomesView(visit, outcomes);
}

/** The key of the form is that of each of its acts, so that the form sent twice does each once. */
const callFor = (
  call: Call,
  { assignmentId, act, to, version }: Chosen & { act: AssignmentAct; to: Holder | null },
): Call =>
  call.idempotency === null
    ? call
    : {
        ...call,
        idempotency: {
          key: `${call.idempotency.key}:${assignmentId}`,
          digest: sha256(JSON.stringify([call.idempotency.digest, act, to, version])),
        },
      };

const allDone = (act: AssignmentAct, outcomes: readonly Outcome[]): string => {
  const [first, ...others] = outcomes;
  if (first === undefined || others.length === 0) return first?.says ?? '';
  return act === 'accept' ? `${outcomes.length} prese in carico.` : `${outcomes.length} riassegnate.`;
};

const SKIPPED = new Set(['assignment-state', 'assignment-target-same']);

async function outcomeOf(
  { assignments: { views } }: AssignmentDeps,
  { aoo }: Visit,
  assignmentId: string,
  done: Result<AssignmentDecided>,
): Promise<Outcome> {
  if (done.ok) {
    const { registration, holder } = done.value;
    return { name: num(registration), href: registrationPath(registration), kind: 'done', says: `Ora è di ${holder}.` };
  }
  const { code, message } = done.problem;
  const registration = code === 'not-found' ? null : await views.registrationOf(aoo, assignmentId);
  return {
    name: registration === null ? 'Una che non c’è più' : num(registration),
    href: registration === null ? null : registrationPath(registration),
    kind: SKIPPED.has(code) ? 'skipped' : 'failed',
    says: message,
  };
}

const KINDS = {
  done: badge('ok', 'Fatta'),
  skipped: badge('wait', 'Saltata'),
  failed: badge('bad', 'Non fatta'),
} as const;

const outcomesView = (visit: Visit, outcomes: readonly Outcome[]): View => {
  const count = (kind: Outcome['kind']): number => outcomes.filter((one) => one.kind === kind).length;
  return {
    title: 'Che cosa è stato fatto',
    at: 'scrivania',
    body: html`
      <p class="d-crumb"><a href="${backOf(visit)}" data-escape>← Assegnazioni</a></p>
      <h1>Che cosa è stato fatto</h1>
      ${note('warn', html`<strong>${count('done')} fatte, ${count('skipped')} saltate, ${count('failed')} non fatte.</strong> Quelle non fatte sono rimaste come erano.`)}
      ${sheet(
        part(
          {},
          dataTable({
            caption: 'Una riga per ogni assegnazione scelta',
            head: ['Registrazione', 'Esito', 'Perché'],
            rows: outcomes.map(({ name, href, kind, says }) => [
              href === null ? name : html`<a href="${href}">${name}</a>`,
              KINDS[kind],
              says,
            ]),
          }),
        ),
      )}
      <p>${linkButton({ label: 'Torna all’elenco', kind: 'primary', href: backOf(visit) })}</p>`,
  };
};
