import type { Validate } from '../../formats/segnatura/read.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { TrustAnchors } from '../../model/pec.ts';
import type { Documents } from '../documents/documents.ts';
import { addresseeOf, type Office } from '../register/office.ts';
import type { Store } from '../register/store.ts';
import type { SenderIndex } from './check-senders.ts';
import { isAnyRevoked, lookUpRevocations, type RevocationLists, withRevocations } from './hold-against-lists.ts';
import { identifySenders } from './identify-senders.ts';
import { judgeMail } from './judge-mail.ts';
import type { JudgedMail } from './judged-mail.ts';

export interface RejudgeDeps {
  readonly store: Pick<Store, 'exchangeOf' | 'mailOf'>;
  readonly documents: Pick<Documents, 'read'>;
  readonly clock: Clock;
  readonly trust: TrustAnchors;
  readonly validate: Validate;
  readonly senders: SenderIndex | null;
  /** Absent: whether certificates were revoked is not known. */
  readonly lists?: RevocationLists | null;
}

/** The kept mail by which an exchange came, judged once more from its bytes; null where there is none. */
export async function rejudgeMail(office: Office, exchangeId: string, deps: RejudgeDeps): Promise<JudgedMail | null> {
  const exchange = await deps.store.exchangeOf(office.aoo, exchangeId);
  const kept = exchange?.mailId == null ? null : await deps.store.mailOf(office.aoo, exchange.mailId);
  if (kept === null) return null;
  const bytes = await deps.documents.read(kept.sha256);
  const at = deps.clock.now();
  const options = { ...deps, at, policy: office.policy, office: addresseeOf(office) };
  const first: JudgedMail = { kept, ...judgeMail(bytes, options) };
  const [looked] = deps.lists == null ? [] : await lookUpRevocations([first], deps.lists, at);
  const revocations = looked?.revocations ?? null;
  const judged =
    revocations === null
      ? first
      : isAnyRevoked(revocations)
        ? { kept, ...judgeMail(bytes, { ...options, revocations }) }
        : withRevocations(first, revocations);
  if (deps.senders === null) return judged;
  const [mail = null] = await identifySenders([judged], deps.senders);
  return mail;
}
