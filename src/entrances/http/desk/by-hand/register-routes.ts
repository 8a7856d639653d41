/**
 * Registering by hand. Every press keeps what was typed as a draft and shows the form again, with proposals and likely
 * duplicates; only "Registra" takes a number, and each form takes one.
 */
import type { Problem } from '../../../../kernel/problems.ts';
import { uuidv7 } from '../../../../kernel/uuid.ts';
import { assignmentActor } from '../../../../service/assignments/actor.ts';
import { saveCorrespondent } from '../../../../service/by-hand/correspondents.ts';
import { saveDraft } from '../../../../service/by-hand/drafts.ts';
import { likelyDuplicates } from '../../../../service/by-hand/duplicates.ts';
import { checkHandRequest } from '../../../../service/by-hand/hand-request.ts';
import { proposalsFor } from '../../../../service/by-hand/proposals.ts';
import { type HandRegistered, registerByHand, registeredUnder } from '../../../../service/by-hand/register-by-hand.ts';
import { readerOf } from '../../../../service/people/rights.ts';
import type { Call } from '../../../../service/register/idempotent-command.ts';
import { targetOf } from '../assignments/targets.ts';
import { type Faults, NO_FAULTS } from '../components/fields.ts';
import { note } from '../components/note.ts';
import { num, registrationPath, romeDay, romeTime } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { html } from '../template.ts';
import { keepFormFiles } from '../uploads/document-uploads.ts';
import { refused, type SeeOther, seeOther, type View } from '../view.ts';
import type { ActVisit, Visit } from '../visit.ts';
import type { ByHandScreenDeps } from './by-hand-deps.ts';
import { faultsOf, type HandPage, registerView } from './register-page.ts';
import { contentOf, type HandContent, keptForNext, requestOf, type Typed, typedOf } from './typed-form.ts';

type WriteVisit = Visit<'register:write'>;
type WriteAct = ActVisit<'register:write'>;

export function handRoutes(desk: Desk, deps: ByHandScreenDeps): void {
  desk.page({ path: '/registra', right: 'register:write' }, async (visit) => {
    if (visit.office.numbering === 'external') return elsewhere;
    const id = visit.query.text('bozza');
    const draft = id === '' ? null : await deps.drafts.find(visit.aoo, visit.caller.personId, id);
    if (id !== '' && draft === null) return seeOther('/registra', 'La bozza non c’è più: forse è già registrata.');
    const typed = typedOf(draft?.content ?? (await fresh(visit, deps)));
    const shown = draft ?? { draftId: uuidv7(deps.clock.now()), version: 0, savedAt: null };
    return registerView(await pageOf(visit, typed, shown, deps));
  });
  desk.act({ path: '/registra', right: 'register:write' }, async (visit) => {
    const act = visit.form.text('azione');
    if (visit.form.has('collega')) return leaveIt(visit, deps);
    const registers = act === 'registra' || act === 'registra-ricevuta';
    if (registers) {
      const before = await registeredUnder(visit.office, visit.call, deps.store);
      if (before !== null)
        return finish(visit, typedOf(changed(visit, [])), before, 'Era già registrata, con il', deps);
    }
    const attached = await keepFormFiles(visit, deps.uploads);
    const content = changed(visit, attached.ok ? attached.value : []);
    if (!attached.ok) return again(visit, typedOf(content), [{ ...attached.problem, at: 'documents' }], deps);
    return registers ? register(visit, typedOf(content), deps) : keep(visit, content, act, deps);
  });
}

const elsewhere: View = {
  title: 'Nuova registrazione',
  at: 'registra',
  body: html`<div class="d-page-head"><h1 class="d-h1">Nuova registrazione</h1></div>${note(
    'info',
    html`<p><strong>Questo ufficio protocolla con un proprio sistema.</strong> La carta si registra lì: qui arrivano i numeri che quel sistema assegna.</p>`,
  )}`,
};

/** What a new form begins with. */
async function fresh({ aoo, caller, query }: WriteVisit, { drafts, clock }: ByHandScreenDeps): Promise<HandContent> {
  const now = clock.now();
  const kept = (await drafts.keptForNext(aoo, caller.personId, 'register')) ?? { in_rubrica: ['si'] };
  const verso = query.text('verso');
  return { ...kept, giorno: [romeDay(now)], ora: [romeTime(now)], ...(verso !== '' && { verso: [verso] }) };
}

