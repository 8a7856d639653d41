/** What a person decides on a message. The use cases say what is allowed, and hold the version against what has happened since. */
import { type Problem, problem } from '../../../../kernel/problems.ts';
import type { Result } from '../../../../kernel/result.ts';
import { assignmentActor } from '../../../../service/assignments/actor.ts';
import { mayDo, readerOf } from '../../../../service/people/rights.ts';
import type { MessageSheet } from '../../../../service/queries/message-sheets.ts';
import { targetOf } from '../assignments/targets.ts';
import { contentOf, filingOf, typedOf } from '../by-hand/typed-form.ts';
import { actBar, button } from '../components/buttons.ts';
import { errorSummary, type Faults, faultyTitle, field, NO_FAULTS } from '../components/fields.ts';
import { withWayBack } from '../components/way-back.ts';
import { numberLink, onDayAt, romeTime } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { FRAMEWORK_FIELDS, type PostedForm } from '../form.ts';
import { notFoundView } from '../gate-pages.ts';
import type { DeskAnswer } from '../replies.ts';
import { html } from '../template.ts';
import { refused, seeOther, type View } from '../view.ts';
import { type ActVisit, actFields } from '../visit.ts';
import { DECIDED } from './decided-words.ts';
import type { MessageDeps, OfficeVisit } from './message-deps.ts';
import { ASKED, type AskedAct, decisionPage, MOST_REASON, tooLateView } from './message-forms.ts';
import { actsOn } from './message-state.ts';
import { offeredFor } from './register-choices.ts';

type Deciding = ActVisit<'messages:decide'>;
interface Answered {
  readonly exchangeId: string;
  readonly identifier?: { readonly register?: string | null; readonly number: string; readonly date: string } | null;
}

export function messageActs(desk: Desk, deps: MessageDeps): void {
  for (const act of Object.keys(ASKED) as AskedAct[]) askedAct(desk, deps, act);
  plainAct(desk, deps, 'conferma', 'Conferma', 'La conferma parte.', (visit, exchangeId) =>
    deps.commands.confirm(visit.office, { exchangeId, version: visit.version }, visit.call),
  );
  plainAct(
    desk,
    deps,
    'invia-di-nuovo',
    'Invia di nuovo',
    'Il messaggio parte di nuovo, con lo stesso numero.',
    (visit, exchangeId) => deps.commands.resend(visit.office, { exchangeId, version: visit.version }, visit.call),
  );
  closingTasks(desk, deps);
}

const sheetFor = (visit: OfficeVisit, { sheets }: MessageDeps): Promise<MessageSheet | null> =>
  sheets.exchange(visit.aoo, visit.params['id'] ?? '', readerOf(visit.caller));

function askedAct(desk: Desk, deps: MessageDeps, act: AskedAct): void {
  const path = `/messaggi/:id/${ASKED[act].path}`;
  desk.page({ path, right: 'messages:decide' }, async (visit) => {
    const sheet = await sheetFor(visit, deps);
    if (sheet === null) return notFoundView;
    return actsOn(sheet).has(act)
      ? decisionPage(visit, sheet, act, await offered(act, visit, sheet, deps))
      : seeOther(`/messaggi/${sheet.exchange.id}`, 'Nello stato di adesso non si può fare.');
  });
  desk.act({ path, right: 'messages:decide' }, async (visit) => {
    const sheet = await sheetFor(visit, deps);
    if (sheet === null) return notFoundView;
    const faults = faultsOf(act, visit);
    const again = async (wrong: Faults) =>
      decisionPage(visit, sheet, act, await offered(act, visit, sheet, deps), {
        ...{ form: visit.form, faults: wrong, act: visit.form.text(FRAMEWORK_FIELDS.act) },
      });
    if (faults.size > 0) return again(faults);
    const done = await decide(act, visit, sheet.exchange.id, deps);
    const field = done.ok ? undefined : FILING_FIELDS.get(done.problem.at);
    if (!done.ok && field !== undefined && act === 'register') return again(new Map([[field, done.problem.message]]));
    const unassigned = done.ok && act === 'register' ? await assignTo(visit, done.value, deps) : null;
    const said = unassigned === null ? null : `Non è stato assegnato: ${unassigned}`;
    return answered(visit, deps, sheet.exchange.id, ASKED[act].label, saidOf(act), done, { also: said });
  });
}

