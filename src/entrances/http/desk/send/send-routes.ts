/** A message is written, checked and sent. Every press keeps the draft; only the last one takes a number. */

import type { Clock } from '../../../../kernel/clock.ts';
import type { AooId } from '../../../../kernel/ids.ts';
import { type Problem, problem } from '../../../../kernel/problems.ts';
import type { Result } from '../../../../kernel/result.ts';
import { uuidv7 } from '../../../../kernel/uuid.ts';
import { type DraftDeps, saveDraft } from '../../../../service/by-hand/drafts.ts';
import type { AddressBook, Draft } from '../../../../service/by-hand/ports.ts';
import type { Commands } from '../../../../service/commands/commands.ts';
import type { LookUp } from '../../../../service/index/look-up.ts';
import type { SendCheck } from '../../../../service/outgoing/check-before-sending.ts';
import type { SendToRequest, SentTo } from '../../../../service/outgoing/send-to.ts';
import { readerOf } from '../../../../service/people/rights.ts';
import type { Office } from '../../../../service/register/office.ts';
import type { UploadDeps } from '../../../../service/uploads/upload-lifetime.ts';
import { type UploadedDocument, uploadedDocuments } from '../../../../service/uploads/use-uploads.ts';
import { type Faults, NO_FAULTS } from '../components/fields.ts';
import { num, registrationPath, romeTime } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import type { PostedForm } from '../form.ts';
import { formFilesOf } from '../form-files.ts';
import { html } from '../template.ts';
import { keepFormFile, uploadClient } from '../uploads/document-uploads.ts';
import { refused, seeOther, type View } from '../view.ts';
import type { ActVisit, Visit } from '../visit.ts';
import { type BegunDeps, begunWith } from './begun.ts';
import { checkView } from './check-page.ts';
import {
  classIn,
  type DraftContent,
  draftContentOf,
  linesIn,
  sendRequestOf,
  uploadsIn,
  valueIn,
} from './draft-content.ts';
import type { LivesDeps } from './lives-routes.ts';
import { externalNumbersView, type FoundRecipient, sendFormView } from './send-form.ts';

export interface SendPageDeps extends BegunDeps {
  readonly commands: Pick<Commands, 'send' | 'sentBefore'>;
  readonly check: (office: Office, request: SendToRequest) => Promise<SendCheck>;
  readonly index: Pick<LookUp, 'suggest'>;
  readonly book: Pick<AddressBook, 'suggest'>;
  readonly drafts: DraftDeps;
  readonly uploads: UploadDeps;
  /** Title of a class in the office's plan; null: it has none such. */
  readonly classTitle: (aoo: AooId, code: string) => Promise<string | null>;
  readonly mayRead: LivesDeps['mayRead'];
  readonly clock: Clock;
}

type SendVisit = Pick<Visit, 'caller' | 'office' | 'aoo' | 'query' | 'token'>;

export function sendRoutes(desk: Desk, deps: SendPageDeps): void {
  desk.page({ path: '/invia', right: 'send' }, async (visit) =>
    visit.office.numbering === 'external' ? externalNumbersView : formPage(visit, deps),
  );
  desk.page({ path: '/invia/controlla', right: 'send' }, async (visit) => {
    const draft = await draftOf(visit, visit.query.text('bozza'), deps);
    return draft === null
      ? seeOther('/invia', 'La bozza non c’è più: forse il messaggio è già partito.')
      : checkPage(visit, draft, deps);
  });
  desk.act({ path: '/invia/salva', right: 'send' }, async (visit) => {
    const saved = await save(visit, visit.form.text('bozza'), visit.version ?? 0, draftContentOf(visit.form), deps);
    return saved.ok ? savedView(saved.value) : refused(saved.problem, '/invia');
  });
  desk.act({ path: '/invia', right: 'send' }, async (visit) => {
    const before = await deps.commands.sentBefore(visit.office, visit.call);
    if (before !== null) return before.ok ? finish(visit, before.value, deps) : refused(before.problem, '/invia');
    const draft = await draftOf(visit, visit.form.text('bozza'), deps);
    if (draft === null) return seeOther('/invia', 'La bozza non c’è più: forse il messaggio è già partito.');
    const check = `/invia/controlla?bozza=${draft.draftId}`;
    if (draft.version !== visit.version) return seeOther(check, 'La bozza è cambiata: controllala di nuovo.');
    const request = await requestFor(visit, draft.content, deps);
    if (!request.ok) return seeOther(check);
    const sent = await deps.commands.send(visit.office, request.value, visit.call);
    if (!sent.ok) return refused(sent.problem, check);
    return finish(visit, sent.value, deps);
  });
  // The whole form with its files; what the pressed button asks for is done to the draft.
  desk.act({ path: '/invia/bozza', right: 'send' }, (visit) => keep(visit, deps));
}

