import type { TextQuestion } from '../../service/texts/read-document-text.ts';

/** What is asked of the process that reads texts; it answers each with a TextAnswer, in order. */
export interface TextChildQuestion {
  readonly bytes: Uint8Array;
  readonly question: TextQuestion;
  /** The pictures of a scan come back, for somebody who recognises characters. */
  readonly wantsScan: boolean;
}

/** The first thing it says: its start does not count against a document. */
export const CHILD_READY = 'ready';
