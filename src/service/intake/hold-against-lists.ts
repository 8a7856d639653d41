/**
 * Holds the certificates behind envelopes and seals against lists of revoked certificates: one look-up for a page of mails.
 * What is not known changes nothing. A mail with a revoked certificate is judged once more, with that knowledge.
 */
import { revocationOf } from '../../domain/exchange/revocation.ts';
import { type ChainCertificate, type ListedFact, NOT_KNOWN } from '../../model/revocation.ts';
import type { Judgement, Revocations } from './judge-mail.ts';
import type { JudgedMail } from './judged-mail.ts';

export interface RevocationLists {
  /** What the lists at hand say of these. Places of lists that were not known are remembered, to be fetched. */
  look(certificates: readonly ChainCertificate[], at: Date): Promise<readonly ListedFact[]>;
}

export interface LookedUp {
  readonly mail: JudgedMail;
  /** Null: nothing to look up. */
  readonly revocations: Revocations | null;
}

export async function lookUpRevocations(
  mails: readonly JudgedMail[],
  lists: RevocationLists,
  at: Date,
): Promise<readonly LookedUp[]> {
  const chains = mails.flatMap(chainsOf);
  const distinct = new Map(chains.map((each) => [`${each.issuer} ${each.serial} ${each.points.join(' ')}`, each]));
  const asked = [...distinct.values()].filter(({ points }) => points.length > 0);
  const facts = asked.length === 0 ? [] : await lists.look(asked, at);
  return mails.map((mail) => ({
    mail,
    revocations: revocationsOf(mail, facts, { arrivedAt: mail.kept.arrivedAt, at }),
  }));
}

export const chainsOf = ({ opened, sealChain }: Judgement): readonly ChainCertificate[] => [
  ...(opened.usedChain ?? []),
  ...(sealChain?.used ?? []),
];

/** `arrivedAt` null: nobody knows when it came. Null: there is nothing to look up. */
export function revocationsOf(
  { opened, sealChain }: Judgement,
  facts: readonly ListedFact[],
  { arrivedAt, at }: { readonly arrivedAt: Date | null; readonly at: Date },
): Revocations | null {
  if (opened.usedChain === undefined && sealChain === undefined) return null;
  const certifiedAt = dateOf(opened.pec?.certifiedAt);
  const envelope = { signedAt: certifiedAt, arrivedAt, at };
  // The provider certifies when the sealed segnatura was under way.
  const seal = { signedAt: dateOf(sealChain?.signedAt), arrivedAt: certifiedAt ?? arrivedAt, at };
  return {
    pec: opened.usedChain === undefined ? NOT_KNOWN : revocationOf(opened.usedChain, facts, envelope),
    seal: sealChain === undefined ? NOT_KNOWN : revocationOf(sealChain.used, facts, seal),
  };
}

function dateOf(text: string | null | undefined): Date | null {
  const date = new Date(text ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date;
}

export const isAnyRevoked = ({ pec, seal }: Revocations): boolean =>
  pec.status === 'revoked' || seal.status === 'revoked';

/** Only says what was looked up: nothing else follows from lists that are silent. */
export function withRevocations(mail: JudgedMail, { pec, seal }: Revocations): JudgedMail {
  const { inspection } = mail;
  return {
    ...mail,
    inspection: {
      ...inspection,
      pec: inspection.pec?.revocation ? { ...inspection.pec, revocation: pec } : inspection.pec,
      segnatura: inspection.segnatura?.sealRevocation
        ? { ...inspection.segnatura, sealRevocation: seal }
        : inspection.segnatura,
    },
  };
}
