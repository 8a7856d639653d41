/** Subjects that come back, with the class, the office and the reserve that go with them. */
import { COUNCIL_PLAN } from '../../../../domain/register/council-plan.ts';
import { PROBLEMS, type Problem } from '../../../../kernel/problems.ts';
import type { Template } from '../../../../service/by-hand/ports.ts';
import { retireTemplate, saveTemplate, type TemplateRequest } from '../../../../service/by-hand/templates.ts';
import { mayDo } from '../../../../service/people/rights.ts';
import { tag } from '../components/badge.ts';
import { button, linkButton } from '../components/buttons.ts';
import {
  checkbox,
  errorSummary,
  type Faults,
  faultyTitle,
  field,
  NO_FAULTS,
  select,
  textArea,
} from '../components/fields.ts';
import { dataTable } from '../components/lists.ts';
import { emptyState, part, sheet } from '../components/note.ts';
import { romeDay } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import type { PostedForm } from '../form.ts';
import { notFoundView } from '../gate-pages.ts';
import type { DeskAnswer } from '../replies.ts';
import { type Html, html } from '../template.ts';
import { refused, seeOther, type View } from '../view.ts';
import { type ActVisit, actFields } from '../visit.ts';
import type { FilingDeps } from './filing-deps.ts';
import { type FilingVisit, filingPath, filingPlace, filingView, type Place } from './filing-frame.ts';

const PATH = filingPath('modelli');
const DIRECTIONS = { incoming: 'In arrivo', outgoing: 'In uscita', internal: 'Interne' } as const;
type Direction = keyof typeof DIRECTIONS;

export function templateRoutes(desk: Desk, deps: FilingDeps): void {
  desk.page({ path: PATH, right: 'filing:read' }, async (visit) => {
    const place = filingPlace(visit, deps.offices);
    return place === null ? notFoundView : list(visit, place, deps);
  });
  desk.page({ path: `${PATH}/nuovo`, right: 'filing' }, (visit) => form(visit, null, deps));
  desk.act({ path: `${PATH}/nuovo`, right: 'filing' }, (visit) => save(visit, null, deps));
  desk.page({ path: `${PATH}/:template`, right: 'filing' }, async (visit) => {
    const found = await templateNamed(visit, deps);
    return found === null ? notFoundView : form(visit, found, deps);
  });
  desk.act({ path: `${PATH}/:template`, right: 'filing' }, async (visit) => {
    const found = await templateNamed(visit, deps);
    return found === null ? notFoundView : save(visit, found, deps);
  });
  desk.act({ path: `${PATH}/:template/togli`, right: 'filing' }, async (visit) => {
    const place = filingPlace(visit, deps.offices);
    const found = await templateNamed(visit, deps);
    if (place === null || found === null) return notFoundView;
    const request = { templateId: found.templateId, version: visit.version };
    const retired = await retireTemplate(place.office, request, visit.call, deps);
    const back = `${PATH}${place.query}`;
    return retired.ok ? seeOther(back, `Modello «${found.name}» tolto.`) : refused(retired.problem, back);
  });
}

async function templateNamed(visit: FilingVisit, { offices, filing }: FilingDeps): Promise<Template | null> {
  const place = filingPlace(visit, offices);
  return place === null ? null : filing.template(place.office.aoo, visit.params['template'] ?? '');
}

async function list(visit: FilingVisit, place: Place, deps: FilingDeps): Promise<View> {
  const { aoo } = place.office;
  const [templates, units] = await Promise.all([
    deps.filing.templates(aoo),
    deps.units(aoo, romeDay(deps.clock.now())),
  ]);
  const mayChange = mayDo(visit.caller, 'filing');
  const add = linkButton({
    ...{ label: 'Aggiungi un modello', kind: 'secondary', small: true },
    href: `${PATH}/nuovo${place.query}`,
  });
  const name = ({ templateId, name: known }: Template): Html | string =>
    mayChange ? html`<a href="${PATH}/${templateId}${place.query}">${known}</a>` : known;
  return filingView(visit, {
    ...{ at: 'modelli', place, title: 'Modelli di oggetto', head: 'Modelli di oggetto' },
    beside: mayChange && templates.length > 0 && add,
    content: sheet(
      templates.length === 0
        ? emptyState(
            'Nessun modello',
            'Un modello dà oggetto, classe, ufficio e riservatezza con un solo gesto: comincia dagli oggetti di ogni giorno.',
            ...(mayChange ? [add] : []),
          )
        : part(
            {},
            html`<p class="d-second">Si scelgono in «Registra», alla voce Modello di oggetto. La proposta si può sempre cambiare.</p>${dataTable(
              {
                caption: 'Modelli di oggetto',
                head: ['Nome', 'Oggetto', 'Per', 'Classe', 'Ufficio', ''],
                rows: templates.map((one) => [
                  name(one),
                  html`<span class="d-isolate">${one.subject}</span>`,
                  one.direction === null ? 'Tutte' : DIRECTIONS[one.direction],
                  one.classification ?? '–',
                  units.find(({ unitId }) => unitId === one.unitId)?.name ?? '–',
                  one.reserved ? tag('riservato') : '',
                ]),
              },
            )}`,
          ),
    ),
  });
}

