/** Holds a sound seal against the sender of its segnatura. */
import { checkSealOwner } from '../../domain/exchange/seal-owner.ts';
import type { EntryVersion } from '../../domain/index/model.ts';
import type { OwnedSeal, SealReport } from '../../formats/seal/verify.ts';
import { sha256 } from '../../kernel/digest.ts';
import { sameText } from '../../kernel/same-text.ts';
import type { TrustAnchors } from '../../model/pec.ts';
import type { SealOwner } from '../../model/seal.ts';
import type { SegnaturaMessage } from '../../model/segnatura.ts';
import type { JudgedMail } from './judged-mail.ts';

/** `owner`: whom the index may know better; null: nobody, or it is settled. */
export interface HeldSeal extends Pick<SealReport, 'verdict' | 'reason'> {
  readonly owner: SealOwner | null;
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

type Body = Pick<EntryVersion, 'body' | 'name' | 'taxCode'>;

/** The same by what the index knows of the body, which counts for more than what the sender says. */
export function ownSealByIndex(mail: JudgedMail, body: Body | undefined): JudgedMail {
  const { inspection, sealOwner } = mail;
  const { segnatura } = inspection;
  if (sealOwner == null || segnatura === null || body === undefined) return mail;
  const { body: administration, taxCode, name } = body;
  const found = checkSealOwner(sealOwner, { administration, taxCode, names: [name] });
  const others = segnatura.problems.filter(({ code }) => code !== 'seal-of-another');
  const problems = found === null ? others : [...others, found];
  const seal = found === null ? 'valid' : 'untrusted';
  return { ...mail, inspection: { ...inspection, segnatura: { ...segnatura, seal, problems } } };
}