function decide(
  act: AskedAct,
  visit: Deciding,
  exchangeId: string,
  { commands, registerFiled }: MessageDeps,
): Promise<Result<Answered>> {
  const { office, form, call, version } = visit;
  const { reason } = ASKED[act];
  const asked = { exchangeId, version, reason: reason === null ? '' : form.text(reason.name) };
  switch (act) {
    case 'register': {
      const { personId, name } = visit.caller;
      return registerFiled(
        office,
        {
          exchangeId,
          version,
          subject: form.text('oggetto'),
          filing: filingOf(typedOf(contentOf(form.fields)), office.register),
          given: office.numbering === 'external' ? numberGiven(office.register, form) : null,
          answer: form.has('conferma'),
        },
        { personId, name, reader: readerOf(visit.caller) },
        call,
      );
    }
    case 'refuse':
      return commands.refuse(office, asked, call);
    default:
      return commands.setAside(office, { ...asked, how: act }, call);
  }
}

/** The field of the form behind what is wrong with where it goes. */
const FILING_FIELDS: ReadonlyMap<string, string> = new Map([
  ['classification', 'classe'],
  ['file', 'fascicolo'],
  ['precedents', 'precedenti'],
]);

const offered = (act: AskedAct, visit: OfficeVisit, sheet: MessageSheet, deps: MessageDeps) =>
  act === 'register' ? offeredFor(visit, sheet, deps) : null;

/** Null: it is assigned, or to nobody; else why not. Under a key of the form's: the next press does what was lost in between. */
async function assignTo(visit: Deciding, { identifier }: Answered, deps: MessageDeps): Promise<string | null> {
  const { form, office, call } = visit;
  const competence = targetOf(form.text('competenza'));
  const information = form.all('conoscenza').flatMap((value) => targetOf(value) ?? []);
  if (identifier == null || (competence === null && information.length === 0)) return null;
  const { register, number, date } = identifier;
  const registration = {
    ...{ register: register ?? office.register, year: Number(date.slice(0, 4)), number: Number(number) },
  };
  const key = call.idempotency === null ? null : { ...call.idempotency, key: `${call.idempotency.key} assegna` };
  const wish = { registration, competence, information, note: '', version: null };
  const given = await deps.assign(office, wish, assignmentActor(visit.caller), { ...call, idempotency: key });
  return given.ok ? null : given.problem.message;
}

const numberGiven = (register: string, form: PostedForm) => ({
  register,
  number: Number(form.text('numero')),
  date: form.text('data'),
  time: '00:00:00',
});

function faultsOf(act: AskedAct, { form, office }: Deciding): Faults {
  const faults = new Map<string, string>();
  const { reason } = ASKED[act];
  if (reason !== null) {
    const text = form.text(reason.name);
    if (text === '')
      faults.set(reason.name, act === 'refuse' ? 'Scrivi il motivo: lo legge il mittente.' : 'Scrivi perché.');
    if (text.length > MOST_REASON) faults.set(reason.name, `Accorcia il motivo a ${MOST_REASON} caratteri.`);
  }
  if (act !== 'register') return faults;
  if (form.text('oggetto') === '') faults.set('oggetto', 'Scrivi l’oggetto.');
  if (office.numbering === 'external') {
    if (!/^[1-9]\d{0,11}$/.test(form.text('numero'))) faults.set('numero', 'Indica il numero, senza zeri davanti.');
    if (!/^\d{4}-\d\d-\d\d$/.test(form.text('data'))) faults.set('data', 'Indica la data di registrazione.');
  }
  return faults;
}

const saidOf = (act: AskedAct): string =>
  ({
    register: 'Registrato',
    refuse: 'Rifiutato: la notifica parte.',
    close: 'Messo da parte.',
    'hand-over': 'Affidato a una persona.',
  })[act];

function plainAct(
  desk: Desk,
  deps: MessageDeps,
  path: string,
  label: string,
  said: string,
  act: (visit: Deciding, exchangeId: string) => Promise<Result<Answered>>,
): void {
  desk.act({ path: `/messaggi/:id/${path}`, right: 'messages:decide' }, async (visit) => {
    const sheet = await sheetFor(visit, deps);
    if (sheet === null) return notFoundView;
    return answered(visit, deps, sheet.exchange.id, label, said, await act(visit, sheet.exchange.id), { stays: true });
  });
}

/** After a decision, the next thing that waits; it says what was done. `stays`: there is more to see here. */
async function answered(
  visit: Deciding,
  deps: MessageDeps,
  id: string,
  label: string,
  said: string,
  done: Result<Answered>,
  { stays = false, also = null }: { readonly stays?: boolean; readonly also?: string | null } = {},
): Promise<DeskAnswer> {
  if (!done.ok) return tooLateOr(visit, deps, label, done.problem);
  const { identifier } = done.value;
  const link = identifier != null && said === 'Registrato' ? numberLink(identifier) : null;
  const told = link === null ? said : `Registrato con il ${link.label}.`;
  if (also !== null) return seeOther(`/messaggi/${id}`, `${told} ${also}`, link);
  if (stays) return seeOther(`/messaggi/${id}`, told);
  const next = await deps.sheets.nextOpen(visit.aoo, id, readerOf(visit.caller));
  const list = '/scrivania';
  return next === null
    ? seeOther(list, told, link)
    : seeOther(withWayBack(`/messaggi/${next.id}`, list), `${told} Ecco il prossimo.`, link);
}

