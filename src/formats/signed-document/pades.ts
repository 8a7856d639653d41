import { createHash } from 'node:crypto';
import type { DocumentSignature } from '../../model/signed-document.ts';
import { attempt, berAt, children, expect, octets } from '../cms/ber.ts';
import { readAlgorithm, readSignedData, type SignedData } from '../cms/signed-data.ts';
import { digestOfOid } from '../cms/verify.ts';
import { judgeSigners } from './cades.ts';
import { ABSENT, type Budget, broken, EXHAUSTED, INTACT, unreadable, worst } from './verdict.ts';

const MARK = '/ByteRange';
const RANGE = /^\/ByteRange\s*\[\s*(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]/;
/** Most marks read; a document that every member of a council signs has some dozens. */
const MOST_MARKS = 1_000;
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const NOT_THE_FILE = "l'intervallo firmato non corrisponde al file";

/**
 * The signatures of a PDF (ISO 32000-1 §12.8, ETSI EN 319 142-1). Each covers the whole file as it was then, except the
 * hexadecimal string that contains it. PDF itself is not parsed: where the ranges leave out anything but that string, the
 * signature does not hold. `partial` says that something was added after the last one: pages, but also the proofs of a
 * long-term signature.
 */
export function judgePdf(bytes: Buffer, budget: Budget): DocumentSignature {
  let verdict = ABSENT;
  let covered = 0;
  const seen = new Set<string>();
  let marks = 0;
  for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + MARK.length)) {
    if (++marks > MOST_MARKS) return worst(verdict, unreadable(EXHAUSTED));
    const range = RANGE.exec(bytes.toString('latin1', at, at + 200));
    // A form that nobody has signed yet has no numbers here.
    if (range === null || seen.has(range[0])) continue;
    seen.add(range[0]);
    const [from = 0, first = 0, next = 0, second = 0] = range.slice(1).map(Number);
    if (from !== 0 || next < first + 2 || next + second > bytes.length) verdict = worst(verdict, broken(NOT_THE_FILE));
    else {
      covered = Math.max(covered, next + second);
      verdict = worst(verdict, judgeRange(bytes, first, next, next + second, budget));
    }
  }
  const rest = verdict.verdict === 'intact' && !isBlank(bytes.subarray(covered));
  return { ...verdict, partial: rest };
}

function judgeRange(bytes: Buffer, first: number, next: number, end: number, budget: Budget): DocumentSignature {
  if (!budget.take(next - first)) return unreadable(EXHAUSTED);
  const [opening, closing] = [bytes[first], bytes[next - 1]];
  const hex = bytes.toString('latin1', first + 1, next - 1).replace(/\s+/g, '');
  if (opening !== 0x3c || closing !== 0x3e || !/^[0-9A-Fa-f]*$/.test(hex)) return broken(NOT_THE_FILE);
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
