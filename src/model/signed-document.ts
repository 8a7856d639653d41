/** How a document bears its signature: in or as a CMS (CAdES, `.p7m`, `.p7s`, `.tsd`), in a PDF (PAdES), in XML (XAdES). */
export type SignedForm = 'cms' | 'pdf' | 'xml';

/**
 * `intact`: every signature holds over the very bytes. `broken`: one does not, so that the document is not the one that
 * was signed. `unreadable`: one cannot be judged. Who has signed, and whether anyone vouches for him, is not asked.
 */
export interface DocumentSignature {
  readonly verdict: 'intact' | 'broken' | 'unreadable' | 'absent';
  /** Italian, for a sentence; '' where there is nothing to say. */
  readonly reason: string;
  /** Something was added after the last signature, which no signature covers (PDF). */
  readonly partial: boolean;
}
