/** To ask for the annulment of a registration, and to decide it: by a provision, or no with the reason. */
import { type Problem, problem } from '../../../../kernel/problems.ts';
import type { Commands } from '../../../../service/commands/commands.ts';
import type { RegistrationSheet } from '../../../../service/queries/register-views.ts';
import { button } from '../components/buttons.ts';
import { errorSummary, type Faults, faultyTitle, field, NO_FAULTS, textArea } from '../components/fields.ts';
import { note, part, sheet } from '../components/note.ts';
import { registrationPath, romeFull } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { notFoundView } from '../gate-pages.ts';
import type { DeskAnswer } from '../replies.ts';
import { type Html, html } from '../template.ts';
import { type Refused, refused, seeOther, type View } from '../view.ts';
import { type ActVisit, actFields, type Visit } from '../visit.ts';
import { keyOf, openSheet } from './open-sheet.ts';
import type { SheetDeps } from './sheet-page.ts';
import { annulmentActBy } from './who-was-faster.ts';

export interface AnnulmentDeps extends Pick<SheetDeps, 'registerViews'> {
  readonly commands: Pick<Commands, 'askAnnulment' | 'decideAnnulment' | 'annul'>;
}

const PATH = '/registro/:year/:number';
/** A reason and a provision as people write them, not a document. */
const MOST = 1_000;
const MOST_PROVISION = 200;

export function annulmentRoutes(desk: Desk, deps: AnnulmentDeps): void {
  desk.page({ path: `${PATH}/chiedi-annullamento`, right: 'register:annul-ask' }, async (visit) => {
    const row = await openSheet(visit, deps);
    if (row === null) return notFoundView;
    return row.annulment !== null || row.annulmentAsked ? seeOther(registrationPath(row)) : askView(visit, row);
  });
  desk.act({ path: `${PATH}/chiedi-annullamento`, right: 'register:annul-ask' }, (visit) => ask(visit, deps));
  desk.page({ path: `${PATH}/annulla`, right: 'register:annul' }, async (visit) => {
    const row = await openSheet(visit, deps);
    if (row === null) return notFoundView;
    return row.annulment !== null ? seeOther(registrationPath(row)) : decideView(visit, row);
  });
  desk.act({ path: `${PATH}/annulla`, right: 'register:annul' }, (visit) => annul(visit, deps));
  desk.act({ path: `${PATH}/rifiuta-annullamento`, right: 'register:annul' }, (visit) => refuseRequest(visit, deps));
}

const openRequest = ({ requests }: RegistrationSheet) => requests.find(({ decision }) => decision === null);

async function ask(visit: ActVisit<'register:annul-ask'>, deps: AnnulmentDeps): Promise<DeskAnswer> {
  const row = await openSheet(visit, deps);
  if (row === null) return notFoundView;
  const reason = visit.form.text('motivo').slice(0, MOST);
  if (reason === '') return askView(visit, row, new Map([['motivo', 'Indica il motivo.']]));
  const back = registrationPath(row);
  const asked = await deps.commands.askAnnulment(visit.office, { registration: keyOf(row), reason }, visit.call);
  return asked.ok
    ? seeOther(back, 'Annullamento chiesto: decide il responsabile.')
    : tooLate(visit, row, asked.problem, deps);
}

/** Whoever was faster is named, with the moment and what they did. */
async function tooLate(
  visit: Pick<ActVisit, 'params' | 'office' | 'caller'>,
  row: RegistrationSheet,
  why: Problem,
  deps: AnnulmentDeps,
): Promise<Refused> {
  return refused(why, registrationPath(row), annulmentActBy((await openSheet(visit, deps)) ?? row));
}

async function annul(visit: ActVisit<'register:annul'>, deps: AnnulmentDeps): Promise<DeskAnswer> {
  const row = await openSheet(visit, deps);
  if (row === null) return notFoundView;
  const request = openRequest(row);
  const reason = visit.form.text('motivo').slice(0, MOST);
  const provision = visit.form.text('provvedimento').slice(0, MOST_PROVISION);
  const faults = new Map([
    ...(reason === '' ? [['motivo', 'Indica il motivo.'] as const] : []),
    ...(provision === '' ? [['provvedimento', 'Indica numero e data del provvedimento.'] as const] : []),
  ]);
  if (faults.size > 0) return decideView(visit, row, faults);
  // The form was about a request that is open no more, or about none where there is one now.
  if (row.annulment === null && visit.form.text('richiesta') !== (request?.requestId ?? ''))
    return tooLate(visit, row, problem('version-conflict'), deps);
  const back = registrationPath(row);
  const annulled =
    request === undefined
      ? await deps.commands.annul(visit.office, { registration: keyOf(row), reason, provision }, visit.call)
      : await deps.commands.decideAnnulment(
          visit.office,
          { requestId: request.requestId, reason, provision },
          visit.call,
        );
  if (!annulled.ok) return tooLate(visit, row, annulled.problem, deps);
  const told = 'told' in annulled.value ? annulled.value.told : (annulled.value.annulled?.told ?? []);
  return seeOther(back, `Annullata la registrazione ${row.number}.${toldWords(told.length)}`);
}

const toldWords = (count: number): string =>
  count === 0 ? '' : count === 1 ? ' L’altro ufficio viene avvisato.' : ` ${count} uffici vengono avvisati.`;

