/**
 * Decodes a body window by window, wherever it is read from. The caller hands over `window` bytes from where the last step
 * ended, fewer only at the end of the body; then the same body always gives the same pieces.
 */
export interface BodyDecoder {
  readonly window: number;
  /** `last`: nothing follows this window. `used` may be less than its length, never 0. */
  step(window: Buffer, last: boolean): { readonly used: number; readonly pieces: readonly Buffer[] };
  /** The bytes that the last window held back. */
  end(): readonly Buffer[];
  /** Between two steps: whether a new decoder could go on from here. */
  readonly fresh: boolean;
  readonly wrong: boolean;
}
