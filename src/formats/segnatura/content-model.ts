/**
 * Where a list of elements leaves a content model of a DTD: `(A , B? , (C | D)+)`. libxml2 quotes the whole of both, and a
 * long model hides the one place that matters.
 */
export interface Departure {
  /** The last element that fits; null at the beginning. */
  readonly after: string | null;
  /** The element that does not fit; null where the list ends too early. */
  readonly found: string | null;
  /** What the model allows there. */
  readonly expected: readonly string[];
}

/** Glushkov's automaton: the places of a model by which it can begin and end; what follows each is kept apart. */
interface Piece {
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly mayBeEmpty: boolean;
}

const TOKEN = /\s*([(),|?*+]|[^\s(),|?*+]+)/gy;
/** Our longest model has some twenty names. */
const MOST_NAMES = 200;

class ModelReader {
  readonly names: string[] = [];
  readonly follow: Set<number>[] = [];
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(model: string) {
    this.#tokens = [...model.matchAll(TOKEN)].map(([, token = '']) => token);
  }

  /** Null for a text that is no model. */
  read(): Piece | null {
    const piece = this.#piece();
    return piece !== null && this.#at === this.#tokens.length ? piece : null;
  }

  #piece(): Piece | null {
    const token = this.#tokens[this.#at++];
    const base = token === '(' ? this.#group() : this.#name(token);
    return base && this.#repeated(base);
  }

  #name(token: string | undefined): Piece | null {
    if (token === undefined || /^[(),|?*+]$/.test(token) || this.names.length >= MOST_NAMES) return null;
    const place = this.names.push(token) - 1;
    this.follow.push(new Set());
    return { first: [place], last: [place], mayBeEmpty: false };
  }

  #group(): Piece | null {
    let whole = this.#piece();
    for (let mark = this.#tokens[this.#at++]; mark !== ')'; mark = this.#tokens[this.#at++]) {
      if (whole === null || (mark !== ',' && mark !== '|')) return null;
      const next = this.#piece();
      if (next === null) return null;
      whole = mark === ',' ? this.#sequence(whole, next) : choice(whole, next);
    }
    return whole;
  }

  #sequence(one: Piece, two: Piece): Piece {
    this.#link(one.last, two.first);
    return {
      first: one.mayBeEmpty ? [...one.first, ...two.first] : one.first,
      last: two.mayBeEmpty ? [...one.last, ...two.last] : two.last,
      mayBeEmpty: one.mayBeEmpty && two.mayBeEmpty,
    };
  }

  #repeated(piece: Piece): Piece {
    const mark = this.#tokens[this.#at];
    if (mark !== '?' && mark !== '*' && mark !== '+') return piece;
    this.#at += 1;
    if (mark !== '?') this.#link(piece.last, piece.first);
    return mark === '+' ? piece : { ...piece, mayBeEmpty: true };
  }

  #link(from: readonly number[], to: readonly number[]): void {
    for (const place of from) for (const next of to) this.follow[place]?.add(next);
  }
}

const choice = (one: Piece, two: Piece): Piece => ({
  first: [...one.first, ...two.first],
  last: [...one.last, ...two.last],
  mayBeEmpty: one.mayBeEmpty || two.mayBeEmpty,
});

/** Null where the model cannot be read, or the list fits as far as it goes. */
export function departure(model: string, found: readonly string[]): Departure | null {
  const reader = new ModelReader(model);
  const whole = reader.read();
  if (whole === null) return null;
  let allowed: readonly number[] = whole.first;
  let reached: readonly number[] = [];
  let after: string | null = null;
  const expected = () => [...new Set(allowed.map((place) => reader.names[place] ?? ''))];
  for (const name of found) {
    reached = allowed.filter((place) => reader.names[place] === name);
    if (reached.length === 0) return { after, found: name, expected: expected() };
    allowed = [...new Set(reached.flatMap((place) => [...(reader.follow[place] ?? [])]))];
    after = name;
  }
  const isWhole = found.length === 0 ? whole.mayBeEmpty : reached.some((place) => whole.last.includes(place));
  return isWhole ? null : { after, found: null, expected: expected() };
}
