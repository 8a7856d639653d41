import { italianTime } from '../../kernel/clock.ts';
import type { RevocationReason, RevocationReport, RevokedReport } from '../../model/revocation.ts';

const REASONS: Readonly<Record<RevocationReason, string>> = {
  unspecified: 'motivo non indicato',
  'key-compromise': 'chiave compromessa',
  'ca-compromise': "chiave dell'autorità compromessa",
  'affiliation-changed': 'dati del titolare cambiati',
  superseded: 'sostituito da un altro',
  cessation: 'non più in uso',
  hold: 'sospeso',
  'privilege-withdrawn': 'autorizzazione ritirata',
  'aa-compromise': "chiave dell'autorità compromessa",
};

/** Which certificate, since when and why; Italian, part of a sentence. */
export const revokedDetail = ({ certificate, revokedAt, reason }: RevokedReport): string =>
  `«${certificate}», dal ${italianTime(new Date(revokedAt))} (${REASONS[reason]})`;

export const isRevokedWhenSigned = (report: RevocationReport): boolean =>
  report.status === 'revoked' && report.whenSigned;
