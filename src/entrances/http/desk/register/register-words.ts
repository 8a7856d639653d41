/** How a registration is spoken of in a line: its state, its direction, what was found in it. */
import { piecesOf, searchedWords } from '../../../../domain/register/search-words.ts';
import type { RegisterDirection, RegisterHit, RegisterRow } from '../../../../service/queries/register-views.ts';
import { type BadgeKind, badge } from '../components/badge.ts';
import { type Html, html } from '../template.ts';

const DIRECTION_WORDS = {
  incoming: ['E', 'in entrata'],
  outgoing: ['U', 'in uscita'],
  internal: ['I', 'interna'],
} as const satisfies Record<RegisterDirection, readonly [letter: string, word: string]>;

export const directionTag = (direction: RegisterDirection): Html =>
  html`<span class="d-tag d-direction"><span aria-hidden="true">${DIRECTION_WORDS[direction][0]}</span><span class="visually-hidden">${DIRECTION_WORDS[direction][1]}</span></span>`;

export const directionWord = (direction: RegisterDirection): string => DIRECTION_WORDS[direction][1];

/** What matters most of how it stands: what is wrong, then what is to be done, then what is still to come. */
export function stateOf(row: RegisterRow): { readonly kind: BadgeKind; readonly word: string } {
  const { exchanges, heldBy } = row;
  const several = exchanges.all > 1;
  if (row.annulment !== null) return { kind: 'wait', word: 'annullata' };
  if (exchanges.failed > 0) {
    const what = row.direction === 'incoming' ? 'risposta non consegnata' : 'non consegnata';
    return {
      kind: 'bad',
      word: several ? `${exchanges.failed} non ${exchanges.failed === 1 ? 'consegnato' : 'consegnati'}` : what,
    };
  }
  if (exchanges.refused > 0)
    return { kind: 'bad', word: several ? `${exchanges.refused} con eccezione` : 'eccezione ricevuta' };
  if (row.annulmentAsked) return { kind: 'warn', word: 'annullamento chiesto' };
  if (heldBy?.state === 'assigned') return { kind: 'wait', word: 'da prendere in carico' };
  if (heldBy?.state === 'returned') return { kind: 'warn', word: 'restituita' };
  if (exchanges.underWay > 0)
    return { kind: 'state', word: row.direction === 'incoming' ? 'conferma in partenza' : 'in viaggio' };
  if (exchanges.unconfirmed > 0) return { kind: 'state', word: 'attesa conferma' };
  if (exchanges.confirmed > 0) return { kind: 'ok', word: 'confermata' };
  return { kind: 'state', word: 'registrata' };
}

export const registerBadge = (row: RegisterRow): Html => {
  const { kind, word } = stateOf(row);
  return badge(kind, word);
};

/** The text with what was looked for withHits. */
export const withHits = (text: string, words: readonly string[]): Html =>
  html`${piecesOf(text, words).map(({ text: piece, isHit }) => (isHit ? html`<mark>${piece}</mark>` : piece))}`;

/** Where it was found besides what the line shows. */
export function foundIn(row: RegisterRow & Partial<RegisterHit>, words: readonly string[]): readonly Html[] {
  const isFound = (text: string): boolean => piecesOf(text, words).some(({ isHit }) => isHit);
  return [
    ...row.foundRecipients.map((name) => html`Destinatario: ${withHits(name, words)}`),
    ...row.foundDocuments.map((name) => html`Documento: ${withHits(name, words)}`),
    ...(row.foundTexts ?? []).map(
      ({ document, pieces }) =>
        html`Nel testo di <b class="d-isolate">${document}</b>: <q class="d-isolate">${pieces.map(({ text, isHit }) => (isHit ? html`<mark>${text}</mark>` : text))}</q>`,
    ),
    ...(row.peerNumber !== null && words.length > 0 && isFound(row.peerNumber.split('/')[0] ?? '')
      ? [html`Loro protocollo: ${withHits(row.peerNumber, words)}`]
      : []),
  ];
}

export const soughtWords = (text: string | undefined): readonly string[] =>
  text === undefined ? [] : searchedWords(text);

export const heldByWords = ({ heldBy }: RegisterRow): string =>
  heldBy === null || heldBy.state === 'returned' ? '' : (heldBy.unit ?? heldBy.person ?? '');

/** "e altri 11". */
export const markedCorrespondent = ({ correspondent, others }: RegisterRow, words: readonly string[]): Html =>
  html`${withHits(correspondent, words)}${others > 0 && html` <span class="d-second">e ${others === 1 ? 'un altro' : `altri ${others}`}</span>`}`;
