import { createHash } from 'node:crypto';
import type { DocumentSignature } from '../../model/signed-document.ts';
import { attempt, berAt, children, expect, octets } from '../cms/ber.ts';
import { readAlgorithm, readSignedData, type SignedData } from '../cms/signed-data.ts';
import { digestOfOid } from '../cms/verify.ts';
import { judgeSigners } from './cades.ts';
import { type PdfRange, pdfSignaturesIn, rangesIn } from './pdf-marks.ts';
import { ABSENT, type Budget, broken, EXHAUSTED, INTACT, unreadable, worst } from './verdict.ts';

/** Most marks read; a document that every member of a council signs has some dozens. */
const MOST_MARKS = 1_000;
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const NOT_THE_FILE = "l'intervallo firmato non corrisponde al file";
/** Readers look for the header in so many bytes; the offsets of a PDF count from there (ISO 32000-1 §7.5.2, note). */
const HEADER_WITHIN = 1_024;

/**
 * The signatures of a PDF (ISO 32000-1 §12.8, ETSI EN 319 142-1). Each covers the whole file as it was then, except the
 * hexadecimal string that contains it. A range that fits the file so is judged wherever it stands. One that does not is
 * broken where it belongs to a signature of this file, and means nothing elsewhere. `partial` says that something stands
 * after the last signature or before the header: pages, but also the proofs of a long-term signature.
 */
export function judgePdf(bytes: Buffer, budget: Budget): DocumentSignature {
  const header = Math.max(0, bytes.subarray(0, HEADER_WITHIN).indexOf('%PDF-'));
  const origins = header === 0 ? [0] : [header, 0];
  const signatures = pdfSignaturesIn(bytes);
  if (signatures === null) return unreadable(EXHAUSTED);
  const unlocking = new Set(signatures.filter(({ usageRights }) => usageRights).map(({ range }) => String(range)));
  const fitting = new Set<string>();
  let verdict = ABSENT;
  let covered = 0;
  let start = 0;
  const seen = new Set<string>();
  let marks = 0;
  for (const range of rangesIn(bytes)) {
    if (++marks > MOST_MARKS) return worst(verdict, unreadable(EXHAUSTED));
    const key = String(range);
    if (seen.has(key) || unlocking.has(key)) continue;
    seen.add(key);
    for (const origin of origins) {
      const gap = gapOf(bytes, range, origin, budget);
      if (gap === null) continue;
      fitting.add(key);
      const judged = judgeGap(bytes.subarray(origin), gap, budget);
      verdict = worst(verdict, judged);
      // Room for a signature covers nothing.
      if (judged.verdict !== 'absent') covered = Math.max(covered, origin + gap.end);
      start = Math.max(start, origin);
      break;
    }
  }
  for (const { range, usageRights } of signatures) {
    if (usageRights || fitting.has(String(range))) continue;
    verdict = worst(
      verdict,
      range === null ? unreadable("l'intervallo firmato non è leggibile") : broken(NOT_THE_FILE),
    );
  }
  const isWhole = isBlank(bytes.subarray(0, start)) && isBlank(bytes.subarray(covered));
  return { ...verdict, partial: verdict.verdict === 'intact' && !isWhole };
}

/** What a range leaves out, which must be one hexadecimal string; null where it does not fit the file. */
interface Gap {
  readonly first: number;
  readonly next: number;
  readonly end: number;
  /** Null where the budget does not allow to read it. */
  readonly hex: string | null;
}

function gapOf(bytes: Buffer, range: PdfRange, origin: number, budget: Budget): Gap | null {
  const [from, first, next, second] = range;
  const end = next + second;
  if (from !== 0 || next < first + 2 || origin + end > bytes.length) return null;
  if (bytes[origin + first] !== 0x3c || bytes[origin + next - 1] !== 0x3e) return null;
  if (!budget.take(next - first)) return { first, next, end, hex: null };
  const hex = bytes.toString('latin1', origin + first + 1, origin + next - 1).replace(/\s+/g, '');
  return /^[0-9A-Fa-f]*$/.test(hex) ? { first, next, end, hex } : null;
}

function judgeGap(bytes: Buffer, { first, next, end, hex }: Gap, budget: Budget): DocumentSignature {
  if (hex === null) return unreadable(EXHAUSTED);
  // Room for a signature that nobody has made.
  if (/^0*$/.test(hex)) return ABSENT;
  const cms = readSignedData(Buffer.from(hex, 'hex'));
  if (!cms.ok) return unreadable(cms.reason);
  // PAdES allows exactly one signer.
  if (cms.value.signers.length > 1) return unreadable('una firma ha più di un firmatario');
  const slices = [bytes.subarray(0, first), bytes.subarray(next, end)];
  const size = end - (next - first);
  const { content } = cms.value;
  if (content === null) return judgeSigners(cms.value, slices, size, budget);
  const own = judgeSigners(cms.value, [content], content.length, budget);
  return worst(own, judgeImprint(cms.value, content, slices, size, budget));
}

/** A time stamp on the document (RFC 3161), or the old form that signs the SHA-1 of the file. */
function judgeImprint(
  { contentType }: SignedData,
  content: Buffer,
  slices: readonly Buffer[],
  size: number,
  budget: Budget,
): DocumentSignature {
  const imprint =
    contentType === TST_INFO ? attempt(() => readImprint(content)) : { ok: true as const, value: SHA1(content) };
  if (!imprint.ok) return unreadable(imprint.reason);
  const { algorithm, value } = imprint.value;
  if (algorithm === null) return unreadable("l'impronta usa un algoritmo non ammesso");
  if (!budget.take(size)) return unreadable(EXHAUSTED);
  const digest = createHash(algorithm);
  for (const slice of slices) digest.update(slice);
  return digest.digest().equals(value) ? INTACT : broken("l'impronta del contenuto non corrisponde");
}

interface Imprint {
  readonly algorithm: string | null;
  readonly value: Buffer;
}
const SHA1 = (value: Buffer): Imprint => ({ algorithm: 'sha1', value });

function readImprint(content: Buffer): Imprint {
  const [, , imprint] = children(expect(berAt(content, 0, content.length), 0x30, 'marca temporale'));
  const [algorithm, value] = children(expect(imprint, 0x30, 'impronta della marca temporale'));
  return { algorithm: digestOfOid(readAlgorithm(algorithm).oid), value: octets(expect(value, 0x04, 'impronta')) };
}

const isBlank = (bytes: Buffer): boolean => bytes.every((octet) => octet <= 0x20);
