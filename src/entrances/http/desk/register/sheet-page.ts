/** A registration with its whole history. */
import { assignmentActor } from '../../../../service/assignments/actor.ts';
import type { Assignments } from '../../../../service/assignments/open-assignments.ts';
import { mayDo } from '../../../../service/people/rights.ts';
import type { RecipientLives } from '../../../../service/queries/recipient-lives.ts';
import type { RegisterViews, RegistrationSheet } from '../../../../service/queries/register-views.ts';
import { holdingPanel } from '../assignments/holding-panel.ts';
import { assignmentEntries } from '../assignments/passages.ts';
import { badge, tag } from '../components/badge.ts';
import { button } from '../components/buttons.ts';
import { changedLine } from '../components/changed-line.ts';
import { field, textArea } from '../components/fields.ts';
import type { KeyName } from '../components/keys-bar.ts';
import { facts, note, part, sheet } from '../components/note.ts';
import { historyOf, timeline } from '../components/timeline.ts';
import { longDay, registrationPath, romeDay, romeFull } from '../components/when.ts';
import { livesSums } from '../send/lives.ts';
import { attribute, type Html, html } from '../template.ts';
import type { View } from '../view.ts';
import { actFields, type Visit } from '../visit.ts';
import { stepsOf } from './exchange-steps.ts';
import { keyOf } from './open-sheet.ts';
import { arrivedBy, carrierName } from './register-filter.ts';
import { annulmentWords } from './register-lines.ts';
import { directionWord, registerBadge } from './register-words.ts';
import { type SheetDocumentDeps, sheetDocuments } from './sheet-documents.ts';
import { sheetFrame } from './sheet-frame.ts';
import { peerNumberWords, registeredBy, type SheetEntry, sheetEntries } from './sheet-history.ts';

export interface SheetDeps {
  readonly registerViews: RegisterViews;
  readonly assignments: Pick<Assignments, 'views'>;
  readonly lives: Pick<RecipientLives, 'counts'>;
  /** What shows its documents. */
  readonly papers: SheetDocumentDeps;
  readonly now: () => Date;
}

export async function sheetPage(visit: Visit<'register:read'>, row: RegistrationSheet, deps: SheetDeps): Promise<View> {
  const { office, caller } = visit;
  const now = deps.now();
  const key = keyOf(row);
  const actor = assignmentActor(caller);
  const [holding, passages, standsInFor] = await Promise.all([
    deps.assignments.views.holding(office.aoo, key),
    deps.assignments.views.history(office.aoo, key),
    deps.assignments.views.standsInFor(office.aoo, actor.personId, romeDay(now)),
  ]);
  const isAnnulled = row.annulment !== null;
  const entries: readonly SheetEntry[] = [...sheetEntries(row, now), ...assignmentEntries(passages, now)];
  const panel = holdingPanel({
    registration: key,
    holding,
    isAnnulled,
    actor,
    mayAssign: mayDo(caller, 'assign'),
    standsInFor,
    token: visit.token,
    now,
  });
  return {
    title: `${row.number}/${row.year}`,
    at: 'registro',
    keys: keysOf(row, mayDo(caller, 'register:write')),
    body: html`
    ${sheetFrame(visit, row, 'sheet')}
    ${changedLine(stateSeen(row))}
    ${asked(visit, row)}
    <div class="d-columns d-columns--sheet">
      ${sheet(head(visit, row, now), await exchange(visit, row, now, deps), await sheetDocuments(visit, row, deps.papers))}
      <div>${sheet(panel, history(visit, row, entries))}</div>
    </div>`,
  };
}

/** What people do to it; what its messages go through is seen beside it. */
const stateSeen = ({
  changes,
  notes,
  requests,
  reserveVersion,
  annulment,
  filings,
  links,
  heldBy,
}: RegistrationSheet) =>
  JSON.stringify([
    ...[changes.length, notes.length, filings.length, links.length, reserveVersion, annulment?.at ?? null],
    ...requests.map(({ decision }) => decision?.at ?? null),
    heldBy,
  ]);