async function refuseRequest(visit: ActVisit<'register:annul'>, deps: AnnulmentDeps): Promise<DeskAnswer> {
  const row = await openSheet(visit, deps);
  const request = row === null ? undefined : openRequest(row);
  if (row === null) return notFoundView;
  const back = registrationPath(row);
  const reason = visit.form.text('perche').slice(0, MOST);
  const seen = visit.form.text('richiesta');
  const first = row.requests.find(({ requestId }) => requestId === seen);
  // Pressed twice, it says the same again; somebody else's decision is told.
  if (request === undefined && first?.decision?.by === visit.caller.name)
    return seeOther(back, 'La richiesta è già stata decisa.');
  if (request === undefined || request.requestId !== seen)
    return tooLate(visit, row, problem('version-conflict'), deps);
  if (reason === '') return decideView(visit, row, new Map([['perche', 'Indica perché rimane valida.']]));
  const verdict = { requestId: request.requestId, provision: null, reason } as const;
  const decided = await deps.commands.decideAnnulment(visit.office, verdict, visit.call);
  return decided.ok
    ? seeOther(back, 'Richiesta rifiutata: la registrazione resta valida.')
    : tooLate(visit, row, decided.problem, deps);
}

const typed = (visit: Visit<never> | ActVisit<never>, name: string): string =>
  'form' in visit ? visit.form.typed(name) : '';

const CONSEQUENCE =
  'Numero, oggetto e documenti restano leggibili, con chi ha annullato, quando e perché. Non si può tornare indietro.';

function askView(
  visit: Visit<'register:annul-ask'> | ActVisit<'register:annul-ask'>,
  row: RegistrationSheet,
  faults: Faults = NO_FAULTS,
): View {
  const title = `Chiedi l’annullamento della ${row.number}/${row.year}`;
  return page(
    row,
    title,
    faults,
    html`
    <p>Decide il responsabile della gestione documentale. ${CONSEQUENCE}</p>
    <form method="post" action="${registrationPath(row)}/chiedi-annullamento" novalidate>${actFields(visit)}
      ${textArea({ name: 'motivo', label: 'Motivo', value: typed(visit, 'motivo'), most: MOST, required: true, faults, help: 'Se è una doppia registrazione, scrivi quale numero vale.' })}
      <div class="d-acts">${button({ label: 'Chiedi l’annullamento', kind: 'primary' })}<a class="d-button d-button--quiet" href="${registrationPath(row)}" data-escape>Lascia com’è</a></div>
    </form>`,
  );
}

function decideView(
  visit: Visit<'register:annul'> | ActVisit<'register:annul'>,
  row: RegistrationSheet,
  faults: Faults = NO_FAULTS,
): View {
  const request = openRequest(row);
  const path = registrationPath(row);
  const reason = typed(visit, 'motivo') || (request?.reason ?? '');
  return page(
    row,
    `Annulla la ${row.number}/${row.year}`,
    faults,
    html`
    ${request !== undefined && note('warn', html`<p><strong>${request.by}</strong> lo ha chiesto il ${romeFull(request.at)}: «${request.reason}»</p>`)}
    <p>${CONSEQUENCE} Gli uffici che hanno il nostro numero vengono avvisati.</p>
    <form method="post" action="${path}/annulla" novalidate>${actFields(visit)}${seenRequest(request)}
      ${textArea({ name: 'motivo', label: 'Motivo', value: reason, most: MOST, required: true, faults })}
      ${field({ name: 'provvedimento', label: 'Provvedimento', value: typed(visit, 'provvedimento'), most: MOST_PROVISION, required: true, faults, help: 'Numero e data, per esempio «Provv. 12 del 30/11/2026».' })}
      <div class="d-acts">${button({ label: 'Annulla la registrazione', kind: 'danger' })}<a class="d-button d-button--quiet" href="${path}" data-escape>Lascia com’è</a></div>
    </form>
    ${
      request !== undefined &&
      html`<form class="d-annul-refuse" method="post" action="${path}/rifiuta-annullamento" novalidate>${actFields(visit)}${seenRequest(request)}
      <h2 class="d-h3">Oppure rifiuta la richiesta</h2>
      ${textArea({ name: 'perche', label: 'Perché rimane valida', value: typed(visit, 'perche'), most: MOST, required: true, faults })}
      ${button({ label: 'Rifiuta la richiesta', kind: 'secondary' })}
    </form>`
    }`,
  );
}

/** The request that the person has read. */
const seenRequest = (request: RegistrationSheet['requests'][number] | undefined): Html =>
  html`<input type="hidden" name="richiesta" value="${request?.requestId}">`;

const page = (row: RegistrationSheet, title: string, faults: Faults, content: Html): View => ({
  title: faultyTitle(title, faults),
  at: 'registro',
  ...(faults.size > 0 && { status: 422 }),
  body: html`
    <div class="d-crumb"><a href="${registrationPath(row)}">← ${row.number}/${row.year}</a></div>
    <div class="d-narrow">${errorSummary(faults)}<h1 class="d-h1">${title}</h1>
    ${sheet(part({}, html`<p class="d-isolate"><strong>${row.subject}</strong></p>${content}`))}</div>`,
});
