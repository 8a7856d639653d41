import type { Clock } from '../../kernel/clock.ts';
import { ok, type Result } from '../../kernel/result.ts';
import type { TrustAnchors } from '../../model/pec.ts';
import type { Documents } from '../documents/documents.ts';
import { refuseUnjudged } from '../documents/judging-error.ts';
import { addresseeOf, type Office } from '../register/office.ts';
import type { Store } from '../register/store.ts';
import type { SenderIndex } from './check-senders.ts';
import { isAnyRevoked, lookUpRevocations, type RevocationLists, withRevocations } from './hold-against-lists.ts';
import { identifySenders } from './identify-senders.ts';
import type { Revocations } from './judge-mail.ts';
import type { JudgedMail } from './judged-mail.ts';
import type { JudgeMail } from './mail-judge.ts';

export interface RejudgeDeps {
  readonly store: Pick<Store, 'exchangeOf' | 'mailOf'>;
  readonly documents: Pick<Documents, 'read'>;
  readonly clock: Clock;
  readonly trust: TrustAnchors;
  readonly judge: JudgeMail;
  readonly senders: SenderIndex | null;
  /** Absent: whether certificates were revoked is not known. */
  readonly lists?: RevocationLists | null;
}

/** The kept mail by which an exchange came, judged once more from its bytes; null where there is none. */
export async function rejudgeMail(
  office: Office,
  exchangeId: string,
  deps: RejudgeDeps,
): Promise<Result<JudgedMail | null>> {
  const exchange = await deps.store.exchangeOf(office.aoo, exchangeId);
  const kept = exchange?.mailId == null ? null : await deps.store.mailOf(office.aoo, exchange.mailId);
  if (kept === null) return ok(null);
  const at = deps.clock.now();
  const under = { trust: deps.trust, at, policy: office.policy, office: addresseeOf(office) };
  const judge = (more: { readonly revocations?: Revocations } = {}) =>
    deps.documents.read(kept.sha256).then((bytes) => deps.judge(bytes, { ...under, ...more }));
  const first = await judge().then(ok, refuseUnjudged);
  if (!first.ok) return first;
  let judged: JudgedMail = { kept, ...first.value };
  const [looked] = deps.lists == null ? [] : await lookUpRevocations([judged], deps.lists, at);
  const revocations = looked?.revocations ?? null;
  if (revocations !== null && isAnyRevoked(revocations)) {
    const second = await judge({ revocations }).then(ok, refuseUnjudged);
    if (!second.ok) return second;
    judged = { kept, ...second.value };
  } else if (revocations !== null) judged = withRevocations(judged, revocations);
  if (deps.senders === null) return ok(judged);
  const [mail = null] = await identifySenders([judged], deps.senders);
  return ok(mail);
}
