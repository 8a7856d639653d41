import { LIMITS } from '../../kernel/limits.ts';

/** Raw text has more blanks than what is kept of it. */
const MOST_CHARACTERS = 2 * LIMITS.textKeptBytes;

/** Collects raw text up to a limit. Whoever reads stops where it is full. */
export class TextSink {
  readonly #pieces: string[] = [];
  #length = 0;
  #isCut = false;

  add(piece: string): void {
    if (piece === '') return;
    const room = MOST_CHARACTERS - this.#length;
    if (piece.length > room) this.#isCut = true;
    if (room <= 0) return;
    this.#pieces.push(piece.length > room ? piece.slice(0, room) : piece);
    this.#length += Math.min(room, piece.length);
  }

  /** There was more: a limit of the reader's own. */
  cut(): void {
    this.#isCut = true;
  }

  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length >= MOST_CHARACTERS;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  text(): string {
    return this.#pieces.join('');
  }
}
