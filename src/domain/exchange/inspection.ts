import type { Problem, ProblemCode } from '../../kernel/problems.ts';
import type { PecReport } from '../../model/pec.ts';
import type { RevocationReport } from '../../model/revocation.ts';
import type { Generation, MatchedDocument } from '../../model/segnatura.ts';

/** What a mail turned out to be. `pec-receipt`, `plain-pec` and `anomaly` are said only of what is proven to be certified. */
export type MessageKind =
  | 'protocol-message'
  | 'confirmation'
  | 'exception'
  | 'update'
  | 'annulment'
  | 'pec-receipt'
  | 'plain-pec'
  | 'anomaly'
  | 'ordinary-mail'
  | 'unreadable';

export type Action = 'register' | 'register-flagged' | 'exception' | 'correlate' | 'operator' | 'ignore';

export type SealVerdict = 'valid' | 'invalid' | 'absent' | 'untrusted';

/** Is the document what was signed? Who signed it is not asked. */
export type SignatureVerdict = 'intact' | 'broken' | 'unreadable' | 'absent';

export interface InspectedDocument extends MatchedDocument {
  readonly signature: SignatureVerdict;
}

export interface InspectedSegnatura {
  readonly generation: Generation;
  readonly valid: boolean;
  readonly identifier: {
    readonly administration: string;
    readonly aoo: string;
    readonly register: string | null;
    readonly number: string;
    readonly date: string;
  } | null;
  readonly subject: string | null;
  readonly confirmationRequested: boolean;
  readonly seal: SealVerdict;
  /** What lists of revoked certificates say of a seal that leads to an anchor. */
  readonly sealRevocation?: RevocationReport;
  readonly problems: readonly Problem[];
}

export interface Decision {
  readonly action: Action;
  /** Italian sentences; for an exception they are its Motivo. */
  readonly reasons: readonly string[];
  /** The codes behind the reasons, in the same order. */
  readonly codes: readonly ProblemCode[];
}

/** The judgement of one mail or one segnatura: what `inspect` prints and what the service acts upon. */
export interface Inspection {
  readonly kind: MessageKind;
  /** Null only for a segnatura judged without a mail around it. */
  readonly pec: PecReport | null;
  readonly segnatura: InspectedSegnatura | null;
  readonly documents: readonly InspectedDocument[];
  readonly decision: Decision;
  /** Problems of the mail itself: structure, envelope. */
  readonly problems: readonly Problem[];
}
