/** Who has a registration now, for how long, and what this person may do about it. */
import type { AssignmentAct } from '../../../../domain/assignments/assignment.ts';
import type { AssignmentActor } from '../../../../service/assignments/actor.ts';
import { offeredActs } from '../../../../service/assignments/actor.ts';
import type { AssignmentView, Holding } from '../../../../service/assignments/assignment-views.ts';
import { actBar, button, linkButton } from '../components/buttons.ts';
import { icon } from '../components/icon.ts';
import { howLong, registrationPath, rome } from '../components/when.ts';
import { type Html, html } from '../template.ts';
import { actFields } from '../visit.ts';

export interface PanelOptions {
  readonly registration: { readonly year: number; readonly number: number };
  readonly holding: Holding;
  /** Nothing is left to be done about it. */
  readonly isAnnulled: boolean;
  readonly actor: AssignmentActor;
  /** May assign what nobody has, unless it is annulled. */
  readonly mayAssign: boolean;
  readonly standsInFor: readonly string[];
  /** The token of the person's forms. */
  readonly token: string;
  readonly now: Date;
}

/** "Ce l'ha ora": first on the sheet of a registration. */
export function holdingPanel(options: PanelOptions): Html {
  const { holding, isAnnulled, now } = options;
  const { competence } = holding;
  if (isAnnulled) return ofAnnulled(holding);
  return html`
    <section class="d-holding" aria-label="Chi ce l’ha">
      ${icon('it-user')}
      <div class="d-holding-who">${competence === null ? nobody(holding) : whoHas(competence, now)}</div>
      ${actBar(...competenceActs(options))}
    </section>
    ${informed(options)}`;
}

/** What was in somebody's hands when it was annulled. */
const ofAnnulled = ({ competence, information }: Holding): Html => html`
  <section class="d-holding" aria-label="Chi ce l’ha">
    ${icon('it-user')}
    <div class="d-holding-who"><p class="d-second">Annullata: non c’è più niente da fare</p>
      <p class="d-holding-name">${competence === null || competence.state === 'returned' || competence.state === 'withdrawn' ? 'Non è di nessuno' : html`Era di ${holderName(competence)}`}</p></div>
  </section>
  ${information.length > 0 && html`<div class="d-informed"><span>Per conoscenza:</span><ul>${information.map((one) => html`<li>${holderName(one)}</li>`)}</ul></div>`}`;

function nobody({ byRule }: Holding): Html {
  if (byRule === null) return html`<p class="d-second">Per competenza</p><p class="d-holding-name">Nessuno ancora</p>`;
  return html`<p class="d-second">Indicato da una regola o dal sistema di protocollo</p>
    <p class="d-holding-name"><strong>${byRule.unit ?? byRule.office}</strong>${byRule.unitId === null && html` <span class="d-second">(non è un ufficio di oggi)</span>`}</p>`;
}

function whoHas(competence: AssignmentView, now: Date): Html {
  const { state, since, lastBy, lastNote } = competence;
  const lasts = html`<span class="d-second">da ${howLong(since, now)}</span>`;
  if (state === 'returned')
    return html`<p class="d-second">Restituita da ${lastBy} al protocollo${competence.assignedByName !== null && html` e a ${competence.assignedByName}`}</p>
      <p class="d-holding-name"><strong>Da riassegnare</strong> ${lasts}</p>${lastNote !== '' && html`<p>«${lastNote}»</p>`}`;
  if (state === 'withdrawn')
    return html`<p class="d-second">Per competenza</p><p class="d-holding-name">Nessuno: ritirata da ${lastBy}</p>`;
  const head = { assigned: 'Assegnata per competenza, da prendere in carico', done: 'Conclusa da' } as const;
  return html`<p class="d-second">${state === 'assigned' || state === 'done' ? head[state] : 'Ce l’ha ora, per competenza'}</p>
    <p class="d-holding-name">${holderName(competence)} ${lasts}</p>${
      competence.ceased !== null &&
      state !== 'done' &&
      html`<p class="d-holding-ceased">L’ufficio è cessato${competence.ceased.successor !== null && html`, ora c’è ${competence.ceased.successor}`}: va riassegnata.</p>`
    }`;
}

