/** Deferred registration: what the head let be registered later, why, until when, and what was. */
import { authoriseDeferral } from '../../../../service/by-hand/deferrals.ts';
import type { DeferralInUse } from '../../../../service/by-hand/ports.ts';
import { mayDo, readerOf } from '../../../../service/people/rights.ts';
import { badge } from '../components/badge.ts';
import { button, linkButton } from '../components/buttons.ts';
import { errorSummary, type Faults, faultyTitle, field, NO_FAULTS, textArea } from '../components/fields.ts';
import { dataTable } from '../components/lists.ts';
import { emptyState, facts, part, sheet } from '../components/note.ts';
import { registerTools } from '../components/register-tools.ts';
import { registrationPath, romeDay, romeFull, shortDay } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { notFoundView } from '../gate-pages.ts';
import { type Html, html } from '../template.ts';
import { seeOther, type View } from '../view.ts';
import { type ActVisit, actFields, type Visit } from '../visit.ts';
import type { FilingDeps } from './filing-deps.ts';

const PATH = '/registro/differimenti';
const MOST_LISTED = 200;
type DeferralVisit = Visit<'register:read' | 'register:defer'>;

export function deferralRoutes(desk: Desk, deps: FilingDeps): void {
  const { deferrals, clock } = deps;
  desk.page({ path: PATH, right: 'register:read' }, async (visit) => {
    const known = await deferrals.list(visit.aoo, readerOf(visit.caller), MOST_LISTED);
    return list(visit, known, romeDay(clock.now()));
  });
  desk.page({ path: `${PATH}/nuovo`, right: 'register:defer' }, async (visit) => form(visit));
  desk.act({ path: `${PATH}/nuovo`, right: 'register:defer' }, async (visit) => {
    const { form: typed } = visit;
    const request = {
      ...{ provision: typed.text('provvedimento'), reason: typed.text('motivo') },
      ...{ receivedFrom: typed.text('dal'), receivedTo: typed.text('al'), registerUntil: typed.text('entro') },
    };
    const done = await authoriseDeferral(visit.office, request, visit.call, deps);
    if (done.ok) return seeOther(`${PATH}/${done.value.deferralId}`, 'Differimento autorizzato.');
    const { at, message } = done.problem;
    return form(visit, new Map([[at === 'provision' ? 'provvedimento' : 'dal', message]]));
  });
  desk.page({ path: `${PATH}/:deferral`, right: 'register:read' }, async (visit) => {
    const reader = readerOf(visit.caller);
    const id = visit.params['deferral'] ?? '';
    const found = await deferrals.find(visit.aoo, id, reader);
    if (found === null) return notFoundView;
    return card(visit, found, await deferrals.uses(visit.aoo, id, reader, MOST_LISTED), romeDay(clock.now()));
  });
}

const view = ({ caller }: DeferralVisit, title: string, content: Html, beside: Html | false = false): View => ({
  title,
  at: 'registro',
  body: html`${registerTools(caller, 'differimenti')}
    <div class="d-head"><h1 class="d-h1">${title}</h1><p class="d-second">Registrazioni differite</p><div class="d-head-end">${beside}</div></div>${content}`,
});

const state = ({ registerUntil }: DeferralInUse, today: string): Html =>
  today <= registerUntil ? badge('ok', 'in corso') : badge('state', 'scaduto');

const span = ({ receivedFrom, receivedTo }: DeferralInUse): string =>
  receivedFrom === receivedTo ? shortDay(receivedFrom) : `${shortDay(receivedFrom)} – ${shortDay(receivedTo)}`;