/** What follows once it is sent. Each press comes here: what was lost in between is done by the next one. */
async function finish(visit: ActVisit<'send'>, { identifier, exchanges }: SentTo, deps: SendPageDeps) {
  const { aoo, caller, form } = visit;
  const draft = await draftOf(visit, form.text('bozza'), deps);
  // One that somebody has written on since is another message.
  if (draft !== null && draft.version === visit.version) {
    const { register, number, date } = identifier;
    const usedBy = `${register}/${date.slice(0, 4)}/${Number(number)}`;
    await deps.uploads.uploads.markUsed(aoo, uploadsIn(draft.content), usedBy, deps.clock.now());
    await deps.drafts.drafts.remove(aoo, caller.personId, draft.draftId);
  }
  const key = { year: Number(identifier.date.slice(0, 4)), number: Number(identifier.number) };
  const count = exchanges.length === 1 ? 'Un messaggio è in partenza' : `${exchanges.length} messaggi sono in partenza`;
  return seeOther(`${registrationPath(key)}/destinatari`, `Registrato con il ${num(key)}. ${count}.`);
}

async function keep(visit: ActVisit<'send'>, deps: SendPageDeps) {
  const { form } = visit;
  const uploaded: string[] = [];
  const client = uploadClient(visit.caller);
  let fault: string | null = null;
  for (const file of formFilesOf(visit.request)) {
    const stored = await keepFormFile(visit.aoo, file, client, deps.uploads);
    if (stored.ok) uploaded.push(stored.value);
    else fault = `${file.name}: ${stored.problem.message}`;
  }
  const content = changed(draftContentOf(form), form, uploaded);
  const saved = await save(visit, form.text('bozza'), visit.version ?? 0, content, deps);
  if (!saved.ok) return refused(saved.problem, '/invia');
  const { draftId } = saved.value;
  const back = new URLSearchParams({ bozza: draftId });
  if (fault !== null) {
    const faults = new Map([['file', fault]]);
    return formPage(visit, deps, { ...saved.value, content }, faults);
  }
  const sought = form.text('cerca');
  const act = form.text('azione');
  if (act === 'controlla') return seeOther(`/invia/controlla?${back}`);
  if (sought !== '' && !form.has('aggiungi') && !form.has('togli')) back.set('cerca', sought);
  return seeOther(`/invia?${back}`, saidOf(act, form, uploaded.length));
}

function saidOf(act: string, form: PostedForm, uploaded: number): string | null {
  if (form.has('aggiungi')) return 'Destinatario aggiunto.';
  if (form.has('togli')) return 'Documento tolto.';
  if (uploaded > 0) return uploaded === 1 ? 'Un documento caricato.' : `${uploaded} documenti caricati.`;
  return act === 'salva' ? 'Bozza salvata.' : null;
}

/** The content after what the pressed button asks for. */
function changed(content: DraftContent, form: PostedForm, uploaded: readonly string[]): DraftContent {
  const removed = form.text('togli');
  const documents = [...(content['documento'] ?? []).filter((id) => id !== removed), ...uploaded];
  const added = form.text('aggiungi');
  const lines = valueIn(content, 'destinatari').replace(/\n+$/, '');
  const destinatari = added === '' ? valueIn(content, 'destinatari') : [lines, added].filter(Boolean).join('\n');
  return { ...content, documento: documents, destinatari: [destinatari] };
}

type Kept = Pick<Draft, 'draftId' | 'version' | 'savedAt' | 'content'>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A draft that was saved elsewhere meanwhile is left as it is, and this one becomes another: nothing typed is lost. */
async function save(
  { aoo, caller }: SendVisit,
  id: string,
  version: number,
  content: DraftContent,
  { drafts, clock }: SendPageDeps,
): Promise<Result<Kept>> {
  const draft = { personId: caller.personId, kind: 'send', content } as const;
  const draftId = UUID.test(id) ? id : uuidv7(clock.now());
  const saved = await saveDraft(aoo, { ...draft, draftId, version }, drafts);
  if (saved.ok) return { ok: true, value: { draftId, content, ...saved.value } };
  if (saved.problem.code !== 'version-conflict') return saved;
  const other = uuidv7(clock.now());
  const again = await saveDraft(aoo, { ...draft, draftId: other, version: 0 }, drafts);
  return again.ok ? { ok: true, value: { draftId: other, content, ...again.value } } : again;
}

async function draftOf({ aoo, caller }: SendVisit, id: string, { drafts }: SendPageDeps): Promise<Draft | null> {
  const draft = UUID.test(id) ? await drafts.drafts.find(aoo, caller.personId, id) : null;
  return draft?.kind === 'send' ? draft : null;
}