export const holderName = ({ unit, person }: Pick<AssignmentView, 'unit' | 'person'>): Html =>
  unit === null
    ? html`<strong>${person}</strong>`
    : html`<strong>${unit}</strong>${person !== null && html`, ${person}`}`;

/** `a` for what is asked most of this person: to assign, else to reassign. */
function competenceActs(options: PanelOptions): readonly (Html | false)[] {
  const { holding, actor, standsInFor, mayAssign, registration } = options;
  const { competence } = holding;
  const path = registrationPath(registration);
  if (competence === null)
    return [mayAssign && linkButton({ label: 'Assegna…', kind: 'primary', key: 'a', href: `${path}/assegna` })];
  const acts = offeredActs(actor, competence, standsInFor, false);
  const may = (act: AssignmentAct): boolean => acts.includes(act);
  const isMine = may('accept') || (competence.state === 'taken' && may('close'));
  return [
    may('accept') &&
      oneTap(options, competence, { act: 'prendi', label: 'Prendi in carico', kind: 'primary', key: 'g' }),
    isMine && may('close') && oneTap(options, competence, { act: 'concludi', label: 'Concludi', kind: 'secondary' }),
    may('return') && linkButton({ label: 'Restituisci…', kind: 'secondary', key: 'f', href: `${path}/restituisci` }),
    may('reassign') && linkButton({ label: 'Riassegna…', kind: 'secondary', key: 'a', href: `${path}/riassegna` }),
    may('withdraw') && !isMine && oneTap(options, competence, { act: 'ritira', label: 'Ritira', kind: 'quiet' }),
  ];
}

interface OneTap {
  readonly act: string;
  readonly label: string;
  readonly kind: 'primary' | 'secondary' | 'quiet';
  readonly key?: string;
  readonly small?: boolean;
  readonly says?: string;
}

/** A form that asks nothing more. */
const oneTap = (
  { registration, token }: Pick<PanelOptions, 'registration' | 'token'>,
  { assignmentId, version }: AssignmentView,
  { act, ...shown }: OneTap,
): Html => html`
  <form method="post" action="${registrationPath(registration)}/${act}" class="d-inline-form">
    ${actFields({ token }, { version })}<input type="hidden" name="assegnazione" value="${assignmentId}">${button(shown)}
  </form>`;

/** Those who may read: who has read it, who not yet. */
function informed(options: PanelOptions): Html | false {
  const { holding, actor, standsInFor, now, mayAssign, registration } = options;
  const add =
    mayAssign && holding.competence !== null && html`<a href="${registrationPath(registration)}/assegna">Aggiungi</a>`;
  if (holding.information.length === 0)
    return add === false ? false : html`<p class="d-informed">Per conoscenza: nessuno. ${add}</p>`;
  return html`<div class="d-informed"><span>Per conoscenza:</span><ul>${holding.information.map((one) => {
    const acts = offeredActs(actor, one, standsInFor, false);
    const name = [one.unit, one.person].filter((part) => part !== null).join(', ');
    return html`<li>${holderName(one)} ${one.state === 'read' ? html`(letta ${rome(one.since, now)})` : '(non ancora letta)'}${
      acts.includes('read') &&
      oneTap(options, one, { act: 'letta', label: 'Segna come letta', kind: 'secondary', small: true })
    }${
      acts.includes('withdraw') &&
      oneTap(options, one, {
        act: 'ritira',
        label: 'Ritira',
        kind: 'quiet',
        small: true,
        says: `Ritira la conoscenza a ${name}`,
      })
    }</li>`;
  })}</ul>${add}</div>`;
}