function list(visit: DeferralVisit, known: readonly DeferralInUse[], today: string): View {
  const mayDefer = mayDo(visit.caller, 'register:defer');
  const add = linkButton({ label: 'Autorizza un differimento', kind: 'secondary', small: true, href: `${PATH}/nuovo` });
  return view(
    visit,
    'Differimenti',
    sheet(
      known.length === 0
        ? emptyState(
            'Nessun differimento',
            mayDefer
              ? 'Se un giorno non si riesce a registrare tutto, si autorizza qui: con provvedimento, motivo e termine.'
              : 'Li autorizza il responsabile, quando un giorno non si riesce a registrare tutto.',
            ...(mayDefer ? [add] : []),
          )
        : part(
            {},
            html`<p class="d-second">Si usano in «Registra», alla voce Registrazione differita: resta scritto quando il documento è arrivato davvero.</p>${dataTable(
              {
                caption: 'Differimenti',
                head: [
                  'Provvedimento',
                  'Motivo',
                  'Documenti arrivati',
                  'Si registra entro',
                  'Stato',
                  { label: 'Usato', isNumber: true },
                ],
                rows: known.map((one) => [
                  html`<a href="${PATH}/${one.deferralId}">${one.provision}</a>`,
                  one.reason,
                  span(one),
                  shortDay(one.registerUntil),
                  state(one, today),
                  one.used,
                ]),
              },
            )}`,
          ),
    ),
    mayDefer && known.length > 0 && add,
  );
}

function form(visit: Visit<'register:defer'> | ActVisit<'register:defer'>, faults: Faults = NO_FAULTS): View {
  const typed = 'form' in visit ? visit.form : null;
  const act = 'call' in visit ? visit.call.idempotency?.key : undefined;
  const value = (name: string): string => typed?.text(name) ?? '';
  const title = 'Autorizza un differimento';
  return {
    ...view(
      visit,
      title,
      html`${errorSummary(faults)}${sheet(
        part(
          {},
          html`<form method="post" action="${PATH}/nuovo" novalidate class="d-own-form">${actFields(visit, act === undefined ? {} : { act })}
        ${field({ name: 'provvedimento', label: 'Provvedimento', value: value('provvedimento'), most: 500, faults, help: 'Numero e data, come «Determina 12 del 30/11/2026».' })}
        ${textArea({ name: 'motivo', label: 'Motivo', value: value('motivo'), most: 500, rows: 2, faults })}
        ${field({ name: 'dal', label: 'Documenti arrivati dal', type: 'date', value: value('dal'), faults })}
        ${field({ name: 'al', label: 'al', type: 'date', value: value('al'), faults })}
        ${field({ name: 'entro', label: 'Si registrano entro il', type: 'date', value: value('entro'), faults })}
        <p class="d-second">Autorizza ${visit.caller.name}. Non si cambia più: se serve, se ne autorizza un altro.</p>
        <div class="d-acts">${button({ label: 'Autorizza', kind: 'primary' })}${linkButton({ label: 'Lascia com’è', kind: 'quiet', href: PATH })}</div></form>`,
        ),
      )}`,
    ),
    title: faultyTitle(title, faults),
    ...(faults.size > 0 && { status: 422 }),
  };
}

function card(
  visit: DeferralVisit,
  found: DeferralInUse,
  uses: Awaited<ReturnType<FilingDeps['deferrals']['uses']>>,
  today: string,
): View {
  return view(
    visit,
    found.provision,
    sheet(
      part(
        {},
        facts([
          ['Stato', state(found, today)],
          ['Motivo', found.reason],
          ['Documenti arrivati', span(found)],
          ['Si registra entro il', shortDay(found.registerUntil)],
          ['Autorizzato da', html`${found.by}, ${romeFull(found.at)}`],
        ]),
      ),
      part(
        { title: 'Registrate con questo differimento' },
        uses.length === 0
          ? html`<p>Nessuna finora.</p>`
          : dataTable({
              caption: 'Registrate con questo differimento',
              head: ['Numero', 'Arrivato', 'Registrato', 'Da', 'Oggetto'],
              rows: uses.map((one) => [
                html`<a href="${registrationPath(one)}">${String(one.number).padStart(7, '0')}/${one.year}</a>`,
                romeFull(one.receivedAt),
                romeFull(one.registeredAt),
                one.registeredByName,
                html`<span class="d-isolate">${one.subject}</span>`,
              ]),
            }),
      ),
    ),
    linkButton({ label: 'Tutti i differimenti', kind: 'quiet', small: true, href: PATH }),
  );
}
