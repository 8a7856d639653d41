/** Assignments as entries of a registration's history. */
import type { AssignmentPassage } from '../../../../service/assignments/assignment-views.ts';
import type { HistoryEntry } from '../components/timeline.ts';
import { rome } from '../components/when.ts';
import { html } from '../template.ts';

const VERBS = {
  assigned: 'Assegnata',
  accepted: 'Presa in carico',
  returned: 'Restituita',
  reassigned: 'Riassegnata',
  delegated: 'Delegata',
  noted: 'Nota',
  closed: 'Conclusa',
  read: 'Letta',
  withdrawn: 'Ritirata',
} as const satisfies Record<AssignmentPassage['act'], string>;

/** With its moment, so that it can be put among the other entries. */
export interface DatedEntry extends HistoryEntry {
  readonly when: Date;
}

export const assignmentEntries = (passages: readonly AssignmentPassage[], now: Date): readonly DatedEntry[] =>
  passages.map((one) => ({
    when: one.at,
    at: rome(one.at, now),
    verb: VERBS[one.act],
    rest: restOf(one),
    more: one.note === '' ? null : `«${one.note}»`,
    isAssignment: true,
  }));

function restOf({ act, by, onBehalfOf, from, to, kind }: AssignmentPassage) {
  const who = html`da ${by}${onBehalfOf !== null && html` per ${onBehalfOf}`}`;
  const how = kind === 'competence' ? 'per competenza' : 'per conoscenza';
  switch (act) {
    case 'assigned':
    case 'reassigned':
      return html`${who} a ${to}, ${how}`;
    case 'delegated':
      return html`${who} a ${to}`;
    case 'accepted':
    case 'closed':
    case 'noted':
      return who;
    case 'read':
      return html`${who} (${from}), ${how}`;
    case 'returned':
      return html`${who}; era a ${from}`;
    case 'withdrawn':
      return html`${who} a ${from}, ${how}`;
  }
}
