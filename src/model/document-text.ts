import type { ProblemCode } from '../kernel/problems.ts';

/** `scanned`: pictures of pages, or one. `cut`: longer than what is kept. */
export type TextState = 'complete' | 'cut' | 'none' | 'failed' | 'encrypted' | 'scanned';
export type TextReason = Extract<ProblemCode, `text-${string}`>;

/** What became of the text of one document. */
export interface DocumentText {
  readonly state: TextState;
  /** Null for what is complete. */
  readonly reason: TextReason | null;
  /** What read it: `pdf`, `docx`, … */
  readonly extractor: string;
  /** Null where the format has none. */
  readonly pages: number | null;
  /** Normalised; '' where there is none. */
  readonly text: string;
}
