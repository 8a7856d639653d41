/**
 * From bytes to a judgement, without memory: the part of the way in that `inspect` shares with the service.
 * Nothing here reads the clock, the disk or the network; all that is trusted is handed in.
 */
import { createHash } from 'node:crypto';
import { decide, type Policy } from '../domain/exchange/decide.ts';
import type { InspectedSegnatura, Inspection, MessageKind, SealVerdict } from '../domain/exchange/inspection.ts';
import { decodedChunks } from '../formats/mime/decode.ts';
import { parseMime } from '../formats/mime/parse.ts';
import type { MimePart, MimeTree } from '../formats/mime/types.ts';
import { openMail } from '../formats/pec/open.ts';
import type { OpenedMail, TrustAnchors } from '../formats/pec/types.ts';
import { matchDocuments, type PresentDocument } from '../formats/segnatura/documents.ts';
import { findSegnatura } from '../formats/segnatura/find-segnatura.ts';
import type { SegnaturaReading } from '../formats/segnatura/model.ts';
import { readSegnatura, type Validate } from '../formats/segnatura/read.ts';
import { sha256 } from '../kernel/digest.ts';
import type { Sha256 } from '../kernel/ids.ts';
import { LIMITS } from '../kernel/limits.ts';
import { type Problem, problem } from '../kernel/problems.ts';

export interface Judges {
  readonly trust: TrustAnchors;
  readonly validate: Validate;
}

/** A file found in a mail: its place, so that it can be read again from the kept bytes, and its digest. */
export interface FoundFile extends PresentDocument {
  readonly sha256: Sha256;
  readonly part: string;
}

export interface JudgedMail {
  readonly inspection: Inspection;
  readonly opened: OpenedMail;
  readonly reading: SegnaturaReading | null;
  /** The documents of the message, without the segnatura. */
  readonly files: readonly FoundFile[];
  /** Digest over segnatura and documents: the same message sent twice has the same. */
  readonly content: Sha256;
}
