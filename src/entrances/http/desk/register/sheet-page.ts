/** A registration with its whole history. */
import { assignmentActor } from '../../../../service/assignments/actor.ts';
import type { Assignments } from '../../../../service/assignments/open-assignments.ts';
import { mayDo, readerOf } from '../../../../service/people/rights.ts';
import type { RegisterViews, RegistrationSheet } from '../../../../service/queries/register-views.ts';
import { holdingPanel } from '../assignments/holding-panel.ts';
import { assignmentEntries } from '../assignments/passages.ts';
import { badge, tag } from '../components/badge.ts';
import { button, linkButton } from '../components/buttons.ts';
import { textArea } from '../components/fields.ts';
import { facts, note, part, sheet } from '../components/note.ts';
import { historyOf, timeline } from '../components/timeline.ts';
import { longDay, registrationPath, romeDay, romeFull } from '../components/when.ts';
import { attribute, type Html, html } from '../template.ts';
import type { View } from '../view.ts';
import { actFields, type Visit } from '../visit.ts';
import { lifeWord, stepsOf } from './exchange-steps.ts';
import { carrierName, REGISTER_PATH } from './register-filter.ts';
import { annulmentWords } from './register-lines.ts';
import { directionWord, registerBadge } from './register-words.ts';
import { peerNumberWords, type SheetEntry, sheetEntries } from './sheet-history.ts';

export interface SheetDeps {
  readonly registerViews: RegisterViews;
  readonly assignments: Pick<Assignments, 'views'>;
  readonly now: () => Date;
}

export async function sheetPage(visit: Visit<'register:read'>, row: RegistrationSheet, deps: SheetDeps): Promise<View> {
  const { office, caller } = visit;
  const now = deps.now();
  const key = { register: row.register, year: row.year, number: Number(row.number) };
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
    actor,
    mayAssign: !isAnnulled && mayDo(caller, 'assign'),
    standsInFor,
    token: visit.token,
    now,
  });
  return {
    title: `${row.number}/${row.year}`,
    at: 'registro',
    keys: ['a', 'n', 'l', 'Escape'],
    body: html`
    <div class="d-crumb"><a href="${REGISTER_PATH}" data-escape>← Registro</a>
      <div class="d-head-end">${acts(visit, row)}</div></div>
    ${asked(visit, row)}
    <div class="d-columns d-columns--sheet">
      ${sheet(head(row), exchange(visit, row, now), documents(visit, row))}
      <div>${sheet(panel, history(visit, row, entries))}</div>
    </div>`,
  };
}

function acts({ caller }: Visit<'register:read'>, row: RegistrationSheet): readonly (Html | false)[] {
  const path = registrationPath(row);
  const isOpen = row.annulment === null;
  return [
    row.direction === 'incoming' &&
      linkButton({ label: 'Ricevuta', kind: 'secondary', small: true, href: `${path}/ricevuta` }),
    linkButton({ label: 'Etichetta', kind: 'secondary', small: true, key: 'l', href: `${path}/etichetta` }),
    isOpen &&
      mayDo(caller, 'register:annul') &&
      linkButton({ label: 'Annulla la registrazione…', kind: 'quiet', small: true, href: `${path}/annulla` }),
    isOpen &&
      !row.annulmentAsked &&
      !mayDo(caller, 'register:annul') &&
      mayDo(caller, 'register:annul-ask') &&
      linkButton({ label: 'Chiedi l’annullamento…', kind: 'quiet', small: true, href: `${path}/chiedi-annullamento` }),
  ];
}

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

