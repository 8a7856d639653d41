/** Keeps the highest of many in a heap whose root is the lowest of them. */
export class Best {
  readonly #most: number;
  readonly #places: number[] = [];
  readonly #values: number[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  offer(place: number, value: number): void {
    const count = this.#places.length;
    if (count < this.#most) {
      this.#places.push(place);
      this.#values.push(value);
      this.#up(count);
    } else if (value > (this.#values[0] ?? 0)) {
      this.#places[0] = place;
      this.#values[0] = value;
      this.#down();
    }
  }

  places(): readonly number[] {
    return this.#places;
  }

  #up(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if ((this.#values[parent] ?? 0) <= (this.#values[at] ?? 0)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #down(): void {
    let at = 0;
    for (;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#values.length && (this.#values[child] ?? 0) < (this.#values[least] ?? 0)) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(one: number, other: number): void {
    const [place, value] = [this.#places[one] ?? 0, this.#values[one] ?? 0];
    this.#places[one] = this.#places[other] ?? 0;
    this.#values[one] = this.#values[other] ?? 0;
    this.#places[other] = place;
    this.#values[other] = value;
  }
}