const keysOf = (row: RegistrationSheet, mayLink: boolean): readonly KeyName[] => [
  'a',
  'n',
  'l',
  ...(mayLink ? (['c'] as const) : []),
  ...(row.documents.length > 0 ? (['d'] as const) : []),
  ...(row.lives.length > 0 ? (['p'] as const) : []),
  'Escape',
];

/** A request that waits for the head. */
function asked({ caller }: Visit<'register:read'>, row: RegistrationSheet): Html | false {
  const open = row.requests.find(({ decision }) => decision === null);
  if (open === undefined) return false;
  return note(
    'warn',
    html`<p><strong>${open.by}</strong> ne ha chiesto l’annullamento: «${open.reason}»</p>${
      mayDo(caller, 'register:annul') && html`<p><a href="${registrationPath(row)}/annulla">Decidi la richiesta</a></p>`
    }`,
  );
}

function head(visit: Visit<'register:read'>, row: RegistrationSheet, now: Date): Html {
  const struck = (content: Html | string): Html =>
    row.annulment === null ? html`${content}` : html`<s>${content}</s>`;
  return part(
    {},
    html`
    <div class="d-sheet-head">
      <h1 class="d-sheet-number" tabindex="-1">${struck(html`${row.number}<span class="d-sheet-year">/${row.year}</span>`)}</h1>
      <p class="d-second">${directionWord(row.direction)}, ${longDay(row.date)}, ${row.time}</p>
      <p class="d-sheet-state">${registerBadge(row)}</p>
    </div>
    <p class="d-sheet-subject d-isolate">${struck(row.subject)} ${row.reserved && tag('riservata')}</p>
    ${row.annulment !== null && note('bad', html`<p>${annulmentWords(row.annulment, now)}. Tutto il resto rimane leggibile.</p>`)}
    ${facts([
      [
        'Mittente',
        row.direction === 'incoming'
          ? html`<span class="d-isolate"><strong>${row.sender}</strong></span>${row.certifiedAddress !== null && html` <span class="d-second">${row.certifiedAddress}</span>`}`
          : null,
      ],
      [row.others > 0 ? 'Destinatari' : 'Destinatario', row.direction === 'incoming' ? null : recipients(row)],
      ['Loro protocollo', peerNumberWords(row)],
      ['Registro di emergenza', row.emergency === null ? null : html`n. ${row.emergency}`],
      ['Arrivata', arrived(row)],
      ['Mezzo', row.message === null && row.carrier !== null ? carrierName(row.carrier) : null],
      [
        'Classificazione',
        html`${row.classification ?? html`<span class="d-second">nessuna</span>`}${row.annulment === null && mayDo(visit.caller, 'register:write') && html` <a href="${registrationPath(row)}/classifica">Cambia</a>`}`,
      ],
      ['Fascicolo', row.file],
      [
        'Riservatezza',
        mayDo(visit.caller, 'register:reserve')
          ? html`<a href="${registrationPath(row)}/riserva">${row.reserved ? 'Togli la riserva…' : 'Rendi riservata…'}</a>`
          : null,
      ],
      ...row.links.map(
        ({ direction, kind, year, number, date, subject }) =>
          [
            direction === 'from' ? 'Seguita da' : kind === 'precedent' ? 'Precedente' : 'Collegata a',
            html`<a href="${registrationPath({ year, number })}">${number}</a> del ${longDay(date)}, <span class="d-isolate">${subject}</span>`,
          ] as const,
      ),
      [
        'Registrata da',
        registeredBy(row) ?? (row.message === null ? null : 'servizio, secondo le regole dell’ufficio'),
      ],
    ])}
    ${row.flags.length > 0 && html`<div class="d-sheet-flags">${badge('warn', 'Segnalata')}<ul>${row.flags.map((flag) => html`<li>${flag}</li>`)}</ul></div>`}`,
  );
}

