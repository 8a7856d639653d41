/** A rectangle in the units of a page, whose corners are in order. */
export interface Box {
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
  readonly top: number;
}

export type Turn = 0 | 90 | 180 | 270;

/** The band above what is seen of a page. */
export interface Band {
  /** What is seen, with the band. */
  readonly seen: Box;
  /** From the band's own units (0,0 is its lower left corner, as it is read) to the page's. */
  readonly matrix: readonly [number, number, number, number, number, number];
}

/** Coordinates beyond are nobody's page. */
const FARTHEST = 1_000_000;

/** Of four numbers, in whatever order two opposite corners are given; null where they make no area. */
export function boxOf(numbers: readonly number[]): Box | null {
  const [a, b, c, d] = numbers;
  if (a === undefined || b === undefined || c === undefined || d === undefined) return null;
  if (![a, b, c, d].every((one) => Number.isFinite(one) && Math.abs(one) <= FARTHEST)) return null;
  const box = { left: Math.min(a, c), bottom: Math.min(b, d), right: Math.max(a, c), top: Math.max(b, d) };
  return box.right - box.left < 1 || box.top - box.bottom < 1 ? null : box;
}

/** A page is turned clockwise by quarters; anything else is no turn. */
export function turnOf(angle: number): Turn {
  const turn = ((angle % 360) + 360) % 360;
  return turn === 90 || turn === 180 || turn === 270 ? turn : 0;
}

export function bandOf({ left, bottom, right, top }: Box, turn: Turn, height: number): Band {
  switch (turn) {
    case 0:
      return { seen: { left, bottom, right, top: top + height }, matrix: [1, 0, 0, 1, left, top] };
    // Turned clockwise, the left side is above.
    case 90:
      return { seen: { left: left - height, bottom, right, top }, matrix: [0, 1, -1, 0, left, bottom] };
    case 180:
      return { seen: { left, bottom: bottom - height, right, top }, matrix: [-1, 0, 0, -1, right, bottom] };
    case 270:
      return { seen: { left, bottom, right: right + height, top }, matrix: [0, -1, 1, 0, right, top] };
  }
}

export const isInside = (inner: Box | null, outer: Box): boolean =>
  inner === null ||
  (inner.left >= outer.left && inner.right <= outer.right && inner.bottom >= outer.bottom && inner.top <= outer.top);
