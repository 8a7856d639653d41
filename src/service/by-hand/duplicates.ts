/** Registered already? By the digest of a document, the sender's own number, or the sender with a like subject of these days. */
import { folded } from '../../kernel/folded.ts';
import type { AooId, Sha256 } from '../../kernel/ids.ts';
import type { Reader } from '../people/rights.ts';
import type { Duplicates, Likely } from './ports.ts';

export interface DuplicateQuestion {
  readonly digests: readonly Sha256[];
  readonly peerNumber: string;
  readonly correspondent: string;
  readonly subject: string;
}

export type WhyLikely = 'document' | 'number' | 'subject';

export interface LikelyDuplicate {
  readonly registration: Likely;
  readonly why: WhyLikely;
}

const DAYS = 7;
/** Of the words of the shorter subject, so many must stand in the other. */
const LIKE = 0.6;
const SHOWN = 5;

export async function likelyDuplicates(
  aoo: AooId,
  question: DuplicateQuestion,
  reader: Reader,
  at: Date,
  duplicates: Duplicates,
): Promise<readonly LikelyDuplicate[]> {
  const { digests, peerNumber, correspondent, subject } = question;
  const since = new Date(at.getTime() - DAYS * 24 * 3_600_000);
  const [byDocument, byNumber, bySubject] = await Promise.all([
    digests.length === 0 ? [] : duplicates.byDocuments(aoo, digests, reader),
    peerNumber === '' ? [] : duplicates.byPeerNumber(aoo, peerNumber, reader),
    correspondent === '' || subject === '' ? [] : duplicates.byCorrespondent(aoo, correspondent, since, reader),
  ]);
  // A number alone says little: everybody has a number 12.
  const sameSender = byNumber.filter((one) => correspondent === '' || isLike(one.correspondent, correspondent));
  const found: LikelyDuplicate[] = [
    ...byDocument.map((registration) => ({ registration, why: 'document' as const })),
    ...sameSender.map((registration) => ({ registration, why: 'number' as const })),
    ...bySubject
      .filter((one) => isLike(one.subject, subject))
      .map((registration) => ({ registration, why: 'subject' as const })),
  ];
  const seen = new Set<string>();
  return found
    .filter(({ registration: { register, year, number } }) => {
      const key = `${register}/${year}/${number}`;
      return seen.has(key) ? false : seen.add(key);
    })
    .slice(0, SHOWN);
}

/** Most words of the shorter one stand in the other. */
export function isLike(one: string, other: string): boolean {
  const [a, b] = [one, other].map(
    (text) =>
      new Set(
        folded(text)
          .split(' ')
          .filter((word) => word.length > 2),
      ),
  );
  if (a === undefined || b === undefined || a.size === 0 || b.size === 0) return folded(one) === folded(other);
  return a.intersection(b).size / Math.min(a.size, b.size) >= LIKE;
}
