/**
 * Whether the certificates behind a signature were revoked, from what the lists at hand say. Pure.
 *
 *   a list names one ............ revoked, since the day it gives
 *   lists for all are current ... good
 *   otherwise ................... not known: said, and nothing follows from it
 *
 * A signature counts that was made before the revocation. The signer itself says when it was made, and whoever has stolen a
 * key says what he likes: where the mail came more than a day later, it is taken for made when it came.
 */
import {
  type ChainCertificate,
  type ListedFact,
  NOT_KNOWN,
  type RevocationReason,
  type RevocationReport,
  type UsedChain,
} from '../../model/revocation.ts';

export interface SigningTimes {
  /** As the signed data say; null: they do not. */
  readonly signedAt: Date | null;
  /** When it was here for certain; null: nobody knows. */
  readonly arrivedAt: Date | null;
  /** The time of the judgement. */
  readonly at: Date;
}

export function revocationOf(chain: UsedChain, facts: readonly ListedFact[], signing: SigningTimes): RevocationReport {
  const found = chain.map((certificate) => judge(certificate, facts, signing.at.getTime()));
  const [first] = found.filter(({ revoked }) => revoked !== null).sort((a, b) => a.since - b.since);
  if (first?.revoked)
    return {
      status: 'revoked',
      listedAt: first.listedAt === null ? null : iso(first.listedAt),
      revokedAt: iso(first.since),
      certificate: first.certificate.name,
      reason: REASONS[first.revoked.reason ?? 0] ?? 'unspecified',
      whenSigned: madeAt(signing) >= first.since,
    };
  const listed = found.flatMap(({ listedAt }) => listedAt ?? []);
  if (listed.length < chain.length || listed.length === 0) return NOT_KNOWN;
  return { status: 'good', listedAt: iso(Math.min(...listed)) };
}

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** RFC 5280 §5.3.1; 7 is not used, 8 stands in lists of changes only. */
const REASONS: readonly (RevocationReason | null)[] = [
  'unspecified',
  'key-compromise',
  'ca-compromise',
  'affiliation-changed',
  'superseded',
  'cessation',
  'hold',
  null,
  null,
  'privilege-withdrawn',
  'aa-compromise',
];

interface Found {
  readonly certificate: ChainCertificate;
  readonly revoked: ListedFact['revoked'];
  readonly since: number;
  /** Null: no list whose silence counts. */
  readonly listedAt: number | null;
}

function judge(certificate: ChainCertificate, facts: readonly ListedFact[], at: number): Found {
  const { issuer, serial, points, notAfter } = certificate;
  const own = facts.filter((fact) => fact.issuer === issuer && fact.serial === serial && points.includes(fact.url));
  let found: Found = { certificate, revoked: null, since: Number.POSITIVE_INFINITY, listedAt: null };
  for (const { revoked, thisUpdate, nextUpdate } of own) {
    if (revoked !== null) {
      // A list that is out of date still says who was revoked.
      if (revoked.at < found.since) found = { certificate, revoked, since: revoked.at, listedAt: thisUpdate };
    } else if (found.revoked === null && thisUpdate !== null && nextUpdate !== null) {
      // Certificates that have expired need not be listed any more (RFC 5280 §3.3).
      if (at < nextUpdate && thisUpdate <= notAfter) found = { ...found, listedAt: thisUpdate };
    }
  }
  return found;
}

const DAY = 24 * 3600_000;

function madeAt({ signedAt, arrivedAt, at }: SigningTimes): number {
  const said = signedAt?.getTime() ?? Number.NaN;
  const here = (arrivedAt ?? at).getTime();
  if (Number.isNaN(said)) return here;
  // Without an arrival the time of the judgement says nothing: mails are looked at years later too.
  return arrivedAt !== null && here > said + DAY ? here : said;
}
