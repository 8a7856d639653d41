import { type Html, html } from '../template.ts';

/** A step of an exchange. `proven`: full dot; `now`: ring; `to-come`: hollow, dashed; `failed`: red square on its tip. */
export interface TimelineStep {
  readonly state: 'proven' | 'now' | 'to-come' | 'failed';
  readonly name: string;
  /** A time, a term, or words: "senza prova", "non prevista". */
  readonly below: Html | string;
  /** Where its evidence is. */
  readonly evidence?: string;
}

const SAID = { proven: 'provato', now: 'ora', 'to-come': 'ancora da venire', failed: 'non riuscito' } as const;

export const timeline = (steps: readonly TimelineStep[], label: string): Html => html`
  <ol class="d-timeline" aria-label="${label}">${steps.map(
    ({ state, name, below, evidence }) => html`
    <li class="d-step d-step--${state}"><span class="d-dot" aria-hidden="true"></span><span class="d-step-name">${name}<span class="visually-hidden"> (${SAID[state]})</span></span><span class="d-step-below">${below}${
      evidence !== undefined && html` <a href="${evidence}" aria-label="Prova: ${name}">Prova</a>`
    }</span></li>`,
  )}</ol>`;

/** What happened: time, a sentence that begins with the verb, what else is known. Newest first. */
export interface HistoryEntry {
  readonly at: Html;
  readonly verb: string;
  readonly rest: Html | string;
  readonly more?: Html | string | null;
  /** Assignments are a history of their own. */
  readonly isAssignment?: boolean;
}

export const historyOf = (entries: readonly HistoryEntry[]): Html => html`
  <ol class="d-history">${entries.map(
    ({ at, verb, rest, more, isAssignment }) => html`
    <li class="d-history-entry${isAssignment === true ? ' d-history-entry--assignment' : ''}"><span class="d-history-at">${at}</span><span class="d-dot" aria-hidden="true"></span><div><p><strong>${verb}</strong> ${rest}</p>${
      more !== undefined && more !== null && html`<p class="d-second">${more}</p>`
    }</div></li>`,
  )}</ol>`;