/** The content after what the pressed button asks for. */
function changed({ form }: WriteAct, attached: readonly string[]): HandContent {
  const content = contentOf(form.fields);
  const removed = form.text('togli');
  const documents = [...(content['documento'] ?? []), ...attached].filter((id) => id !== '' && id !== removed);
  const more = form.text('azione') === 'destinatario';
  return {
    ...content,
    documento: documents,
    ...(more && { nome: [...(content['nome'] ?? []), ''], scelto: [...(content['scelto'] ?? []), ''] }),
  };
}

async function keep(visit: WriteAct, content: HandContent, act: string, deps: ByHandScreenDeps) {
  const filled = act === 'modello' ? await withTemplate(visit, content, deps) : content;
  const saved = await save(visit, filled, deps);
  if (!saved.ok) return refused(saved.problem, '/registra');
  const said = act === 'bozza' ? 'Bozza salvata: la trovi qui e nella Scrivania.' : null;
  return seeOther(`/registra?bozza=${saved.draftId}`, said);
}

/** A draft that was saved elsewhere meanwhile stays as it is, and this one becomes another: nothing typed is lost. */
async function save({ aoo, caller, form }: WriteAct, content: HandContent, deps: ByHandScreenDeps) {
  const given = form.text('bozza');
  const draftId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(given) ? given : uuidv7(deps.clock.now());
  const version = Number(form.text('bozza_versione')) || 0;
  const draft = { personId: caller.personId, kind: 'register', content } as const;
  const saved = await saveDraft(aoo, { ...draft, draftId, version }, deps);
  if (saved.ok) return { ok: true, draftId } as const;
  if (saved.problem.code !== 'version-conflict') return saved;
  const other = uuidv7(deps.clock.now());
  const again = await saveDraft(aoo, { ...draft, draftId: other, version: 0 }, deps);
  return again.ok ? ({ ok: true, draftId: other } as const) : again;
}

/** A template gives its subject where there is none, or the one of the template before. */
async function withTemplate(visit: WriteAct, content: HandContent, { filing }: ByHandScreenDeps): Promise<HandContent> {
  const typed = typedOf(content);
  const templates = await filing.templates(visit.aoo);
  const template = templates.find(({ templateId }) => templateId === typed.text('modello'));
  if (template === undefined) return content;
  const subject = typed.text('oggetto');
  const isFree = subject === '' || templates.some((one) => one.subject === subject);
  return {
    ...content,
    ...(isFree && { oggetto: [template.subject] }),
    ...(template.classification !== null && { classe: [template.classification] }),
    ...(template.reserved && { riservato: ['si'] }),
    ...(template.unitId !== null && typed.text('competenza') === '' && { competenza: [template.unitId] }),
  };
}

/** "It is that one": the form is given up, and the registration that is there is opened. */
async function leaveIt({ aoo, caller, form }: WriteAct, { drafts }: ByHandScreenDeps): Promise<SeeOther> {
  await drafts.remove(aoo, caller.personId, form.text('bozza'));
  const to = form.text('collega');
  const isOurs = /^\/registro\/\d{4}\/\d{7,15}$/.test(to);
  return seeOther(isOurs ? to : '/registra', 'Non registrato di nuovo: è questo.');
}

async function register(visit: WriteAct, typed: Typed, deps: ByHandScreenDeps) {
  const { office, caller, call } = visit;
  const request = await requestOf(typed, { office, ...deps });
  const wrong = checkHandRequest(request, deps.clock.now());
  if (wrong.length > 0) return again(visit, typed, wrong, deps);
  const person = { personId: caller.personId, name: caller.name, reader: readerOf(caller) };
  const registered = await registerByHand(office, request, person, call, deps);
  if (!registered.ok) {
    // The same form a second time, with files that came with it: they bear other ids now.
    const before = await registeredUnder(office, call, deps.store);
    return before === null
      ? again(visit, typed, [registered.problem], deps)
      : finish(visit, typed, before, 'Registrata con il', deps);
  }
  return finish(visit, typed, registered.value, 'Registrata con il', deps);
}

/** What follows once there is a number. Each press comes here: what was lost in between is done by the next one. */
async function finish(
  visit: WriteAct,
  typed: Typed,
  registered: HandRegistered,
  said: string,
  deps: ByHandScreenDeps,
): Promise<SeeOther> {
  const { aoo, caller, form } = visit;
  const { registration } = registered;
  const unassigned = await assign(visit, typed, registered, deps);
  await intoBook(visit, typed, deps);
  const kept = typed.has('tieni') ? keptForNext(typed.content) : null;
  await deps.drafts.keepForNext(aoo, caller.personId, 'register', kept);
  await deps.drafts.remove(aoo, caller.personId, form.text('bozza'));
  const path = registrationPath(registration);
  const also = unassigned === null ? '' : ` Non è stata assegnata: ${unassigned}`;
  const to = form.text('azione') === 'registra-ricevuta' ? `${path}/ricevuta` : path;
  return seeOther(to, `${said} ${num(registration)}.${also}`);
}

