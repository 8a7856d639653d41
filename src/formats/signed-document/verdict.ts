import type { DocumentSignature } from '../../model/signed-document.ts';

export const ABSENT: DocumentSignature = { verdict: 'absent', reason: '', partial: false };
export const INTACT: DocumentSignature = { verdict: 'intact', reason: '', partial: false };
export const broken = (reason: string): DocumentSignature => ({ verdict: 'broken', reason, partial: false });
export const unreadable = (reason: string): DocumentSignature => ({ verdict: 'unreadable', reason, partial: false });

const WEIGHT = { absent: 0, intact: 1, unreadable: 2, broken: 3 } as const;

/** The worse of two verdicts. */
export function worst(one: DocumentSignature, other: DocumentSignature): DocumentSignature {
  const heavier = WEIGHT[other.verdict] > WEIGHT[one.verdict] ? other : one;
  return { ...heavier, partial: one.partial || other.partial };
}

/** Bounds the work that a sender can cause: one budget per mail, and every signature takes its share. */
export class Budget {
  #left: number;
  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Pays for digesting so many bytes and verifying one signature; false when the budget is used up. */
  take(bytes: number): boolean {
    this.#left -= bytes + ONE_SIGNATURE;
    return this.#left >= 0;
  }
}

/** Verifying a signature and reading its certificate costs about as much as digesting so many bytes. */
const ONE_SIGNATURE = 64 * 1024;
export const EXHAUSTED = 'le firme sono troppe o i documenti troppo grandi';
