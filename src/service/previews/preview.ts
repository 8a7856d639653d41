/** What is shown of a document before anybody saves it: plain data, made where a hostile document holds nobody up. */
import type { InertPage } from '../../formats/html/inert.ts';
import type { Problem } from '../../kernel/problems.ts';
import type { DocumentSignature } from '../../model/signed-document.ts';
import type { PreviewKind } from './preview-kind.ts';

export type DocumentPreview =
  /** Shown from its bytes, in a frame of its own. */
  | { readonly kind: 'pdf' | 'image' }
  | { readonly kind: 'other' }
  | PreviewedText
  | PreviewedPage
  | PreviewedMail
  | PreviewedSigned
  | PreviewedArchive
  /** Nothing can be shown, and why. */
  | { readonly kind: 'failed'; readonly of: PreviewKind; readonly problem: Problem };

export interface PreviewedText {
  readonly kind: 'text';
  readonly text: string;
  /** The rest is in the document. */
  readonly isCut: boolean;
}

export interface PreviewedPage {
  readonly kind: 'page';
  readonly page: InertPage;
  readonly isCut: boolean;
}

/** A mail: its own text first. */
export interface PreviewedMail {
  readonly kind: 'mail';
  readonly from: string | null;
  readonly to: readonly string[];
  readonly date: string | null;
  readonly subject: string;
  readonly text: string | null;
  readonly page: InertPage | null;
  readonly files: readonly PreviewedFile[];
}

export interface PreviewedFile {
  readonly name: string | null;
  readonly mediaType: string;
  readonly size: number;
}

/** What a signature is around. `inside` null: the document stands beside its signature. */
export interface PreviewedSigned {
  readonly kind: 'signed';
  readonly signature: DocumentSignature;
  readonly inside: { readonly name: string; readonly kind: PreviewKind; readonly size: number } | null;
}

/** Only the names: nothing is unpacked. */
export interface PreviewedArchive {
  readonly kind: 'archive';
  readonly files: readonly { readonly name: string; readonly size: number }[];
  readonly count: number;
}

export type LookedInto = PreviewedText | PreviewedPage | PreviewedMail | PreviewedSigned;

/** What a look into bytes is for. `charset`: as the mail names it. */
export interface PreviewQuestion {
  readonly as: 'text' | 'page' | 'mail' | 'signed';
  readonly name: string;
  readonly charset: string;
}

/** Looks into documents where a long look ends alone: rejects with JudgingError. The bytes are given away. */
export interface PreviewLooks {
  into(bytes: Buffer, question: PreviewQuestion): Promise<LookedInto>;
  /** What a CMS carries, below all its signatures; null where nothing can be read. */
  unwrapped(cms: Buffer): Promise<Buffer | null>;
}
