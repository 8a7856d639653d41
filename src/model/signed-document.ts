/**
 * How a document carries its signature: in a CMS (CAdES, `.p7m`, `.p7s`, `.tsd`), in a PDF (PAdES), in XML (XAdES), in a
 * CMS that is wrapped as a mail (S/MIME, `.m7m`), in an ASiC container.
 */
export type SignedForm = 'cms' | 'pdf' | 'xml' | 'mime' | 'asic';

/**
 * `intact`: every signature holds over these bytes. `broken`: one does not, so this is not the document that was signed.
 * `unreadable`: one cannot be judged. Who signed, and whether an authority vouches for the signer, is not asked.
 */
export interface DocumentSignature {
  readonly verdict: 'intact' | 'broken' | 'unreadable' | 'absent';
  /** Italian, part of a sentence; '' where there is nothing to say. */
  readonly reason: string;
  /** Something was added after the last signature and no signature covers it (PDF). */
  readonly partial: boolean;
}