const recipients = ({ recipients: names, others }: RegistrationSheet): Html =>
  html`<span class="d-isolate">${names.join('; ')}</span>${
    others + 1 > names.length && html` <span class="d-second">e altri ${others + 1 - names.length}</span>`
  }`;

function arrived({ message, arrival }: RegistrationSheet): Html | null {
  const at = arrival?.receivedAt ?? message?.arrivedAt ?? null;
  return at === null ? null : html`${romeFull(at)}, ${arrivedBy(arrival?.carrier ?? 'pec')}; i termini corrono da qui`;
}

/** One as a line of steps; how it stands with several, in sums: each has a row on the page of the exchange. */
async function exchange(visit: Visit<'register:read'>, row: RegistrationSheet, now: Date, deps: SheetDeps) {
  const [first] = row.lives;
  if (first === undefined) return false;
  const isOne = row.direction !== 'outgoing' || row.exchanges.all === 1;
  const all = `${registrationPath(row)}/destinatari`;
  return part(
    {
      title: 'Lo scambio',
      id: 'scambio',
      ...(row.direction === 'outgoing' && {
        beside: html`<a href="${all}">${isOne ? 'Stato e prove' : 'A che punto è ciascuno'}</a>`,
      }),
    },
    isOne
      ? timeline(stepsOf(first, mayDo(visit.caller, 'messages:read'), now), `Lo scambio con ${first.peer}`)
      : livesSums(await deps.lives.counts(visit.aoo, keyOf(row))),
  );
}

/** All, or assignments or the exchange alone: the choice stands in the address. */
function history(visit: Visit<'register:read'>, row: RegistrationSheet, entries: readonly SheetEntry[]): Html {
  const wanted = visit.query.text('storia');
  const shown = entries
    .filter((one) =>
      wanted === 'assegnazioni' ? one.isAssignment === true : wanted === 'scambio' ? one.isExchange === true : true,
    )
    .toSorted((a, b) => b.when.getTime() - a.when.getTime());
  const path = registrationPath(row);
  const choices = [
    ['', 'Tutto'],
    ['assegnazioni', 'Assegnazioni'],
    ['scambio', 'Scambio'],
  ] as const;
  return part(
    {
      title: 'Storia',
      id: 'storia',
      beside: html`<ul class="d-sheet-choices">${choices.map(
        ([value, label]) =>
          html`<li><a href="${value === '' ? path : `${path}?storia=${value}#storia`}"${attribute('aria-current', value === wanted ? 'true' : null)}>${label}</a></li>`,
      )}</ul>`,
    },
    html`${mayNote(visit) && noteForm(visit, path)}${mayDo(visit.caller, 'register:write') && linkForm(visit, path)}${shown.length === 0 ? html`<p class="d-second">Niente da mostrare.</p>` : historyOf(shown)}`,
  );
}

const mayNote = ({ caller }: Visit<'register:read'>): boolean => mayDo(caller, 'assignments:own');

const noteForm = (visit: Visit<'register:read'>, path: string): Html => html`
  <details class="d-sheet-note"><summary data-key="n" aria-keyshortcuts="n">Aggiungi una nota</summary>
    <form method="post" action="${path}/nota">${actFields(visit)}
      ${textArea({ name: 'nota', label: 'Nota', most: 2000, required: true, help: 'Resta nella storia con il tuo nome, non si può cambiare.' })}
      ${button({ label: 'Aggiungi la nota', kind: 'secondary' })}
    </form></details>`;

const linkForm = (visit: Visit<'register:read'>, path: string): Html => html`
  <details class="d-sheet-note"><summary data-key="c" aria-keyshortcuts="c">Collega a un precedente</summary>
    <form method="post" action="${path}/collega">${actFields(visit)}
      ${field({ name: 'precedenti', label: 'Precedente', most: 200, required: true, help: 'Numero e anno, come 1234/2026; più d’uno separati da virgole. Il collegamento resta.' })}
      ${button({ label: 'Collega', kind: 'secondary' })}
    </form></details>`;