async function tooLateOr(visit: Deciding, deps: MessageDeps, label: string, problem: Problem): Promise<DeskAnswer> {
  const sheet = await sheetFor(visit, deps);
  const back = `/messaggi/${visit.params['id'] ?? ''}`;
  if (sheet === null || (problem.code !== 'version-conflict' && problem.code !== 'state-conflict'))
    return refused(problem, back);
  const { exchange } = sheet;
  const event = exchange.events.findLast(({ type }) => type in DECIDED);
  const what = DECIDED[event?.type ?? ''];
  const typed =
    ['motivo', 'perche', 'nota', 'oggetto'].map((name) => visit.form.typed(name)).find((text) => text !== '') ?? '';
  if (event === undefined || what === undefined)
    return tooLateView(sheet, label, html`Intanto il messaggio è cambiato: ${problem.message}`, typed);
  const by = (event.data as { readonly by?: unknown } | null)?.by;
  const number =
    exchange.ourNumber === null || event.type !== 'registered-by-hand' ? '' : ` con il n.\u00a0${exchange.ourNumber}`;
  const who = html`${typeof by === 'string' && by !== visit.call.by ? html`<bdi>${by}</bdi> ha deciso prima di te` : 'È già stato deciso'}: ${what} alle ${romeTime(new Date(event.at))}${number}.`;
  return tooLateView(sheet, label, who, typed);
}

const TASK_PATH = '/messaggi/:id/segnalazioni/:task/chiudi';

function closingTasks(desk: Desk, deps: MessageDeps): void {
  const find = async (visit: OfficeVisit) => {
    const reader = readerOf(visit.caller);
    const { id = '', task = '' } = visit.params;
    const sheet = await deps.sheets.exchange(visit.aoo, id, reader);
    const tasks = sheet?.exchange.tasks ?? (await deps.sheets.mail(visit.aoo, id, reader))?.tasks ?? [];
    return tasks.find((one) => one.id === task) ?? null;
  };
  const page = (visit: OfficeVisit, sentence: string, faults: Faults = NO_FAULTS, typed = ''): View => ({
    title: faultyTitle('Chiudi la segnalazione', faults),
    at: 'scrivania',
    status: faults.size > 0 ? 422 : 200,
    body: html`<div class="d-narrow"><p class="d-crumb"><a href="/messaggi/${visit.params['id'] ?? ''}" data-escape>← Al messaggio</a></p><h1>Chiudi la segnalazione</h1>${errorSummary(faults)}<p><bdi>${sentence.slice(0, 2_000)}</bdi></p>
      <form method="post" novalidate>${actFields(visit)}${field({ name: 'esito', label: 'Che cosa è stato fatto', value: typed, most: 500, required: true, faults })}${actBar(button({ label: 'Chiudi la segnalazione', kind: 'primary' }))}</form></div>`,
  });
  desk.page({ path: TASK_PATH, right: 'messages:decide' }, async (visit) => {
    const task = await find(visit);
    return task === null || task.closedAt !== null || !mayDo(visit.caller, 'messages:decide')
      ? notFoundView
      : page(visit, task.sentence);
  });
  desk.act({ path: TASK_PATH, right: 'messages:decide' }, async (visit) => {
    const task = await find(visit);
    if (task === null) return notFoundView;
    const outcome = visit.form.text('esito');
    if (outcome === '') return page(visit, task.sentence, new Map([['esito', 'Scrivi che cosa è stato fatto.']]));
    const done = await deps.commands.closeTask(
      visit.office,
      { taskId: task.id, outcome: outcome.slice(0, 500) },
      visit.call,
    );
    const back = `/messaggi/${visit.params['id'] ?? ''}`;
    if (done.ok) return seeOther(back, 'Segnalazione chiusa.');
    const now = await find(visit);
    if (now?.closedAt == null) return refused(done.problem, back);
    const who = `${now.closedBy ?? 'Il servizio'} l’ha chiusa, ${onDayAt(now.closedAt)}${now.outcome === null ? '' : `: «${now.outcome}»`}.`;
    return refused(problem('version-conflict'), back, who);
  });
}
