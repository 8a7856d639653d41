/** Holds a sound seal against the sender of its segnatura. */
import { checkSealOwner } from '../../domain/exchange/seal-owner.ts';
import type { OwnedSeal, SealReport } from '../../formats/seal/verify.ts';
import { sha256 } from '../../kernel/digest.ts';
import { sameText } from '../../kernel/same-text.ts';
import type { TrustAnchors } from '../../model/pec.ts';
import type { SealHolder } from '../../model/seal.ts';
import type { SegnaturaMessage } from '../../model/segnatura.ts';

/** `owner`: whom the index may know better; null: nobody, or it is settled. */
export interface HeldSeal extends Pick<SealReport, 'verdict' | 'reason'> {
  readonly owner: SealHolder | null;
}

/**
 * By what the sender says of itself, as long as no index is asked. A seal that the administrator has put into the folder of
 * trust under the sender's IPA code is the sender's, whatever its certificate says.
 */
export function ownSeal({ report, owner }: OwnedSeal, message: SegnaturaMessage | null, trust: TrustAnchors): HeldSeal {
  const { verdict, reason } = report;
  if (owner === null || message?.kind !== 'protocol-message') return { verdict, reason, owner };
  const { sender, identifier } = message;
  const isConfigured = (trust.seals ?? []).some(
    ({ sealOf, certificate }) =>
      sameText(sealOf, identifier.administration) && sha256(certificate) === report.signer?.certificateSha256,
  );
  if (isConfigured) return { verdict, reason, owner: null };
  const { administration } = identifier;
  const another = checkSealOwner(owner, { administration, taxCode: sender.taxCode, names: [sender.name] });
  return another === null ? { verdict, reason, owner } : { verdict: 'untrusted', reason: another, owner };
}