/** Under a key that belongs to the form's. */
const under = ({ idempotency, ...call }: Call, what: string): Call => ({
  ...call,
  idempotency: idempotency === null ? null : { ...idempotency, key: `${idempotency.key} ${what}` },
});

/** Null: it is assigned, or to nobody; else why not. What the first press gave stands, whatever was changed since. */
async function assign(visit: WriteAct, typed: Typed, { registration }: HandRegistered, deps: ByHandScreenDeps) {
  const competence = targetOf(typed.text('competenza'));
  const information = typed.all('conoscenza').flatMap((value) => targetOf(value) ?? []);
  if (competence === null && information.length === 0) return null;
  const wish = { registration, competence, information, note: '', version: null };
  const given = await deps.assignments.assign(
    visit.office,
    wish,
    assignmentActor(visit.caller),
    under(visit.call, 'assegna'),
  );
  return given.ok || given.problem.code === 'idempotency-key-reused' ? null : given.problem.message;
}

/** A sender that is known neither to the address book nor to the index is added, where the clerk wants it. */
async function intoBook(visit: WriteAct, typed: Typed, deps: ByHandScreenDeps): Promise<void> {
  if (!typed.has('in_rubrica')) return;
  const request = await requestOf(typed, { office: visit.office, ...deps });
  const [sender] = request.correspondents;
  const isNew = sender !== undefined && sender.correspondentId === null && sender.correspondent.kind === 'unknown';
  if (request.direction !== 'incoming' || !isNew) return;
  const { name } = sender.correspondent;
  const known = await deps.book.suggest(visit.aoo, name, 20);
  if (known.some((entry) => entry.name.toLowerCase() === name.toLowerCase())) return;
  const rest = { taxCode: null, administration: null, office: null, address: null, postalAddress: null };
  const entry = {
    ...rest,
    phone: null,
    note: null,
    correspondentId: null,
    version: null,
    kind: 'unknown',
    name,
  } as const;
  await saveCorrespondent(visit.office, entry, under(visit.call, 'rubrica'), deps);
}

/** The form again, with what is wrong; every value and every document is kept. */
async function again(
  visit: WriteAct,
  typed: Typed,
  problems: readonly Problem[],
  deps: ByHandScreenDeps,
): Promise<View> {
  const saved = await save(visit, typed.content, deps);
  const draft = saved.ok ? await deps.drafts.find(visit.aoo, visit.caller.personId, saved.draftId) : null;
  const shown = draft ?? { draftId: visit.form.text('bozza'), version: 0, savedAt: null };
  const page = await pageOf(visit, typed, shown, deps, faultsOf(problems));
  const key = visit.call.idempotency?.key;
  return registerView({ ...page, ...(key !== undefined && { act: key }) });
}

async function pageOf(
  visit: WriteVisit,
  typed: Typed,
  draft: HandPage['draft'],
  deps: ByHandScreenDeps,
  faults: Faults = NO_FAULTS,
): Promise<HandPage> {
  const { aoo, caller, token } = visit;
  const reader = readerOf(caller);
  const now = deps.clock.now();
  const ids = typed.all('documento').filter((id) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id));
  const [correspondent = ''] = typed.all('nome');
  const uploads = (await deps.uploads.uploads.findMany(aoo, ids)).filter(
    ({ client }) => client === `person:${caller.personId}`,
  );
  const question = {
    ...{ peerNumber: typed.text('loro'), correspondent, subject: typed.text('oggetto') },
    digests: uploads.flatMap(({ sha256 }) => sha256 ?? []),
  };
  const [templates, proposals, duplicates, deferrals, units] = await Promise.all([
    deps.filing.templates(aoo),
    proposalsFor(aoo, { templateId: typed.text('modello') || null, correspondent }, reader, deps),
    likelyDuplicates(aoo, question, reader, now, deps.duplicates),
    deps.deferrals.open(aoo, romeDay(now)),
    deps.assignments.views.choices(aoo, romeDay(now)),
  ]);
  return {
    ...{ token, typed, draft, faults, templates, proposals, duplicates, deferrals, units },
    uploads: ids.flatMap((id) => uploads.find(({ uploadId }) => uploadId === id) ?? []),
  };
}