async function form(
  visit: FilingVisit | ActVisit<'filing'>,
  template: Template | null,
  deps: FilingDeps,
  faults: Faults = NO_FAULTS,
): Promise<View> {
  const place = filingPlace(visit, deps.offices);
  if (place === null) return notFoundView;
  const { aoo } = place.office;
  const [own, units] = await Promise.all([deps.filing.plan(aoo), deps.units(aoo, romeDay(deps.clock.now()))]);
  const typed = 'form' in visit ? visit.form : null;
  const act = 'call' in visit ? visit.call.idempotency?.key : undefined;
  const value = (name: string, known: string | null | undefined): string => typed?.text(name) ?? known ?? '';
  const head = template === null ? 'Aggiungi un modello' : template.name;
  const none = { value: '', label: 'Nessuna' };
  return filingView(visit, {
    ...{ at: 'modelli', place, title: faultyTitle(`${head} · Modelli`, faults), head },
    ...(faults.size > 0 && { status: 422 }),
    content: html`${errorSummary(faults)}${sheet(
      part(
        {},
        html`
      <form method="post" action="${PATH}/${template?.templateId ?? 'nuovo'}${place.query}" novalidate class="d-own-form">
        ${actFields(visit, { version: template?.version ?? null, ...(act !== undefined && { act }) })}
        ${field({ name: 'nome', label: 'Nome del modello', value: value('nome', template?.name), most: 500, faults, help: 'Come lo cerca chi registra.' })}
        ${textArea({ name: 'oggetto', label: 'Oggetto', value: value('oggetto', template?.subject), most: 4_000, rows: 2, faults })}
        ${select({ name: 'verso', label: 'Per quali registrazioni', value: value('verso', template?.direction), choices: [{ value: '', label: 'Tutte' }, ...Object.entries(DIRECTIONS).map(([code, label]) => ({ value: code, label }))] })}
        ${select({ name: 'classe', label: 'Classificazione', value: value('classe', template?.classification), faults, choices: [none, ...(own ?? COUNCIL_PLAN).map(({ code, title }) => ({ value: code, label: `${code} ${title}` }))] })}
        ${select({ name: 'ufficio', label: 'Si assegna a', value: value('ufficio', template?.unitId), faults, choices: [{ value: '', label: 'Nessun ufficio' }, ...units.map(({ unitId, name }) => ({ value: unitId, label: name }))] })}
        ${field({ name: 'conservazione', label: 'Per quanto si conserva', optional: true, value: value('conservazione', template?.retention), most: 200, faults, help: 'In parole, per esempio «10 anni».' })}
        ${checkbox({ name: 'riservato', label: 'Riservato', help: 'la registrazione si propone riservata', checked: typed === null ? template?.reserved === true : typed.has('riservato') })}
        <div class="d-acts">${button({ label: template === null ? 'Aggiungi' : 'Salva', kind: 'primary' })}${linkButton({ label: 'Lascia com’è', kind: 'quiet', href: `${PATH}${place.query}` })}</div>
      </form>`,
      ),
      template !== null &&
        part(
          { title: 'Togli il modello' },
          html`<form method="post" action="${PATH}/${template.templateId}/togli${place.query}">${actFields(visit, { version: template.version })}
        <p>Non si propone più. Le registrazioni fatte con questo modello non cambiano.</p>${button({ label: 'Togli il modello', kind: 'secondary' })}</form>`,
        ),
    )}`,
  });
}

async function save(visit: ActVisit<'filing'>, template: Template | null, deps: FilingDeps): Promise<DeskAnswer> {
  const place = filingPlace(visit, deps.offices);
  if (place === null) return notFoundView;
  const request = requestOf(visit.form, template?.templateId ?? null, visit.version);
  const saved = await saveTemplate(place.office, request, visit.call, deps);
  if (saved.ok) return seeOther(`${PATH}${place.query}`, `Modello «${request.name}» salvato.`);
  const { problem } = saved;
  const isTyped = PROBLEMS[problem.code].http === 422 || problem.code === 'template-name-taken';
  return isTyped ? form(visit, template, deps, faultOf(problem)) : refused(problem, `${PATH}${place.query}`);
}

const FIELDS: Readonly<Record<string, string>> = {
  name: 'nome',
  subject: 'oggetto',
  classification: 'classe',
  unitId: 'ufficio',
  retention: 'conservazione',
};
const faultOf = ({ at, message }: Problem): Faults => new Map([[FIELDS[at] ?? 'nome', message]]);

function requestOf(form: PostedForm, templateId: string | null, version: number | null): TemplateRequest {
  const direction = form.text('verso');
  return {
    ...{ templateId, version },
    name: form.text('nome').replace(/\s+/g, ' '),
    subject: form.text('oggetto').replace(/\s+/g, ' '),
    direction: direction in DIRECTIONS ? (direction as Direction) : null,
    classification: form.text('classe') || null,
    unitId: form.text('ufficio') || null,
    reserved: form.has('riservato'),
    retention: form.text('conservazione') || null,
  };
}
