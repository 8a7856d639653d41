import { LIMITS } from '../../kernel/limits.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { asUtf8, lawfulUtf16 } from './as-utf8.ts';
import { firstIllegal, isLegalCodePoint, replaceIllegal } from './characters.ts';
import { looksCrowded } from './crowding.ts';
import { decodeXml } from './decode.ts';
import { type Doctype, type ScanLimits, scanXml } from './scan.ts';
import type { XmlElement } from './tree.ts';

/** The gate for XML from outside: what passes is well-formed, small, free of declarations, and readable by any parser. */
export interface XmlDocument {
  readonly root: XmlElement;
  readonly doctype: Doctype | null;
  /** The bytes for a validator: as they came, or written anew as UTF-8 where it would not read their encoding or characters. */
  readonly bytes: Uint8Array;
  /** `bytes` are not those that came. */
  readonly rewritten: boolean;
  /** The strict reader repairs no markup; `RepairedXml` is what the tolerant one gives. */
  readonly repaired: false;
  readonly problems: readonly Problem[];
}

export interface XmlLimits extends ScanLimits {
  readonly xmlBytes: number;
}

export function readXml(bytes: Uint8Array, limits: XmlLimits = LIMITS): Result<XmlDocument> {
  if (bytes.byteLength > limits.xmlBytes) return refuse(problem('xml-too-large', '', String(limits.xmlBytes)));
  const plain = lawfulUtf16(bytes);
  const decoded = decodeXml(plain ?? bytes);
  if (!decoded.ok) return decoded;
  const problems: Problem[] = [...decoded.value.problems];
  let { text } = decoded.value;
  let rewritten = plain !== null || decoded.value.differs;
  if (text.includes('\r')) text = text.replace(/\r\n?/g, '\n');
  if (firstIllegal(text) >= 0) {
    problems.push(problem('xml-control-character'));
    text = replaceIllegal(trimEdges(text));
    rewritten = true;
  }
  if (looksCrowded(text, limits.xmlElements)) return refuse(problem('xml-too-many', '', String(limits.xmlElements)));
  const scanned = scanXml(text, limits);
  if ('code' in scanned) return refuse(scanned);
  if (scanned.illegalReference) {
    if (!problems.some(({ code }) => code === 'xml-control-character')) problems.push(problem('xml-control-character'));
    text = text.replace(/&#(?:x([0-9a-fA-F]+)|([0-9]+));/g, legalReference);
    rewritten = true;
  }
  const { root, doctype } = scanned;
  return ok({ root, doctype, bytes: rewritten ? asUtf8(text) : bytes, rewritten, repaired: false, problems });
}

/** Drops padding (NUL, Ctrl-Z) before the first and after the last tag. */
function trimEdges(text: string): string {
  const first = text.indexOf('<');
  const last = text.lastIndexOf('>');
  if (first < 0 || last < first) return text;
  const blank = (edge: string) => edge.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, '');
  return blank(text.slice(0, first)) + text.slice(first, last + 1) + blank(text.slice(last + 1));
}

function legalReference(reference: string, hex: string | undefined, decimal: string | undefined): string {
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return isLegalCodePoint(code) ? reference : '\ufffd';
}
