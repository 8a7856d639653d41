import type { Problem } from '../kernel/problems.ts';

/** One header field as it stood: name in lower case, value unfolded but not decoded (latin1 of the raw bytes). */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

/**
 * A MIME part as offsets into the bytes it was parsed from; nothing is copied. `start..end` is the whole part with its
 * headers exactly as a signature covers it (the line break before the next boundary excluded), `bodyStart..end` the body.
 */
export interface MimePart {
  /** `''` for the root, then `1`, `1.2`, … as IMAP numbers them. */
  readonly path: string;
  readonly headers: readonly HeaderField[];
  /** `type/subtype` in lower case; `text/plain` where absent or unreadable. */
  readonly type: string;
  /** Content-Type parameters, names in lower case, values decoded (RFC 2231). */
  readonly parameters: ReadonlyMap<string, string>;
  /** `attachment`, `inline`, … in lower case, or null. */
  readonly disposition: string | null;
  /**
   * Content-Disposition `filename`, else Content-Type `name`, decoded (RFC 2047, RFC 2231, raw 8-bit), otherwise as
   * the sender wrote it, cut where it is longer than any file's name can be: never a path to open, always escaped before it is shown.
   */
  readonly filename: string | null;
  /** Content-Transfer-Encoding in lower case; `7bit` where absent. */
  readonly encoding: string;
  readonly start: number;
  readonly bodyStart: number;
  readonly end: number;
  readonly children: readonly MimePart[];
}

export interface MimeTree {
  readonly bytes: Buffer;
  readonly root: MimePart;
  /** What is wrong with the structure; the tree holds what could still be read. */
  readonly problems: readonly Problem[];
}