function head(row: RegistrationSheet): Html {
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
    ${row.annulment !== null && note('bad', html`<p>${annulmentWords(row.annulment, new Date(row.annulment.at))}. Tutto il resto rimane leggibile.</p>`)}
    ${facts([
      [
        'Mittente',
        row.direction === 'incoming'
          ? html`<span class="d-isolate"><strong>${row.sender}</strong></span>${row.certifiedAddress !== null && html` <span class="d-second">${row.certifiedAddress}</span>`}`
          : null,
      ],
      [row.others > 0 ? 'Destinatari' : 'Destinatario', row.direction === 'incoming' ? null : recipients(row)],
      ['Loro protocollo', peerNumberWords(row)],
      ['Arrivata', arrived(row)],
      ['Mezzo', row.message === null && row.carrier !== null ? carrierName(row.carrier) : null],
      [
        'Classificazione',
        html`${row.classification ?? html`<span class="d-second">nessuna</span>`} <a href="${registrationPath(row)}/classifica">Cambia</a>`,
      ],
      ['Fascicolo', row.file],
      ...row.links.map(
        ({ direction, kind, year, number, date, subject }) =>
          [
            direction === 'from' ? 'Seguita da' : kind === 'precedent' ? 'Precedente' : 'Collegata a',
            html`<a href="${registrationPath({ year, number })}">${number}</a> del ${longDay(date)}, <span class="d-isolate">${subject}</span>`,
          ] as const,
      ),
      ['Registrata da', row.arrival?.by ?? (row.message === null ? null : 'servizio, secondo le regole dell’ufficio')],
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
  return at === null
    ? null
    : html`${romeFull(at)}, ${carrierName(arrival?.carrier ?? 'pec')}; i termini corrono da qui`;
}

/** One as a line of steps, several as rows. */
function exchange({ caller }: Visit<'register:read'>, row: RegistrationSheet, now: Date): Html | false {
  if (row.lives.length === 0) return false;
  const [first] = row.lives;
  const mayOpen = mayDo(caller, 'messages:read');
  const content =
    row.lives.length === 1 && first !== undefined
      ? html`${timeline(stepsOf(first, mayOpen, now), `Lo scambio con ${first.peer}`)}`
      : html`<ul class="d-lives">${row.lives.map(
          (life) =>
            html`<li class="d-life"><p class="d-isolate"><strong>${life.peer}</strong> <span class="d-second">${lifeWord(life)}${life.peerNumber !== null && html`, loro n. ${life.peerNumber}`}</span></p>${timeline(stepsOf(life, mayOpen, now), `Lo scambio con ${life.peer}`)}</li>`,
        )}</ul>${row.exchanges.all > row.lives.length && html`<p class="d-second">Qui stanno i primi ${row.lives.length} di ${row.exchanges.all}, quelli con problemi per primi.</p>`}`;
  return part({ title: 'Lo scambio', id: 'scambio' }, content);
}

const ROLE_TAGS = { primary: 'principale', attachment: null, undeclared: 'non dichiarato' } as const;

function documents({ caller }: Visit<'register:read'>, row: RegistrationSheet): Html {
  const files = `/documenti/registro/${encodeURIComponent(row.register)}/${row.year}/${Number(row.number)}`;
  const [life] = row.lives;
  const content =
    row.documents.length === 0
      ? html`<p class="d-second">Nessun documento.</p>`
      : html`<ul class="d-documents">${row.documents.map(({ name, role, sha256, size }) => {
          const word = ROLE_TAGS[role];
          return html`<li><a class="d-isolate" href="${files}/${sha256}">${name}</a> ${word !== null && tag(word)}<span class="d-second d-document-facts">${bytes(size)} · impronta <code title="${sha256}">${sha256.slice(0, 6)}…${sha256.slice(-2)}</code></span></li>`;
        })}</ul>`;
  return part(
    {
      title: 'Documenti',
      ...(row.message !== null &&
        life !== undefined &&
        mayDo(caller, 'messages:read') && {
          beside: html`<a href="/messaggi/${life.exchangeId}">Apri il messaggio</a>`,
        }),
    },
    content,
  );
}

const bytes = (size: number): string =>
  size < 1024
    ? `${size} byte`
    : size < 1024 * 1024
      ? `${Math.round(size / 1024)} KB`
      : `${(size / 1024 / 1024).toFixed(1).replace('.', ',')} MB`;

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
    html`${mayNote(visit) && noteForm(visit, path)}${shown.length === 0 ? html`<p class="d-second">Niente da mostrare.</p>` : historyOf(shown)}`,
  );
}

const mayNote = ({ caller }: Visit<'register:read'>): boolean => mayDo(caller, 'assignments:own');

const noteForm = (visit: Visit<'register:read'>, path: string): Html => html`
  <details class="d-sheet-note"><summary data-key="n" aria-keyshortcuts="n">Aggiungi una nota</summary>
    <form method="post" action="${path}/nota">${actFields(visit)}
      ${textArea({ name: 'nota', label: 'Nota', most: 2000, required: true, help: 'Resta nella storia con il tuo nome, non si può cambiare.' })}
      ${button({ label: 'Aggiungi la nota', kind: 'secondary' })}
    </form></details>`;

/** What an address names, for this person; null: nothing that they may see. */
export async function openSheet(
  visit: Visit<'register:read' | 'register:annul-ask' | 'register:annul' | 'register:write' | 'assignments:own'>,
  { registerViews }: Pick<SheetDeps, 'registerViews'>,
): Promise<RegistrationSheet | null> {
  const { year = '', number = '' } = visit.params;
  if (!/^\d{4}$/.test(year) || !/^\d{1,12}$/.test(number)) return null;
  return registerViews.sheet(visit.office.aoo, readerOf(visit.caller), { year: Number(year), number: Number(number) });
}
