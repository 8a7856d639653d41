import type { TextReason, TextState } from '../../model/document-text.ts';

const STATE = {
  'text-encrypted': 'encrypted',
  'text-scanned': 'scanned',
  'text-no-format': 'none',
  'text-empty': 'none',
} as const satisfies Partial<Record<TextReason, TextState>>;

/** Why a document gives no text. Expected of what comes from outside: it becomes the document's state. */
export class DocumentTextError extends Error {
  override readonly name = 'DocumentTextError';
  readonly reason: TextReason;
  readonly state: TextState;

  constructor(reason: TextReason) {
    super(reason);
    this.reason = reason;
    this.state = reason in STATE ? STATE[reason as keyof typeof STATE] : 'failed';
  }
}