async function formPage(visit: SendVisit, deps: SendPageDeps, given?: Kept, faults: Faults = NO_FAULTS): Promise<View> {
  const { query, aoo, token } = visit;
  const kept = given ?? (await draftOf(visit, query.text('bozza'), deps));
  const content = kept?.content ?? (await begunWith(visit, deps));
  const ids = uploadsIn(content);
  const own = uploadClient(visit.caller);
  const found = (await deps.uploads.uploads.findMany(aoo, ids)).filter(({ client }) => client === own);
  const known = new Map(found.map((one) => [one.uploadId, one]));
  const sought = query.text('cerca').slice(0, 200);
  return sendFormView({
    draftId: kept?.draftId ?? uuidv7(deps.clock.now()),
    version: kept?.version ?? 0,
    savedAt: kept?.savedAt ?? null,
    content,
    uploads: (content['documento'] ?? []).flatMap((id) => known.get(id) ?? []),
    sought,
    found: sought === '' ? null : await search(visit, sought, deps),
    faults,
    token,
  });
}

const FOUND = 8;

/** The office's own address book first: whom one has written to before is meant more often. */
async function search(
  { aoo }: SendVisit,
  text: string,
  { index, book }: SendPageDeps,
): Promise<readonly FoundRecipient[]> {
  const known = await book.suggest(aoo, text, FOUND);
  const offices = await index.suggest(text, ['aoo', 'body'], FOUND);
  const fromBook = known.flatMap(({ name, address }) =>
    address === null ? [] : [{ name, target: address, beside: 'rubrica' }],
  );
  const fromIndex = offices.map(({ key, name, bodyName, municipality, province }) => ({
    name: bodyName === null || bodyName === name ? name : `${bodyName}, ${name}`,
    target: key,
    beside: [municipality, province].filter(Boolean).join(' ') || 'indice',
  }));
  return [...fromBook, ...fromIndex].slice(0, FOUND);
}

/** Only what this person has brought: an id alone opens nothing. */
const documentsIn = ({ aoo, caller }: SendVisit, content: DraftContent, { uploads }: SendPageDeps) =>
  uploadedDocuments(aoo, uploadsIn(content), uploads, uploadClient(caller));

const personOf = ({ caller, office }: SendVisit) => ({
  ...{ personId: caller.personId, name: caller.name },
  register: office.register,
});

async function requestFor(visit: SendVisit, content: DraftContent, deps: SendPageDeps): Promise<Result<SendToRequest>> {
  const documents = await documentsIn(visit, content, deps);
  if (!documents.ok) return documents;
  const classTitle = await titleIn(visit.aoo, content, deps);
  const unknown = classUnknown(content, classTitle);
  if (unknown !== null) return { ok: false, problem: unknown };
  const request = sendRequestOf(content, documents.value, { classTitle, person: personOf(visit) });
  const { desk } = request;
  if (desk?.precedent == null) return { ok: true, value: request };
  // A number that somebody has typed is linked only where they may see what it is of.
  const isSeen = await deps.mayRead(visit.aoo, desk.precedent, readerOf(visit.caller));
  return { ok: true, value: isSeen ? request : { ...request, desk: { ...desk, precedent: null } } };
}

async function titleIn(aoo: AooId, content: DraftContent, { classTitle }: SendPageDeps): Promise<string | null> {
  const code = classIn(content);
  return code === '' ? null : classTitle(aoo, code);
}

/** Null: the class is one of the plan, or none was chosen. */
function classUnknown(content: DraftContent, title: string | null): Problem | null {
  const code = classIn(content);
  return code !== '' && title === null ? problem('hand-class-unknown', 'classification', code) : null;
}

async function checkPage(visit: SendVisit, { draftId, version, content }: Draft, deps: SendPageDeps): Promise<View> {
  const documents = await documentsIn(visit, content, deps);
  const those: readonly UploadedDocument[] = documents.ok ? documents.value : [];
  const classTitle = await titleIn(visit.aoo, content, deps);
  const unknown = classUnknown(content, classTitle);
  const request = sendRequestOf(content, those, { classTitle, person: personOf(visit) });
  return checkView({
    ...{ draftId, version, token: visit.token, documents: those },
    subject: request.subject,
    text: valueIn(content, 'testo'),
    lines: linesIn(content),
    check: await deps.check(visit.office, request),
    problems: [
      ...(request.subject === '' ? ['Scrivi l’oggetto.'] : []),
      ...(documents.ok ? [] : [documents.problem.message]),
      ...(unknown === null ? [] : [unknown.message]),
      ...(documents.ok && those.length === 0 ? ['Aggiungi il documento principale.'] : []),
    ],
  });
}

const savedView = ({ draftId, version, savedAt }: Kept): View => ({
  title: 'Bozza salvata',
  at: 'invia',
  body: html`<p id="salvata" class="d-second" data-versione="${version}" data-bozza="${draftId}">bozza salvata alle ${romeTime(savedAt)}</p>
    <p><a href="/invia?bozza=${draftId}">Continua a scrivere</a></p>`,
});
