import type { Clock } from '../../kernel/clock.ts';
import { ok, type Result } from '../../kernel/result.ts';
import type { TrustAnchors } from '../../model/pec.ts';
import type { Documents } from '../documents/documents.ts';
import { refuseUnjudged } from '../documents/judging-error.ts';
import { addresseeOf, type Office } from '../register/office.ts';
import type { Store } from '../register/store.ts';
import type { SenderIndex } from './check-senders.ts';
import { identifySenders } from './identify-senders.ts';
import type { JudgedMail } from './judged-mail.ts';
import type { JudgeMail } from './mail-judge.ts';

export interface RejudgeDeps {
  readonly store: Pick<Store, 'exchangeOf' | 'mailOf'>;
  readonly documents: Pick<Documents, 'read'>;
  readonly clock: Clock;
  readonly trust: TrustAnchors;
  readonly judge: JudgeMail;
  readonly senders: SenderIndex | null;
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
  const bytes = await deps.documents.read(kept.sha256);
  const under = { trust: deps.trust, at: deps.clock.now(), policy: office.policy, office: addresseeOf(office) };
  const judgement = await deps.judge(bytes, under).then(ok, refuseUnjudged);
  if (!judgement.ok) return judgement;
  const judged = { kept, ...judgement.value };
  if (deps.senders === null) return ok(judged);
  const [mail = null] = await identifySenders([judged], deps.senders);
  return ok(mail);
}
