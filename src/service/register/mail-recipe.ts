import type { Sha256 } from '../../kernel/ids.ts';

export interface OutgoingPart {
  readonly name: string;
  readonly mediaType: string;
  /** Small XML travels with the recipe, exact to the byte; documents are read from the document store. */
  readonly content: { readonly base64: string } | { readonly sha256: Sha256 };
}

/** Everything that determines the bytes on the wire: the same recipe gives the same mail, under the same id. */
export interface MailRecipe {
  readonly messageId: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  /** ISO time. */
  readonly date: string;
  readonly text: string;
  /** The delivery receipt wanted (`X-TipoRicevuta`); absent: the provider's usual one, complete. */
  readonly receipt?: 'breve';
  /** An answer no person wrote, so that no machine answers it (`Auto-Submitted`, RFC 3834). */
  readonly automatic?: true;
  readonly parts: readonly OutgoingPart[];
}
