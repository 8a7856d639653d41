/** Rows of assignments, each with the acts that make sense in place. Several may be chosen. */
import type { AssignmentAct } from '../../../../domain/assignments/assignment.ts';
import { type AssignmentActor, offeredActs } from '../../../../service/assignments/actor.ts';
import type { AssignedItem } from '../../../../service/assignments/assignment-views.ts';
import { badge } from '../components/badge.ts';
import { actBar, button, linkButton } from '../components/buttons.ts';
import { withWayBack } from '../components/way-back.ts';
import { howLong, num, registrationPath } from '../components/when.ts';
import { attribute, type Html, html } from '../template.ts';
import { actFields } from '../visit.ts';
import { holderName } from './holding-panel.ts';

export interface RowsOptions {
  readonly items: readonly AssignedItem[];
  readonly actor: AssignmentActor;
  readonly standsInFor: readonly string[];
  readonly token: string;
  readonly now: Date;
  /** Where acts come back to. */
  readonly back: string;
}

/** The form of those that are chosen; the boxes of the rows belong to it, though they stand outside. */
const CHOSEN = 'assegnazioni-scelte';

/** What a box says of its row: the assignment, and the version that was seen. */
export const chosenValue = ({ assignmentId, version }: Pick<AssignedItem, 'assignmentId' | 'version'>): string =>
  `${assignmentId}/${version}`;

/** Rows, and a bar for those that are chosen, with the acts that at least one of them allows. */
export function assignedRows(options: RowsOptions): Html {
  const { items, token, back, actor, standsInFor } = options;
  const offered = new Set(items.flatMap((item) => offeredActs(actor, item, standsInFor, item.isAnnulled)));
  return html`
    <ul class="d-assigned" data-module="register">${items.map((item) => rowOf(options, item))}</ul>
    ${
      (offered.has('accept') || offered.has('reassign')) &&
      html`<form method="post" id="${CHOSEN}" class="d-bulk" action="/assegnazioni/prendi">
        ${actFields({ token })}<input type="hidden" name="torna" value="${back}">
        <span>Con quelle scelte</span>
        ${actBar(
          offered.has('accept') && button({ label: 'Prendi in carico', kind: 'secondary' }),
          offered.has('reassign') &&
            button({ label: 'Riassegna…', kind: 'secondary', formAction: '/assegnazioni/riassegna' }),
        )}
      </form>`
    }`;
}

function rowOf(options: RowsOptions, item: AssignedItem): Html {
  const { actor, standsInFor } = options;
  const acts = offeredActs(actor, item, standsInFor, item.isAnnulled);
  const path = registrationPath(item);
  const title = item.subject === '' ? 'Senza oggetto' : item.subject;
  return html`
    <li class="d-assigned-row" id="assegnazione-${item.assignmentId}">
      <label class="d-assigned-box"><input type="checkbox" name="scelta" value="${chosenValue(item)}"${attribute('form', CHOSEN)}><span class="visually-hidden">Scegli ${num(item)}, ${title}</span></label>
      <div class="d-assigned-what">
        <p class="d-assigned-head">${stateBadge(item)} <span class="d-second">${num(item)}${item.correspondent !== '' && html` · ${item.correspondent}`}</span></p>
        <p class="d-assigned-title"><a href="${withWayBack(path, options.back)}" id="riga-${item.assignmentId}" data-row>${title}</a></p>
        <p class="d-second">${whyOf(item)}</p>
      </div>
      <p class="d-assigned-age"><span class="visually-hidden">Da </span>${howLong(item.since, options.now)}</p>
      ${actBar(...inPlace(options, item, path, acts))}
    </li>`;
}

function stateBadge({ state }: AssignedItem): Html {
  switch (state) {
    case 'returned':
      return badge('warn', 'Restituita');
    case 'taken':
      return badge('state', 'In carico');
    case 'unread':
      return badge('wait', 'Da leggere');
    default:
      return badge('wait', 'Da prendere in carico');
  }
}

const whyOf = (item: AssignedItem): Html => {
  const { state, lastBy, lastNote, ceased } = item;
  const said = lastNote !== '' && html` «${lastNote}»`;
  if (state === 'returned') return html`Restituita da ${lastBy}.${said}`;
  if (ceased !== null) return html`${holderName(item)}: ufficio cessato, va riassegnata.`;
  const where = html`${holderName(item)}${lastBy !== null && state !== 'taken' && html`, da ${lastBy}`}`;
  return html`${where}.${said}`;
};

function inPlace(
  options: RowsOptions,
  item: AssignedItem,
  path: string,
  acts: readonly AssignmentAct[],
): readonly (Html | false)[] {
  const from = `?torna=${encodeURIComponent(options.back)}`;
  const says = (label: string): string => `${label}: ${num(item)}`;
  const tap = (act: string, label: string): Html => html`
    <form method="post" action="${path}/${act}" class="d-inline-form">${actFields(options, { version: item.version })}<input type="hidden" name="assegnazione" value="${item.assignmentId}"><input type="hidden" name="torna" value="${options.back}">${button({ label, kind: 'secondary', small: true, says: says(label) })}</form>`;
  const link = (act: string, label: string): Html =>
    linkButton({
      label,
      kind: 'quiet',
      small: true,
      href: `${path}/${act}${from}`,
      says: says(label.replace('…', '')),
    });
  return [
    acts.includes('accept') && tap('prendi', 'Prendi in carico'),
    acts.includes('read') && tap('letta', 'Segna come letta'),
    item.state === 'taken' && acts.includes('close') && tap('concludi', 'Concludi'),
    acts.includes('return') && link('restituisci', 'Restituisci…'),
    item.kind === 'competence' && acts.includes('reassign') && link('riassegna', 'Riassegna…'),
  ];
}
