import { type Html, html } from '../template.ts';
import { icon } from './icon.ts';

/** Shape and word, never colour alone: ◆ bad, ▲ warn, ● a state, ○ waiting, ● (green) well. */
export type BadgeKind = 'bad' | 'warn' | 'state' | 'wait' | 'ok';

const SHAPES = { bad: '◆', warn: '▲', state: '●', wait: '○', ok: '●' } as const satisfies Record<BadgeKind, string>;

export const badge = (kind: BadgeKind, word: string): Html =>
  html`<span class="d-badge d-badge--${kind}"><span class="d-badge-shape" aria-hidden="true">${SHAPES[kind]}</span>${word}</span>`;

/** A property: `principale`, `riservato`. */
export const tag = (word: string): Html => html`<span class="d-tag">${word}</span>`;

/** One sentence about what was found out, and how we know; opened by itself where the verdict is bad. */
export interface ShownVerdict {
  readonly kind: 'proven' | 'not-so' | 'doubtful' | 'does-not-apply';
  readonly sentence: Html | string;
  /** "Come lo sappiamo"; left out: nothing more can be said. */
  readonly how?: Html | string;
}

const VERDICT_ICONS = {
  proven: ['it-check-circle', 'Provato'],
  'not-so': ['it-warning-circle', 'Non è così'],
  doubtful: ['it-help-circle', 'Dubbio'],
  'does-not-apply': ['it-minus-circle', 'Non riguarda questo caso'],
} as const;

export const verdicts = (list: readonly ShownVerdict[]): Html => html`
  <ul class="d-verdicts">${list.map(({ kind, sentence, how }) => {
    const [name, word] = VERDICT_ICONS[kind];
    return html`
    <li class="d-verdict d-verdict--${kind}">${icon(name)}<div><span class="visually-hidden">${word}: </span>${sentence}${
      how !== undefined &&
      html`<details class="d-how"${kind === 'not-so' ? OPEN : ''}><summary>Come lo sappiamo</summary><div>${how}</div></details>`
    }</div></li>`;
  })}</ul>`;

const OPEN = html` open`;
